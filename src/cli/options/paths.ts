import { dirname, join } from "node:path";
import { isThere, resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import { BACKUPS_NAME } from "../../program.ts";
import { BUILD } from "../../version.ts";

/** Reads an environment variable. */
export type Env = (name: string) => string | undefined;
type System = typeof Deno.build.os;

/** The drive at the beginning of a path on Windows: `C:` or `\\?\C:`. */
const DRIVE = /^([/\\]{2}[?.][/\\])?[A-Za-z]:/;

/** Names of the environment variables that the program reads. */
export const VARIABLES = {
  library: "VPO_DATABASE_PATH",
  config: "VPO_CONFIG_PATH",
  dataDirectory: "VPO_DATA_DIR",
  backupDirectory: "VPO_BACKUP_DIR",
  backupConfig: "VPO_BACKUP_CONFIG",
  copyTo: "VPO_BACKUP_COPY_TO",
} as const;

/** The environment of a shell in which no variable names anything of VPO's. */
export function withoutVariables(env: Env): Env {
  const named: readonly string[] = Object.values(VARIABLES);
  return (name) => named.includes(name) ? undefined : env(name);
}

const LIBRARY_NAME = "library.db";

/** Directories that replace VPO's defaults in an executable built for exactly these. */
export type Defaults = Pick<typeof BUILD, "library_dir" | "backup_dir">;

/** The default backup directory; null without a home. */
export function defaultBackupDirectory(env: Env, defaults: Defaults = BUILD): string | null {
  const data = libraryOfDataDirectory(env, defaults);
  if (data !== null) return join(dirname(data), BACKUPS_NAME);
  return defaults.backup_dir ?? inVpoDirectory(BACKUPS_NAME, env);
}

/** VPO's default library; null without a home. */
export function defaultLibrary(env: Env, { library_dir }: Defaults): string | null {
  return library_dir === null ? inVpoDirectory(LIBRARY_NAME, env) : join(library_dir, LIBRARY_NAME);
}

/** The `library.db` below `VPO_DATA_DIR`; null where the variable is not set. */
export function dataLibrary(env: Env): string | null {
  const data = nonEmpty(env(VARIABLES.dataDirectory));
  return data === undefined ? null : join(expandHome(data, env), LIBRARY_NAME);
}

/** The library below `VPO_DATA_DIR` if it is the only one: VPO itself never looks there. */
function libraryOfDataDirectory(env: Env, defaults: Defaults): string | null {
  const data = dataLibrary(env);
  const usual = defaultLibrary(env, defaults);
  return data !== null && isThere(data) && (usual === null || !isThere(usual)) ? data : null;
}

/** The error for a place that neither an option nor the environment names. */
export function untold(what: string, option: string): BackupError {
  return new BackupError("usage", `Cannot tell where the ${what} is: HOME is not set`, `Name it with ${option}.`);
}

/**
 * `~` and `~/…` with the home directory in place of the tilde.
 *
 * @throws {BackupError} `usage`, also on Windows for a name with a colon, which would write into a hidden stream of
 * another file, and for `C:name`, which is relative to the current directory of drive C:
 */
export function expandHome(path: string, env: Env, os: System = Deno.build.os): string {
  if (os === "windows") requireWindowsPath(path);
  if (path !== "~" && !(path.startsWith("~") && hasSeparator(path.slice(1, 2)))) return path;
  const home = homeOf(env);
  if (home === undefined) {
    throw new BackupError("usage", `Cannot tell what "${path}" is: HOME is not set`, "Give the full path.");
  }
  return join(home, path.slice(1));
}

/**
 * Real path of a directory that the user names, which must be there.
 *
 * @param action what it is needed for: "Cannot check"
 * @throws {BackupError} `not_found`
 */
function existingDirectory(named: string, env: Env, action: string): string {
  const { directory, existing } = resolveDirectory(expandHome(named, env));
  if (directory === existing) return directory;
  throw new BackupError("not_found", `${action}: there is no directory "${named}"`, "Check its name.");
}

/** Real path of the directory of `--temp-dir`; null where none was named. */
export function tempDirectoryAt(named: string | undefined, env: Env, action: string): string | null {
  return named === undefined ? null : existingDirectory(named, env, action);
}

/** The home directory. On Windows it is USERPROFILE, as for VPO, even if a shell has set HOME. */
export function homeOf(env: Env, os: System = Deno.build.os): string | undefined {
  const [first, second] = os === "windows" ? ["USERPROFILE", "HOME"] as const : ["HOME", "USERPROFILE"] as const;
  return nonEmpty(env(first)) ?? nonEmpty(env(second));
}

/** Whether a path contains a directory separator; except on Windows a backslash is part of a name. */
export function hasSeparator(path: string, os: System = Deno.build.os): boolean {
  return path.includes("/") || os === "windows" && path.includes("\\");
}

function requireWindowsPath(path: string): void {
  const below = path.replace(DRIVE, "");
  if (below.includes(":")) {
    const message = `Cannot use "${path}": on Windows a file name cannot contain a colon`;
    throw new BackupError("usage", message, "Name another file.");
  }
  if (below !== path && !/^[/\\]/.test(below)) {
    const message = `Cannot use "${path}": it depends on the current directory of that drive`;
    throw new BackupError("usage", message, "Give the full path.");
  }
}

/** A value unless it is empty: an empty variable counts as unset. */
export function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function inVpoDirectory(name: string, env: Env): string | null {
  const home = homeOf(env);
  return home === undefined ? null : join(home, ".vpo", name);
}
