import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { type Hold, holdLibrary, SIDE_FILES } from "../../library/lock.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { publishNew, removeIfPresent, syncDirectory, syncFile } from "../../store/publish.ts";
import { PRIVATE_FILE } from "../../store/private_file.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { limitLock } from "../worker/deadlines.ts";
import { explainSystem, lockedLibrary } from "../worker/explain_system.ts";
import { removeSecondNames, setAside, setSideFilesAside, takeBack } from "./set_aside.ts";

/** What replaces a library. */
export interface Succession {
  /** Path of the library. */
  readonly library: string;
  /**
   * Path of the database that becomes the library: on the same file system, not open, its content on the disk. It loses
   * this name.
   */
  readonly candidate: string;
  /** Free path in the work directory, for a copy of the library where it needs one. */
  readonly spare: string;
  readonly waitSeconds: number;
  /** Throws where the candidate is no longer what is to replace the library, now that nobody else can. */
  requireStill(): void;
}

/**
 * Puts a checked database in the place of the library.
 *
 * At every instant the library's path holds the whole old library or the whole new one. The old one's write-ahead log
 * is brought into it before it gets its second name, and is gone before the new library gets its name: a log of the old
 * one beside the new one would be applied to it (SQLite, "How To Corrupt An SQLite Database File", section 1.4).
 *
 * @returns where the old library is kept, or null where there was none
 */
export async function replaceLibrary(
  { library, candidate, spare, waitSeconds, requireStill }: Succession,
  host: Host,
): Promise<string | null> {
  const directory = dirname(library);
  const hold = takeLibrary(library, waitSeconds, host);
  using opened = hold.state === "absent" ? null : hold.library;
  beginStep(host, "replace library", { library, previous: hold.state });
  requireStill();

  host.beginCommit();
  const own = Deno.statSync(candidate);
  let previous: string | null = null;
  try {
    carryOwnership(library, directory, candidate);
    removeSecondNames(library);
    if (hold.state !== "absent") previous = await setAside(library, hold.state === "held" ? hold.library : null, spare);
    if (hold.state === "unusable" && previous !== null) setSideFilesAside(library, previous, spare);
    for (const suffix of SIDE_FILES) removeIfPresent(library + suffix);
    syncDirectory(directory);
    // Windows cannot rename over a file that is open, so there the lock is let go a moment earlier.
    if (Deno.build.os === "windows") opened?.[Symbol.dispose]();
    if (hold.state === "absent") publishWhereNothingIs(candidate, library);
    else Deno.renameSync(candidate, library);
  } catch (error) {
    const kept = previous;
    afterFailure(() => opened?.[Symbol.dispose]());
    if (kept !== null) afterFailure(() => takeBack(library, kept));
    afterFailure(() => returnOwnership(candidate, own));
    throw error;
  }
  const inPlace = { library, previous };
  if (hold.state === "absent") afterwards(inPlace, "its earlier name is still there", () => removeIfPresent(candidate));
  afterwards(inPlace, "that may not outlast a power cut", () => syncDirectory(directory));
  return previous;
}

function takeLibrary(library: string, waitSeconds: number, host: Host): Hold {
  beginStep(host, "lock library", { library, wait_seconds: waitSeconds });
  limitLock(host, { action: "Cannot replace the library", library }, waitSeconds);
  try {
    return holdLibrary(library, waitSeconds, () => beginStep(host, "library locked"));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.PermissionDenied)) throw cause;
    const message = `Cannot replace the library: "${library}" may not be written to by this user`;
    throw new BackupError("operation_failed", message, "Run this as a user who may, or change its mode.", { cause });
  }
}

/** Where there was no library a rename could replace one that VPO has made since. */
function publishWhereNothingIs(candidate: string, library: string): void {
  try {
    publishNew(candidate, [library]);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw lockedLibrary({ action: "Cannot put a library in place: there is one now", library }, cause);
  }
}

/** Does what is left to do when the new library is in place: a failure must not sound as if it were not. */
export function afterwards(
  { library, previous }: { readonly library: string; readonly previous: string | null },
  failing: string,
  act: () => void,
): void {
  try {
    act();
  } catch (cause) {
    const { code, message } = explainSystem(cause, `"${library}" was replaced, but ${failing}`);
    const hint = previous === null ? "Check the disk." : `The previous library is kept: "${previous}". Check the disk.`;
    throw new BackupError(code, message, hint, { cause });
  }
}

/** Gives the candidate the old library's mode and owner; without one, 0600 and the owner of the directory. */
function carryOwnership(library: string, directory: string, candidate: string): void {
  if (Deno.build.os === "windows") return;
  const old = lstatIfPresent(library);
  const model = old ?? Deno.statSync(directory);
  const own = Deno.statSync(candidate);
  if (own.uid !== model.uid || own.gid !== model.gid) changeOwner(candidate, model, own, old !== null);
  Deno.chmodSync(candidate, old?.mode == null ? PRIVATE_FILE : old.mode & 0o7777);
  syncFile(candidate);
}

function changeOwner(candidate: string, model: Deno.FileInfo, own: Deno.FileInfo, required: boolean): void {
  try {
    Deno.chownSync(candidate, model.uid, model.gid);
  } catch (cause) {
    if (!required || own.uid === model.uid) return;
    throw new BackupError(
      "operation_failed",
      `Cannot replace the library: it belongs to user ${model.uid}, and the new one cannot be given to that user`,
      "Run this as the user to whom the library belongs.",
      { cause },
    );
  }
}

/** A candidate that is a set-aside library is one again, with the mode and the owner that it had. */
function returnOwnership(candidate: string, own: Deno.FileInfo): void {
  if (Deno.build.os === "windows" || own.mode === null) return;
  const { uid, gid } = Deno.statSync(candidate);
  if (uid !== own.uid || gid !== own.gid) Deno.chownSync(candidate, own.uid, own.gid);
  Deno.chmodSync(candidate, own.mode & 0o7777);
}

/** Undoes one step of a replacement that failed; what made it fail is what the user has to know. */
function afterFailure(act: () => void): void {
  try {
    act();
  } catch {
    // Nothing is lost: the next run finds what is left.
  }
}
