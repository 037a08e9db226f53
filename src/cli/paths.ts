import { join } from "node:path";
import { resolveDirectory } from "../engine/places.ts";
import { BackupError } from "../errors.ts";

type Env = (name: string) => string | undefined;

/** Names of the environment variables that the program reads. */
export const VARIABLES = {
  library: "VPO_DATABASE_PATH",
  dataDirectory: "VPO_DATA_DIR",
  backupDirectory: "VPO_BACKUP_DIR",
} as const;

/**
 * Path of the library: the flag, else the environment, else VPO's default.
 *
 * @throws {BackupError} `usage`, when nothing tells
 */
export function libraryPath(flag: string | undefined, env: Env): string {
  return choose(flag, env, VARIABLES.library, "library.db", "--library PATH", "library");
}

/**
 * Path of the backup directory: the flag, else the environment, else VPO's default.
 *
 * @throws {BackupError} `usage`, when nothing tells
 */
export function backupDirectory(flag: string | undefined, env: Env): string {
  return choose(flag, env, VARIABLES.backupDirectory, "backups", "--backup-dir DIR", "backup directory");
}

/** `~` and `~/…` with the home directory in place of the tilde. */
export function expandHome(path: string, env: Env): string {
  if (path !== "~" && !/^~[/\\]/.test(path)) return path;
  const home = homeOf(env);
  if (home === undefined) {
    throw new BackupError("usage", `Cannot tell what "${path}" is: HOME is not set`, "Give the whole path.");
  }
  return join(home, path.slice(1));
}

/**
 * Real path of a directory that the user names, which must be there.
 *
 * @param action what it is needed for: "Cannot check"
 * @throws {BackupError} `not_found`
 */
export function existingDirectory(named: string, env: Env, action: string): string {
  const { directory, existing } = resolveDirectory(expandHome(named, env));
  if (directory === existing) return directory;
  throw new BackupError("not_found", `${action}: there is no directory "${named}"`, "Check its name.");
}

function choose(
  flag: string | undefined,
  env: Env,
  variable: string,
  name: string,
  option: string,
  what: string,
): string {
  const named = nonEmpty(flag) ?? nonEmpty(env(variable));
  if (named !== undefined) return expandHome(named, env);
  const data = nonEmpty(env(VARIABLES.dataDirectory));
  if (data !== undefined) return join(expandHome(data, env), name);
  const home = homeOf(env);
  if (home !== undefined) return join(home, ".vpo", name);
  throw new BackupError("usage", `Cannot tell where the ${what} is: HOME is not set`, `Name it with ${option}.`);
}

function homeOf(env: Env): string | undefined {
  return nonEmpty(env("HOME")) ?? nonEmpty(env("USERPROFILE"));
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
