import { dirname, join } from "node:path";
import type { ValueParser } from "@optique/core/valueparser";
import { archivesMeant, newestArchiveNames } from "../../engine/backup_directory.ts";
import { type Place, resolveDirectory, resolveFile } from "../../engine/real_paths.ts";
import { ARCHIVE_SUFFIX, type Listed, type ListRequest } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import { ADVICE, BACKUPS_NAME, typedWord } from "../../program.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { path } from "./values.ts";
import { backupDirectory } from "./backup_directory.ts";
import { isDefault } from "./backup_place.ts";
import { dataLibrary, type Env, expandHome, hasSeparator } from "./paths.ts";

/** The word for the newest archive on the command line. */
export const LATEST = "latest";

/** What the shell completes where an archive is wanted; `suggestions.ts` finds names in the backup directory. */
export const ARCHIVE_EXTENSIONS: readonly string[] = [ARCHIVE_SUFFIX];

/** Archives named in an error, at most. */
const MAX_NAMED = 3;
const NAME_ANOTHER = "Name another directory with --backup-dir DIR, or an archive by its path.";

/** An archive on the command line: a path, a name in the backup directory, or `latest`. */
export const backupArgument: ValueParser<"sync", string> = {
  ...path("BACKUP"),
  suggest: (pattern) => [
    ...(LATEST.startsWith(pattern) ? [{ kind: "literal", text: LATEST } as const] : []),
    { kind: "file", type: "file", extensions: ARCHIVE_EXTENSIONS, pattern },
  ],
};

/**
 * Real path of an archive that is given by its path, its bare name, or an unambiguous beginning of a name in the backup
 * directory: `2026-02-05`, or the whole name without its extension.
 *
 * @param action what to do with it: "Cannot restore"
 * @throws {BackupError} `not_found`, or `operation_failed` where it is not a regular file
 */
export function archiveAt(named: string, { io, globals }: Context, action: string): string {
  const wanted = expandHome(named, io.env);
  if (hasSeparator(wanted)) return requireArchive(resolveFile(wanted), named, action, "");
  const directory = backupDirectory(globals, io.env);
  const inDirectory = resolveFile(join(directory, wanted));
  if (inDirectory.info?.isFile === true) return inDirectory.path;
  const [only, ...others] = archivesMeant(directory, wanted, MAX_NAMED + 1);
  if (only !== undefined && others.length === 0) return archiveFound(join(directory, only));
  if (only !== undefined) throw ambiguous(named, [only, ...others], action);
  const here = placeHere(wanted);
  const place = inDirectory.info === null && here !== null ? here : inDirectory;
  return requireArchive(place, named, action, ` in "${directory}"${here === null ? "" : " or the current directory"}`);
}

/** A file in the current directory; null where that is none of this user's business, as after `sudo -u` in `/root`. */
function placeHere(name: string): Place | null {
  try {
    return resolveFile(name);
  } catch {
    return null;
  }
}

/** @param where where it was looked for */
function requireArchive({ path, info }: Place, named: string, action: string, where: string): string {
  if (info?.isFile === true) return path;
  if (info !== null) {
    throw new BackupError("operation_failed", `${action} "${path}": it is not a regular file`, ADVICE.listBackups);
  }
  throw new BackupError("not_found", `${action} "${named}": there is no such archive${where}`, ADVICE.listBackups);
}

function ambiguous(named: string, meant: readonly string[], action: string): BackupError {
  const names = meant.slice(0, MAX_NAMED).map((name) => `"${name}"`).join(", ");
  const more = meant.length > MAX_NAMED ? ", …" : "";
  const message = `${action} "${named}": it matches several backups: ${names}${more}`;
  return new BackupError("usage", message, "Give more of the time, or the whole name.");
}

/**
 * Real path of an archive that was found in a directory, not named. A link is followed only to another file of that
 * directory: otherwise whoever may write there could choose what is read, and where it is unpacked.
 *
 * @throws {BackupError} `operation_failed`
 */
export function archiveFound(path: string): string {
  const refuse = (reason: string, cause?: unknown) => new BackupError("operation_failed", reason, null, { cause });
  try {
    const { path: real, info } = resolveFile(path);
    if (dirname(real) !== dirname(path)) throw refuse("it is a link that leads out of this directory");
    if (info?.isFile === false) throw refuse("it is not a regular file");
    return real;
  } catch (error) {
    throw error instanceof BackupError ? error : refuse("it is a link that cannot be followed", error);
  }
}

/**
 * Real path of the backup directory, which must be there.
 *
 * @throws {BackupError} `not_found`
 */
export function requireBackupDirectory({ globals, io }: Context): string {
  const { existing, directory } = resolveDirectory(backupDirectory(globals, io.env));
  if (existing !== directory) throw noBackups(directory, 0, io.env);
  return directory;
}

/**
 * The archives in the backup directory, the newest first; at least one.
 *
 * @param library the library in place, to mark backups of others
 * @throws {BackupError} `not_found`
 */
export async function listArchives(context: Context, library: string | null): Promise<Listed> {
  const directory = requireBackupDirectory(context);
  const listed = await askEngine(context, { ...listRequest(directory), library });
  if (listed.entries.length === 0) throw noBackups(directory, 0, context.io.env);
  return listed;
}

/** A request for all archives of a directory, newest first, and nothing else. */
export function listRequest(directory: string): ListRequest {
  return { verb: "list", directory, order: "created", limit: null, verify: false, library: null };
}

/** The error for a directory that contains no backup, or only `unusable` ones. */
export function noBackups(directory: string, unusable: number, env: Env): BackupError {
  const other = backupsOfDataDirectory(directory, env);
  const mayBeUnmounted = unusable === 0 && !isDefault(directory, env);
  return new BackupError(
    "not_found",
    unusable === 0
      ? `No backups found in "${directory}"`
      : `None of the ${unusable} backups in "${directory}" can be used`,
    other === null
      ? mayBeUnmounted ? `Check that its disk is mounted. ${NAME_ANOTHER}` : NAME_ANOTHER
      : `There are some in "${other}", below VPO_DATA_DIR: --backup-dir ${typedWord(other)}`,
  );
}

/** Another directory with backups, below `VPO_DATA_DIR`, for people who think that VPO keeps everything there. */
function backupsOfDataDirectory(directory: string, env: Env): string | null {
  const data = dataLibrary(env);
  if (data === null) return null;
  const { directory: other, existing } = resolveDirectory(join(dirname(data), BACKUPS_NAME));
  try {
    return other === existing && other !== directory && newestArchiveNames(other, "", 1).length > 0 ? other : null;
  } catch {
    // It cannot be examined: then there is nothing to point to.
    return null;
  }
}
