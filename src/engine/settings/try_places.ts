import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { removeOutputLeftovers, surelyDead } from "../../store/leftovers.ts";
import { PRIVATE_FILE } from "../../store/private_file.ts";
import { removeIfPresent } from "../../store/publish.ts";
import { findSettings } from "../../store/settings/find_settings.ts";
import { writeNewFile } from "../../store/settings/settings_file.ts";
import { requireSpace } from "../../store/space.ts";
import { renamersIn } from "../../store/trust.ts";
import { lockIn, outputFile } from "../../store/work_directory.ts";
import type { Leftover, SettingsPaths } from "../protocol/mod.ts";
import { explainWriting } from "../worker/work_place.ts";
import type { SettingsPlan } from "./plan.ts";

const ACTION = "Cannot restore the settings";

/**
 * Tries whether files can be made where a plan puts them, before anything changes: a private file is made and removed
 * in each directory. What killed runs have left there goes, too.
 *
 * @param work path of the run's work directory
 * @param leftovers work directories that killed runs have left
 * @throws {BackupError}
 */
export function tryPlaces(plan: SettingsPlan, work: string, leftovers: readonly Leftover[], user: number | null): void {
  for (const [directory, bytes] of bytesByDirectory(plan)) {
    requireTrust(directory, user);
    requireSpace(directory, bytes, ACTION);
    tryWriting(directory, work, leftovers);
  }
}

/**
 * Removes what killed runs have left among settings, also in directories in which this one writes nothing, as far as
 * this thread may write there.
 */
export function removeTemporaries(paths: SettingsPaths, work: string, leftovers: readonly Leftover[]): void {
  const directories = new Set(findSettings(paths).temporaries.map((path) => dirname(path)));
  for (const directory of directories) {
    if (mayWriteAll(directory)) removeOutputLeftovers(directory, lockIn(work), surelyDead(leftovers));
  }
}

/**
 * Refuses a directory whose entries somebody else can rename: they could redirect files, under names that an archive
 * chooses.
 *
 * @param user ID of the user who puts them there; null where users have none
 * @throws {BackupError} where that is somebody else
 */
export function requireTrust(directory: string, user: number | null): void {
  const renamers = renamersIn(directory, user);
  if (renamers === "nobody" || renamers === "others in our own") return;
  const who = renamers === "others" ? "others" : "its owner";
  throw new BackupError(
    "operation_failed",
    `${ACTION}: ${who} could replace files in "${directory}"`,
    "Run it as the owner of the settings, or close that directory to others: chmod go-w",
  );
}

/** The existing directories in which a plan writes, and how many bytes go into each. */
function bytesByDirectory({ steps, destination }: SettingsPlan): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const add = (directory: string, bytes: number) => sizes.set(directory, (sizes.get(directory) ?? 0) + bytes);
  for (const { existing, entry, old } of steps) {
    add(existing, entry.size);
    if (old !== null) add(dirname(destination.kept), old.size);
  }
  return sizes;
}

/**
 * Makes and removes a file in a directory, and removes those of killed runs, where this thread may.
 *
 * @throws {BackupError} where nothing can be written there
 */
export function tryWriting(directory: string, work: string, leftovers: readonly Leftover[]): void {
  const sample = outputFile(directory, work, "setting");
  try {
    writeNewFile(sample, new Uint8Array(1), { mode: PRIVATE_FILE, owner: null, modified: null });
    try {
      if (mayWriteAll(directory)) removeOutputLeftovers(directory, sample, surelyDead(leftovers));
    } finally {
      removeIfPresent(sample);
    }
  } catch (error) {
    throw explainWriting(error, directory, ACTION);
  }
}

function mayWriteAll(directory: string): boolean {
  return Deno.permissions.querySync({ name: "write", path: directory }).state === "granted";
}
