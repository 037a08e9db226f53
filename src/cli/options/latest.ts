import { basename, dirname } from "node:path";
import { resolveDirectory } from "../../engine/real_paths.ts";
import type { BackupEntry, LatestFound } from "../../engine/protocol/mod.ts";
import { BackupError, declined } from "../../errors.ts";
import { formatTime, stripControls } from "../../output/format.ts";
import { namingOptions, PROGRAM, typedWord } from "../../program.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { confirm } from "../prompt/confirm.ts";
import { archiveFound, noBackups, requireBackupDirectory } from "./archive.ts";
import { libraryMeant, toName } from "./library.ts";
import { backupDirectory } from "./backup_directory.ts";
import { UnusableConfig } from "./vpo_config.ts";

/** The library whose latest backup is wanted. */
export interface Wanted {
  /** Real path; null where nothing tells. */
  readonly library: string | null;
  readonly waitSeconds: number;
  /** Unpack archives that do not say whose they are. */
  readonly unpack: boolean;
  /** Options of the restore, to be repeated where one of another backup is advised. */
  readonly flags?: readonly string[];
}

/**
 * What to do if it is unclear which backup is meant: `ask` on a terminal, `refuse`, or just `tell` which one is used if
 * nothing is at stake.
 */
export type Doubt = "ask" | "refuse" | "tell";

/** What a backup is wanted for, and what to do if it is unclear which one is meant. */
interface Decision {
  readonly action: string;
  readonly doubt: Doubt;
  readonly flags: readonly string[];
}

/**
 * Path of the latest backup of the library. Backups that are passed over are reported.
 *
 * @param action what to do with it: "Cannot restore"
 * @throws {BackupError} `not_found`, or `confirmation_required` where nobody can be asked which one is meant
 */
export async function findLatest(context: Context, action: string, wanted: Wanted, doubt: Doubt): Promise<string> {
  const directory = requireBackupDirectory(context);
  const { flags = [], ...request } = wanted;
  const found = await askEngine(context, { verb: "find latest", directory, ...request, except: [] });
  const { latest, foreign, future } = found;
  if (latest === null && foreign === null) throw noBackups(directory, found.count, context.io.env);
  tell(found, context);
  if (latest !== null) {
    if (future === null || doubt === "tell") return archiveOf(latest, action);
    return archiveOf(await decideOnFuture(latest, future, { action, doubt, flags }, context), action);
  }
  if (foreign === null) throw noBackups(directory, found.count, context.io.env);
  return archiveOf(await decideOnForeign(foreign, directory, { action, doubt, flags }, context), action);
}

/** Real path of an archive from a list: it may be a link, which the engine does not follow. */
export function archiveOf({ path }: BackupEntry, action: string): string {
  try {
    return archiveFound(path);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new BackupError(error.code, `${action} "${path}": ${error.message}`, error.hint, { cause: error });
  }
}

/** The latest backup of the library, for commands that only look. */
export async function findLatestToShow(context: Context, action: string): Promise<string> {
  const wanted = { library: libraryIfKnown(context), waitSeconds: 0, unpack: false };
  return await findLatest(context, action, wanted, "tell");
}

/**
 * The newest sound backup of the library besides one in the backup directory that turned out to be damaged; null where
 * there is none.
 *
 * @param damaged path of that one
 */
export async function findSoundOne(damaged: string, context: Context, wanted: Wanted): Promise<BackupEntry | null> {
  try {
    const { existing, directory } = resolveDirectory(backupDirectory(context.globals, context.io.env));
    if (existing !== directory || dirname(damaged) !== directory) return null;
    const except = [basename(damaged)];
    const { flags: _, ...request } = wanted;
    const found = await askEngine(context, { verb: "find latest", directory, ...request, except });
    return found.latest;
  } catch (error) {
    // The first error is the one that counts.
    if (context.io.interruption.aborted || !(error instanceof BackupError)) throw error;
    return null;
  }
}

/** The library in place, for commands that only look at backups. */
export function libraryIfKnown(context: Context): string | null {
  try {
    return libraryMeant(context);
  } catch (error) {
    if (error instanceof UnusableConfig) return null;
    throw error;
  }
}

/** The command line that restores a backup, over the library that this one names, and with its other options. */
export function restoreCommandFor(
  { filename, path }: BackupEntry,
  context: Context,
  flags: readonly string[] = [],
): string {
  const { library, directory } = toName(context);
  const archive = directory === null ? filename : path;
  return [PROGRAM, "restore", typedWord(archive), ...flags].join(" ") + namingOptions({ library, directory: null });
}

function tell({ passedOver, isClockWrong, latest, filled }: LatestFound, { reporter }: Context): void {
  const warn = (message: string) => reporter.event({ kind: "warning", message });
  for (const { filename, why } of passedOver) warn(`${filename} is newer, but ${why}: the next older backup is used`);
  if (latest === null) return;
  if (filled !== null) {
    warn(`the latest backup, ${latest.filename}, holds no files; the newest that does is ${filled.filename}`);
  }
  if (isClockWrong) {
    warn(`all backups are dated in the future, so the clock is wrong: the newest is used, ${latest.filename}`);
  }
}

async function decideOnFuture(
  latest: BackupEntry,
  future: BackupEntry,
  { action, doubt, flags }: Decision,
  context: Context,
): Promise<BackupEntry> {
  const what = `${stripControls(future.filename)} is dated in the future`;
  if (doubt === "refuse") {
    throw new BackupError(
      "confirmation_required",
      `${action} the latest backup: ${what}, and ${stripControls(latest.filename)} is the newest that is not`,
      `Name the one you mean: ${restoreCommandFor(latest, context, flags)}`,
    );
  }
  context.io.err(`Newest up to now:    ${describe(latest)}\nDated in the future: ${describe(future)}\n\n`);
  if (await confirm(context, "Restore the newest up to now?")) return latest;
  if (await confirm(context, "Restore the one dated in the future?")) return future;
  throw declined();
}

async function decideOnForeign(
  foreign: BackupEntry,
  directory: string,
  { action, doubt, flags }: Decision,
  context: Context,
): Promise<BackupEntry> {
  const what = noneIsCertain(directory);
  const origin = originOf(foreign);
  if (doubt === "refuse") {
    throw new BackupError(
      "not_found",
      `${action} the latest backup: ${what}; the newest is ${stripControls(foreign.filename)}, of ${origin}`,
      `If you mean that one: ${restoreCommandFor(foreign, context, flags)}`,
    );
  }
  if (doubt === "tell") {
    warnOfForeign(foreign, directory, context);
    return foreign;
  }
  context.io.err(`${stripControls(what)}.\nThe newest: ${describe(foreign)}\n  of ${origin}\n\n`);
  if (await confirm(context, "Restore it?")) return foreign;
  throw declined();
}

/** Says that the newest backup is used though it may be another library's. */
export function warnOfForeign(foreign: BackupEntry, directory: string, { reporter }: Context): void {
  const message = `${noneIsCertain(directory)}: the newest is used, of ${originOf(foreign)}`;
  reporter.event({ kind: "warning", message });
}

function noneIsCertain(directory: string): string {
  return `none of the backups in "${directory}" is certain to be of this library`;
}

function originOf({ metadata }: BackupEntry): string {
  return stripControls(metadata?.library_path ?? "an unnamed library");
}

function describe({ filename, createdAt }: BackupEntry): string {
  return `${stripControls(filename)}, created ${formatTime(createdAt)}`;
}
