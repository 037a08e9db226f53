import { identityOf } from "../store/identity.ts";

/** More replacements in a row than anybody makes while one run takes its lock. */
const MAX_ATTEMPTS = 20;

/**
 * Takes a lock on the library with `lock`, and retries if the library was replaced meanwhile.
 *
 * A connection stays with the file that it opened, but finds the write-ahead log by name: between the opening and the
 * lock another run can put another library there, and the log is then that one's (SQLite, "How To Corrupt An SQLite
 * Database File", section 1.4). Once the lock is taken, no other run replaces the file.
 */
export function lockStable<T extends Disposable>(library: string, lock: () => T): T {
  for (let attempt = 1;; attempt++) {
    const before = identityOf(library);
    const locked = lock();
    if (identityOf(library) === before) return locked;
    locked[Symbol.dispose]();
    if (attempt === MAX_ATTEMPTS) throw new Error("it is being replaced again and again");
  }
}
