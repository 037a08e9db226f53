import { BackupError } from "../../errors.ts";
import { BUILD } from "../../version.ts";
import { readBackupConfig } from "./backup_config.ts";
import type { GlobalOptions } from "./global.ts";
import {
  defaultBackupDirectory,
  type Defaults,
  type Env,
  expandHome,
  nonEmpty,
  untold,
  VARIABLES,
  withoutVariables,
} from "./paths.ts";

/** What a command line says about the backup directory. */
export type Named = Pick<GlobalOptions, "backupDir" | "config">;

/**
 * Path of the backup directory: the flag, else the environment, else `backup.toml`, else VPO's default. The file is
 * read only if it is needed: whoever names the directory can restore even with a broken file.
 *
 * @throws {BackupError} `usage`, when nothing tells, or the file cannot be used
 */
export function backupDirectory(named: Named, env: Env, defaults: Defaults = BUILD): string {
  const given = nonEmpty(named.backupDir) ?? ordinaryDirectory(named, env, defaults);
  if (given === null) throw untold("backup directory", "--backup-dir DIR");
  return expandHome(given, env);
}

const UNNAMED: Named = { backupDir: undefined, config: undefined };

/** The backup directory if a command, typed in whatever shell, has to name it to mean this one; null otherwise. */
export function directoryToName(named: Named, env: Env): string | null {
  const directory = directoryIfTold(named, env);
  return directoryIfTold(UNNAMED, withoutVariables(env)) === directory ? null : directory;
}

function directoryIfTold(named: Named, env: Env): string | null {
  try {
    return backupDirectory(named, env);
  } catch (error) {
    if (error instanceof BackupError) return null;
    throw error;
  }
}

/** Where backups go unless a flag says otherwise; null where nothing tells. */
export function ordinaryDirectory(naming: Pick<Named, "config">, env: Env, defaults: Defaults = BUILD): string | null {
  const named = nonEmpty(env(VARIABLES.backupDirectory)) ?? readBackupConfig(naming, env).values.backup_dir;
  return named === undefined ? defaultBackupDirectory(env, defaults) : expandHome(named, env);
}
