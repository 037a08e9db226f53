import { BackupError } from "../../errors.ts";
import type { Task } from "./explain_error.ts";
import type { Host } from "./host.ts";
import { lockedLibrary } from "./explain_system.ts";

/**
 * Time beyond `--wait` after which a lock is given up, in milliseconds. SQLite keeps the wait itself; this leaves it
 * time to read a long write-ahead log.
 */
const LOCK_GRACE_MS = 5000;

/**
 * What a look at a database may take, in milliseconds: some, and as much again for every MiB of it. A slow disk needs a
 * hundredth of that; a database of some KB can be made so that a look at it never ends.
 */
const LOOK_MS = 3500;
const LOOK_MS_PER_MIB = 1000;
const MIB = 1024 * 1024;

/** Ends the run as locked out when the lock is not there in time. */
export function limitLock(host: Host, task: Pick<Task, "action" | "library">, waitSeconds: number): void {
  host.limitStep(waitSeconds * 1000 + LOCK_GRACE_MS, lockedLibrary(task));
}

/**
 * Ends the run with `refusal` when looking at a database of `bytes` takes impossibly long.
 *
 * @param waitSeconds time that the look may have to wait for a lock, on top of that
 */
export function limitLook(host: Host, bytes: number, refusal: BackupError, waitSeconds = 0): void {
  host.limitStep(waitSeconds * 1000 + LOOK_MS + LOOK_MS_PER_MIB * bytes / MIB, refusal);
}

/** The refusal of a library that nobody can look at to the end. */
export function endlessLibrary({ action, library }: Pick<Task, "action" | "library">): BackupError {
  const message = `${action}: "${library}" is damaged: looking at it does not come to an end`;
  return new BackupError("not_a_library", message, "Move it to another place and try again; a restore needs none.");
}
