import { BackupError } from "../../errors.ts";

/** Codes by which systems say that a disk, or a user's share of it, is full. */
const DISK_FULL = new Set(["ENOSPC", "EDQUOT", "ERROR_DISK_FULL"]);

/**
 * The error for what the operating system or the sandbox refused.
 *
 * @param action what cannot be done: "Cannot back up the library"
 */
export function explainSystem(error: unknown, action: string): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof Deno.errors.NotCapable) return explainSandbox(error, action);
  const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (DISK_FULL.has(code)) return diskFull(action, error);
  const hint = error instanceof Deno.errors.PermissionDenied
    ? "Run it as a user who may read the library and write to that directory."
    : null;
  return new BackupError("operation_failed", `${action}: ${reason}`, hint, { cause: error });
}

/** Says which flag of Deno grants what the sandbox refused. */
export function explainSandbox(error: Error, action: string): BackupError {
  const { kind, subject } = refusalOf(error);
  if (kind === "all") {
    const message = `${action}: Deno lets no program with limited permissions use "${subject}"`;
    return new BackupError("permission_denied", message, "Name another place.", { cause: error });
  }
  return new BackupError(
    "permission_denied",
    `${action}: the sandbox does not allow ${kind} access to "${subject}"`,
    `Grant it with ${refusedFlag(error)}, or use a binary that was built with it.`,
    { cause: error },
  );
}

/** The flag of Deno that grants what the sandbox refused. */
export function refusedFlag(error: Error): string {
  const { kind, subject } = refusalOf(error);
  return `--allow-${kind}=${subject}`;
}

function refusalOf(error: Error): { kind: string; subject: string } {
  const [, kind = "this", subject = "it"] = /^Requires (\w+) access to "?([^"]*)"?,/.exec(error.message) ?? [];
  return { kind, subject };
}

/** The error for a disk that ran full. */
export function diskFull(action: string, cause: unknown): BackupError {
  const hint = "Free some space there, or name another directory.";
  return new BackupError("insufficient_space", `${action}: the disk is full`, hint, { cause });
}

/** The error for a library that another process holds. */
export function lockedLibrary(
  task: { readonly action: string; readonly library: string },
  cause?: unknown,
): BackupError {
  return new BackupError(
    "database_locked",
    `${task.action}: "${task.library}" is in use by another process`,
    "Stop VPO and try again, or wait longer with --wait SECONDS.",
    { cause },
  );
}
