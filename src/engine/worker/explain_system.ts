import { BackupError, systemReason } from "../../errors.ts";
import { typedWord } from "../../program.ts";
import { errnoOf } from "../../store/errno.ts";

const FULL = { why: "the disk is full", hint: "Free some space there, or name another directory." } as const;
/** What ran out, by the name of the system's error. */
const NO_ROOM: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  ENOSPC: FULL,
  ERROR_DISK_FULL: FULL,
  EDQUOT: { why: "this user's disk quota is used up", hint: "Free some space there, or have the quota raised." },
  EFBIG: { why: "the file would exceed a size limit", hint: "Raise the limit: ulimit -f, or that of the file system." },
};

/** How the system says that what a directory is on no longer answers under that mount. */
const AWAY: ReadonlySet<string> = new Set(["ESTALE", "ENOTCONN", "EHOSTDOWN", "ENODEV", "ENOMEDIUM"]);

/**
 * The error for what the operating system or the sandbox refused.
 *
 * @param action what cannot be done: "Cannot back up the library"
 */
export function explainSystem(error: unknown, action: string): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof Deno.errors.NotCapable) return explainSandbox(error, action);
  const reason = systemReason(error).replace(/\.$/, "");
  const code = errnoOf(error);
  if (code in NO_ROOM) return diskFull(action, error);
  if (code === "EROFS") return readOnlyDisk(action, error);
  const hint = error instanceof Deno.errors.PermissionDenied
    ? "Run it as a user who may read the library and write to that directory."
    : AWAY.has(code)
    ? "The share or disk has gone away: mount it again."
    : null;
  return new BackupError("operation_failed", `${action}: ${reason}`, hint, { cause: error });
}

/**
 * Demands that files may be written in a directory: Deno's own refusal names just the one that comes first, which may
 * have another name the next time.
 *
 * @throws {BackupError} `permission_denied`
 */
export function requireWriteAccess(directory: string, action: string): void {
  if (Deno.permissions.querySync({ name: "write", path: directory }).state === "granted") return;
  throw notGranted({ kind: "write", subject: directory }, action);
}

/** Names the Deno flag that would grant what the sandbox refused. */
export function explainSandbox(error: Error, action: string): BackupError {
  const refusal = refusalOf(error);
  const { kind, subject } = refusal;
  if (kind === "all") {
    const message = `${action}: Deno does not let programs with limited permissions use "${subject}"`;
    const hint = subject.startsWith("\\\\")
      ? "Map the share to a drive letter (net use), and use that."
      : "Name another place.";
    return new BackupError("permission_denied", message, hint, { cause: error });
  }
  return notGranted(refusal, action, error);
}

/** The Deno flag that would grant what the sandbox refused. */
export function refusedFlag(error: Error): string {
  return flagFor(refusalOf(error));
}

interface Refusal {
  readonly kind: string;
  readonly subject: string;
}

function notGranted(refusal: Refusal, action: string, cause?: Error): BackupError {
  return new BackupError(
    "permission_denied",
    `${action}: the sandbox does not allow ${refusal.kind} access to "${refusal.subject}"`,
    `Grant it with ${typedWord(flagFor(refusal))}, or use a binary that was built with it.`,
    { cause },
  );
}

function flagFor({ kind, subject }: Refusal): string {
  return `--allow-${kind}=${subject}`;
}

function refusalOf(error: Error): Refusal {
  const [, kind = "this", subject = "it"] = /^Requires (\w+) access to "?([^"]*)"?,/.exec(error.message) ?? [];
  return { kind, subject };
}

/** The error for a full disk, or for another limit of space. */
export function diskFull(action: string, cause: unknown): BackupError {
  const { why, hint } = NO_ROOM[errnoOf(cause)] ?? FULL;
  return new BackupError("insufficient_space", `${action}: ${why}`, hint, { cause });
}

function readOnlyDisk(action: string, cause: unknown): BackupError {
  const [, path] = /'([^']+)'$/.exec(cause instanceof Error ? cause.message : "") ?? [];
  const where = path === undefined ? "there" : `at "${path}"`;
  const hint = "Mount it for writing, or name another directory.";
  const message = `${action}: the file system ${where} is read-only`;
  return new BackupError("operation_failed", message, hint, { cause });
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
