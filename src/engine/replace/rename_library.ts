import type { BackupError } from "../../errors.ts";
import { identityOf, lstatIfPresent } from "../../store/identity.ts";
import { publishNew } from "../../store/publish.ts";
import { lockedLibrary } from "../worker/explain_system.ts";

/** Puts a database where no library was: a rename could replace one that VPO has made since. */
export function publishWhereNothingIs(candidate: string, library: string): void {
  try {
    publishNew(candidate, [library]);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw isThereNow(library, cause);
  }
}

/** The error for a library that somebody has put in place meanwhile. */
export function isThereNow(library: string, cause?: unknown): BackupError {
  return lockedLibrary({ action: "Cannot put a library in place: there is one now", library }, cause);
}

/** Renames a database over the library. */
export function replaceByRename(candidate: string, library: string): void {
  const identity = identityOf(candidate);
  try {
    Deno.renameSync(candidate, library);
  } catch (cause) {
    // A network share may have done what it reports as failed.
    if (identity !== null && identityOf(library) === identity && lstatIfPresent(candidate) === null) return;
    throw cause;
  }
}
