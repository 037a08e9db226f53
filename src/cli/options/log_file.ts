import { basename } from "node:path";
import { resolveFile } from "../../engine/real_paths.ts";
import { explainSystem } from "../../engine/worker/explain_system.ts";
import { BackupError } from "../../errors.ts";
import { openLogFile } from "../../output/log/log.ts";
import type { Outlet } from "../../output/outlet.ts";
import type { GlobalOptions } from "./global.ts";
import { chooseLibrary } from "./library_choice.ts";
import { type Env, expandHome } from "./paths.ts";

const HINT = "Name a new file with --log-file FILE, or a log of this program.";
/**
 * Names that a log never has: those of archives, SQLite's side files, this program's own files and set-aside libraries.
 */
const FOREIGN_NAMES = /\.tar\.gz$|-(wal|shm|journal)$|^\.vpo-backup|\.before-restore-/i;

/**
 * Opens the requested log; null where none was. A log is a new file, an empty one, or one of this program's.
 *
 * @throws {BackupError} where it cannot be one
 */
export function openLog({ logFile: named, library }: GlobalOptions, env: Env): Outlet | null {
  if (named === undefined) return null;
  try {
    const given = expandHome(named, env);
    const { path, info } = resolveFile(given);
    if (info === null) refuseDangling(given, path);
    if (info?.isDirectory === true) throw new NoLog("it is a directory");
    // Opening a pipe that nobody reads would wait forever.
    if (info !== null && !info.isFile) throw new NoLog("it is not a regular file");
    if (info === null || info.size === 0) refuseForeign(path, library, env);
    return openLogFile(path, info === null);
  } catch (error) {
    const { code, message, hint } = explainSystem(error, `Cannot write the log "${named}"`);
    throw new BackupError(code, message, code === "permission_denied" ? hint : HINT, { cause: error });
  }
}

class NoLog extends Error {}

function refuseDangling(given: string, target: string): void {
  try {
    if (Deno.lstatSync(given).isSymlink) throw new NoLog(`it is a link to "${target}", which is not there`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Refuses a file that belongs to something else, by name: a file that is not empty also shows by its first line whether
 * it is a log.
 */
function refuseForeign(path: string, library: string | undefined, env: Env): void {
  if (FOREIGN_NAMES.test(basename(path))) throw new NoLog("its name belongs to another kind of file");
  if (path === libraryPath(library, env)) throw new NoLog("this is the library");
}

function libraryPath(named: string | undefined, env: Env): string | null {
  try {
    return resolveFile(chooseLibrary(named, env).path).path;
  } catch {
    // If nothing tells which library it is, the command reports that.
    return null;
  }
}
