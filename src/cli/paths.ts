import { join } from "node:path";
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
  const home = homeDirectory(env);
  if (home === undefined) {
    throw new BackupError("usage", `Cannot tell what "${path}" is: HOME is not set`, "Give the whole path.");
  }
  return join(home, path.slice(1));
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
  const home = homeDirectory(env);
  if (home !== undefined) return join(home, ".vpo", name);
  throw new BackupError("usage", `Cannot tell where the ${what} is: HOME is not set`, `Name it with ${option}.`);
}

/** The user's home directory; undefined where the environment does not tell. */
export function homeDirectory(env: Env): string | undefined {
  return nonEmpty(env("HOME")) ?? nonEmpty(env("USERPROFILE"));
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
