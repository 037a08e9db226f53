import { holdsBackups } from "../../engine/backup_directory.ts";
import type { Destination } from "../../engine/protocol/mod.ts";
import { BackupError, declined } from "../../errors.ts";
import { isLink, resolveDirectory } from "../../engine/real_paths.ts";
import type { Context } from "../context.ts";
import { confirm } from "../prompt/confirm.ts";
import { defaultBackupDirectory, type Env } from "./paths.ts";

/** Where a backup goes. */
export interface BackupPlace {
  readonly destination: Destination;
  /** As the user named it; null for a generated name. */
  readonly filename: string | null;
}

/** Answers given in advance. */
interface Consent {
  readonly makeDir: boolean;
  readonly dryRun: boolean;
}

/**
 * Finds out whether a named directory may be used although nothing in it shows that backups go there, or it does not
 * exist.
 *
 * @returns whether it is to be marked, because somebody said yes
 * @throws {BackupError} `not_found` where nobody can be asked
 */
export async function claimPlace(place: BackupPlace, { makeDir, dryRun }: Consent, context: Context): Promise<boolean> {
  if (!isInDoubt(place, context.io.env)) return false;
  if (dryRun && makeDir) return false;
  if (makeDir) return true;
  const { directory, existing } = place.destination;
  const lack = directory === existing ? `"${directory}" holds no backups yet` : `there is no directory "${directory}"`;
  const { io, globals, reporter } = context;
  if (!io.terminal.input || !io.terminal.error || globals.json) {
    const hint = "To start backing up there, add --make-dir.";
    throw new BackupError("not_found", `Cannot back up: ${lack}: is the disk mounted?`, hint);
  }
  if (dryRun) {
    reporter.event({ kind: "warning", message: `${lack}: a real run will ask whether to use it` });
    return false;
  }
  const question = directory === existing
    ? `${lack}; back up there?`
    : `There is no directory "${directory}"; create it and back up there?`;
  if (await confirm(context, question)) return true;
  throw declined();
}

/**
 * Whether a directory may be the mount point of an unmounted disk, or be on one: that may be so of any but VPO's own,
 * and of that where it is a link to somewhere else. A file named in an existing directory is accepted.
 */
function isInDoubt({ destination: { directory, existing }, filename }: BackupPlace, env: Env): boolean {
  if (directory === existing && (filename !== null || holdsBackups(directory))) return false;
  return !isDefault(directory, env);
}

/** Whether this is VPO's own backup directory, which needs no disk of its own unless it is a link to one. */
export function isDefault(directory: string, env: Env): boolean {
  const usual = defaultBackupDirectory(env);
  return usual !== null && !isLink(usual) && resolveDirectory(usual).directory === directory;
}

/** Whether backups can be made in a directory while nobody can be asked. */
export function isReady(destination: Destination, env: Env): boolean {
  return !isInDoubt({ destination, filename: null }, env);
}
