import { BackupError } from "../../errors.ts";
import { errnoOf, KEEPS_NO_MODES } from "../../store/errno.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { GivenFile } from "../../store/open_file.ts";
import { PRIVATE_FILE } from "../../store/private_file.ts";
import { currentUser } from "../../store/user.ts";
import type { Job } from "../worker/job.ts";
import type { Owners } from "./owners.ts";

const MODE_BITS = 0o7777;

/**
 * Gives the candidate the old library's mode and owner; without an old library, 0600 and the owner of the directory.
 * Only the file that was checked gets them: whoever owns a directory above can put another file of root's under that
 * name at any moment.
 */
export function carryOwnership(library: string, directory: string, candidate: string, owners: Owners, job: Job): void {
  if (Deno.build.os === "windows") return;
  const old = lstatIfPresent(library);
  const model = old ?? Deno.statSync(directory);
  using file = new GivenFile(candidate);
  const own = file.facts;
  owners.requireFile(own);
  if (own.uid !== model.uid || own.gid !== model.gid) changeOwner(file, model, old !== null);
  changeMode(file, old?.mode == null ? PRIVATE_FILE : old.mode & MODE_BITS, job);
  file.sync();
  owners.renew(file.facts);
}

/** Gives a copy of a library the library's owner and mode, as far as this user and the file system can. */
export function copyOwnership(library: string, copy: string): void {
  if (Deno.build.os === "windows") return;
  const { uid, gid, mode } = Deno.lstatSync(library);
  try {
    using file = new GivenFile(copy);
    if (file.facts.uid !== currentUser() || uid === null || gid === null) return;
    file.giveTo(uid, gid);
    if (mode !== null) file.setMode(mode & MODE_BITS);
  } catch {
    // The copy stays private to whoever made it.
  }
}

/** Gives a candidate that goes back to being a set-aside library the mode and owner that it had. */
export function returnOwnership(candidate: string, before: Deno.FileInfo, owners: Owners): void {
  if (Deno.build.os === "windows" || before.mode === null) return;
  using file = new GivenFile(candidate);
  const { uid, gid } = file.facts;
  owners.requireFile(file.facts);
  if (before.uid !== null && before.gid !== null && (uid !== before.uid || gid !== before.gid)) {
    file.giveTo(before.uid, before.gid);
  }
  file.setMode(before.mode & MODE_BITS);
}

function changeOwner(file: GivenFile, model: Deno.FileInfo, required: boolean): void {
  const own = file.facts;
  try {
    if (model.uid !== null && model.gid !== null) file.giveTo(model.uid, model.gid);
  } catch (cause) {
    if (!required || own.uid === model.uid) return;
    throw new BackupError(
      "operation_failed",
      `Cannot replace the library: it belongs to user ${model.uid}, and the new one cannot be given to that user`,
      "Run this as the library's owner.",
      { cause },
    );
  }
}

function changeMode(file: GivenFile, wanted: number, job: Job): void {
  try {
    file.setMode(wanted);
  } catch (error) {
    if (!KEEPS_NO_MODES.has(errnoOf(error))) throw error;
    const { mode } = file.facts;
    if ((mode & MODE_BITS) === wanted) return;
    const message = `the file system keeps no modes: the library has ${octal(mode)} and not ${octal(wanted)}`;
    job.warn(message);
  }
}

function octal(mode: number): string {
  return (mode & MODE_BITS).toString(8).padStart(4, "0");
}
