import { join } from "node:path";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import { BUILD } from "../../version.ts";

type Env = (name: string) => string | undefined;
type System = typeof Deno.build.os;

/** Names of the environment variables that the program reads. */
export const VARIABLES = {
  library: "VPO_DATABASE_PATH",
  dataDirectory: "VPO_DATA_DIR",
  backupDirectory: "VPO_BACKUP_DIR",
} as const;

const LIBRARY_NAME = "library.db";

/** Directories that take the place of VPO's defaults in an executable that was built for just them. */
type Defaults = Pick<typeof BUILD, "library_dir" | "backup_dir">;

/**
 * Path of the library: the flag, else the environment, else VPO's default.
 *
 * @throws {BackupError} `usage`, when nothing tells
 */
export function libraryPath(flag: string | undefined, env: Env, { library_dir }: Defaults = BUILD): string {
  const built = library_dir === null ? null : join(library_dir, LIBRARY_NAME);
  const file = { what: "library", variable: VARIABLES.library, name: LIBRARY_NAME, option: "--library PATH" };
  return choose(flag, env, { ...file, built });
}

/**
 * Path of the backup directory: the flag, else the environment, else VPO's default.
 *
 * @throws {BackupError} `usage`, when nothing tells
 */
export function backupDirectory(flag: string | undefined, env: Env, { backup_dir }: Defaults = BUILD): string {
  const directory = { what: "backup directory", variable: VARIABLES.backupDirectory, name: "backups" };
  return choose(flag, env, { ...directory, option: "--backup-dir DIR", built: backup_dir });
}

/** `~` and `~/…` with the home directory in place of the tilde. */
export function expandHome(path: string, env: Env): string {
  if (path !== "~" && !(path.startsWith("~") && hasSeparator(path.slice(1, 2)))) return path;
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

interface Wanted {
  readonly what: string;
  /** The environment variable that names it. */
  readonly variable: string;
  /** Its name in VPO's directory. */
  readonly name: string;
  readonly option: string;
  /** Where it is by default in this build. */
  readonly built: string | null;
}

function choose(flag: string | undefined, env: Env, { what, variable, name, option, built }: Wanted): string {
  const named = nonEmpty(flag) ?? nonEmpty(env(variable));
  if (named !== undefined) return expandHome(named, env);
  const data = nonEmpty(env(VARIABLES.dataDirectory));
  if (data !== undefined) return join(expandHome(data, env), name);
  if (built !== null) return built;
  const home = homeOf(env);
  if (home !== undefined) return join(home, ".vpo", name);
  throw new BackupError("usage", `Cannot tell where the ${what} is: HOME is not set`, `Name it with ${option}.`);
}

/** The home directory. On Windows it is USERPROFILE, which VPO goes by, even where a shell has set HOME. */
export function homeOf(env: Env, os: System = Deno.build.os): string | undefined {
  const [first, second] = os === "windows" ? ["USERPROFILE", "HOME"] as const : ["HOME", "USERPROFILE"] as const;
  return nonEmpty(env(first)) ?? nonEmpty(env(second));
}

/** Whether there is a separator of directories in a path; elsewhere than on Windows a backslash is part of a name. */
export function hasSeparator(path: string, os: System = Deno.build.os): boolean {
  return path.includes("/") || os === "windows" && path.includes("\\");
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
