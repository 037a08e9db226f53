import { identityFrom, lstatIfPresent } from "./identity.ts";

/** The result of an attempt to lock a file. */
export type Attempt =
  | { readonly state: "locked"; readonly file: Deno.FsFile }
  /** Another process has it. */
  | { readonly state: "held" }
  /** The file system has no locks, or there is no such file of our kind. */
  | { readonly state: "unknown" };

/**
 * Locks the regular file at `path` for this process; the operating system releases the lock when the process ends,
 * however it dies. Neither a link nor a pipe is opened.
 */
export function tryLock(path: string): Attempt {
  const info = lstatIfPresent(path);
  if (info?.isFile !== true) return { state: "unknown" };
  // A pipe that takes its place now does not block a process that opens it for reading and writing.
  const file = Deno.openSync(path, { read: true, write: true });
  try {
    const opened = file.statSync();
    const isSame = opened.isFile && identityFrom(opened) === identityFrom(info);
    if (isSame && file.tryLockSync(true)) return { state: "locked", file };
    file.close();
    return { state: isSame ? "held" : "unknown" };
  } catch {
    file.close();
    return { state: "unknown" };
  }
}

/** Locks a file that was just made and is open. */
export function lockNew(file: Deno.FsFile): "locked" | "held" | "unknown" {
  try {
    return file.tryLockSync(true) ? "locked" : "held";
  } catch {
    return "unknown";
  }
}
