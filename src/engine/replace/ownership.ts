import { BackupError } from "../../errors.ts";
import { errnoOf } from "../../store/errno.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { PRIVATE_FILE } from "../../store/private_file.ts";
import { syncFile } from "../../store/publish.ts";
import type { Job } from "../worker/job.ts";

const MODE_BITS = 0o7777;

/** How a file system says that it does not keep the modes of files: a share, a disk without them. */
const NO_MODES = new Set(["EPERM", "EACCES", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

/** Gives the candidate the old library's mode and owner; without one, 0600 and the owner of the directory. */
export function carryOwnership(library: string, directory: string, candidate: string, job: Job): void {
  if (Deno.build.os === "windows") return;
  const old = lstatIfPresent(library);
  const model = old ?? Deno.statSync(directory);
  const own = Deno.statSync(candidate);
  if (own.uid !== model.uid || own.gid !== model.gid) changeOwner(candidate, model, own, old !== null);
  changeMode(candidate, old?.mode == null ? PRIVATE_FILE : old.mode & MODE_BITS, job);
  syncFile(candidate);
}

/** Gives a copy of a library the library's owner and mode, as far as this user and the file system can. */
export function copyOwnership(library: string, copy: string): void {
  if (Deno.build.os === "windows") return;
  const { uid, gid, mode } = Deno.statSync(library);
  try {
    Deno.chownSync(copy, uid, gid);
    if (mode !== null) Deno.chmodSync(copy, mode & MODE_BITS);
  } catch {
    // It stays private to whoever makes it.
  }
}

/** A candidate that is a set-aside library is one again, with the mode and the owner that it had. */
export function returnOwnership(candidate: string, own: Deno.FileInfo): void {
  if (Deno.build.os === "windows" || own.mode === null) return;
  const { uid, gid } = Deno.statSync(candidate);
  if (uid !== own.uid || gid !== own.gid) Deno.chownSync(candidate, own.uid, own.gid);
  Deno.chmodSync(candidate, own.mode & MODE_BITS);
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

function changeMode(candidate: string, wanted: number, job: Job): void {
  try {
    Deno.chmodSync(candidate, wanted);
  } catch (error) {
    if (!NO_MODES.has(errnoOf(error))) throw error;
    const { mode } = Deno.statSync(candidate);
    if (mode === null || (mode & MODE_BITS) === wanted) return;
    const message = `the file system keeps no modes: the library has ${octal(mode)} and not ${octal(wanted)}`;
    job.warn(message);
  }
}

function octal(mode: number): string {
  return (mode & MODE_BITS).toString(8).padStart(4, "0");
}
