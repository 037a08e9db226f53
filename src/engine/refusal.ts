import { BackupError } from "../errors.ts";

/** Says which flag of Deno grants what the sandbox refused. */
export function explainSandbox(error: Error, action: string): BackupError {
  const [, kind, subject] = /^Requires (\w+) access to "?([^"]*)"?,/.exec(error.message) ?? [];
  const flag = kind === undefined ? "the missing --allow flag" : `--allow-${kind}=${subject ?? ""}`;
  return new BackupError(
    "permission_denied",
    `${action}: the sandbox does not allow ${kind ?? "this"} access to "${subject ?? "it"}"`,
    `Grant it with ${flag}, or use a binary that was built with it.`,
    { cause: error },
  );
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
