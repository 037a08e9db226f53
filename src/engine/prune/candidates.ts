import { lstatIfPresent } from "../../store/identity.ts";
import { archiveTime } from "../../store/naming.ts";
import { STICKY } from "../../store/trust.ts";
import { currentUser, ROOT } from "../../store/user.ts";
import { areKin } from "../../library/content/lineage.ts";
import type { Belonging } from "../inspect/origin.ts";
import type { FoundArchive } from "../inspect/read_archives.ts";
import type { PlannedFile } from "../protocol/mod.ts";
import { contentOf, stateOf } from "./planned_files.ts";

/** An archive whose head can be read, so that rules may be applied to it. */
export interface Candidate {
  readonly file: PlannedFile;
  readonly path: string;
  /** Where the library was; null in archives of VPO's. */
  readonly libraryPath: string | null;
  readonly lineage: string | null;
  readonly belonging: Belonging;
}

/**
 * Tells which files in a directory are a stranger's. Where users cannot remove each other's files, somebody who puts
 * newer backups there must not cause older ones to be removed.
 *
 * @param library its owner is no stranger, nor are this user, root and the owner of the directory
 */
export function strangersIn(directory: string, library: string | null): (info: Deno.FileInfo) => boolean {
  const { mode, uid } = Deno.statSync(directory);
  const user = currentUser();
  if (((mode ?? 0) & STICKY) === 0 || user === null) return () => false;
  const owner = library === null ? undefined : ownerOf(library);
  const known = [ROOT, user, uid, owner];
  return (info) => !known.includes(info.uid);
}

function ownerOf(path: string): number | null {
  try {
    return Deno.lstatSync(path).uid;
  } catch {
    // It is missing or out of reach: then its owner is as strange as others.
    return null;
  }
}

/** The state of a file when a plan is made; null where it is gone, or why it cannot be a backup. */
export function planFile(
  archive: FoundArchive,
  isStrangers: (info: Deno.FileInfo) => boolean,
): PlannedFile | string | null {
  const { filename, createdAt, path } = archive;
  const info = lstatIfPresent(path);
  if (info === null) return null;
  if (archiveTime(filename) === null) return "its name is not a backup's";
  if (!info.isFile) return "it is not a regular file";
  if (isStrangers(info)) return `it belongs to another user, ${info.uid}`;
  return { filename, createdAt, archiveSize: info.size, identity: stateOf(info), content: contentOf(archive) };
}

/** Whether a backup is certainly of the library: same path, and kindred files too. */
export function isSure({ belonging: { samePath, kin } }: Candidate): boolean {
  return samePath === true && kin === true;
}

/** Whether a backup is certainly of another library. */
export function isOther({ belonging: { kin } }: Candidate): boolean {
  return kin === false;
}

/** Whether it makes sense to ask: nothing speaks against it, except that the path differs where the files are kin. */
export function mayBeOurs({ belonging: { samePath, kin } }: Candidate): boolean {
  return kin === true || (kin === null && samePath !== false);
}

/** Why no rule is applied to a backup that is not certain to be of this library. */
export function whyNotSure({ libraryPath, belonging: { samePath, kin } }: Candidate): string {
  if (kin === false) {
    if (samePath === true) {
      return "it is of another library at the same path, or its files were all moved or renamed since";
    }
    return libraryPath === null ? "it is of another library" : `it is of another library, "${libraryPath}"`;
  }
  if (kin === true) {
    return libraryPath === null
      ? "it does not say which library it is of, though its files are those of this one"
      : `its library was at "${libraryPath}", though its files are those of this one`;
  }
  if (samePath === true) return "it was made at this library's path, but nothing shows that it is of this library";
  return libraryPath === null ? "it does not say which library it is of" : `its library was at "${libraryPath}"`;
}

/**
 * The backups grouped by library: the same path with the same files. A backup of which nothing is known is taken for
 * the only one of its library.
 *
 * @param candidates the newest first; so are those of each library
 */
export function groupByLibrary(candidates: readonly Candidate[]): Candidate[][] {
  const groups: Candidate[][] = [];
  for (const candidate of candidates) {
    const group = groups.find(([newest]) => newest !== undefined && isSameLibrary(newest, candidate));
    if (group === undefined) groups.push([candidate]);
    else group.push(candidate);
  }
  return groups;
}

function isSameLibrary(one: Candidate, other: Candidate): boolean {
  if (one.libraryPath !== other.libraryPath || one.lineage === null || other.lineage === null) return false;
  return areKin(one.lineage, other.lineage) === true;
}
