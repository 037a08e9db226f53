import { keepsPrivate } from "../../store/output_file.ts";
import { collectSettings, NotPutAside } from "../../store/settings/collect_settings.ts";
import { findSettings, type FoundSettings, type LeftOut, totalOf } from "../../store/settings/find_settings.ts";
import { MAX_SETTINGS_BYTES } from "../../store/settings/names.ts";
import { SettingsBundle } from "../../store/settings/settings_index.ts";
import type { BackupRequest } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";
import { type Needs, whereSettingsLackRoom } from "./destination.ts";

/** Left-out files that are named; the rest is only counted. */
const MAX_NAMED = 5;

/**
 * Finds the settings that go into a backup.
 *
 * @param directory where the archive is to be, or would be
 * @returns null where none are to go in, or where others could read them in that directory
 */
export function settingsFor({ settings, dryRun }: BackupRequest, directory: string, job: Job): FoundSettings | null {
  if (settings === null) return null;
  const found = findSettings(settings.paths, () => job.throwIfCancelled());
  if (found.files.length === 0 || settings.insist) return found;
  const { path: work } = job.files;
  const isOpen = !keepsPrivate(directory, work);
  const open = isOpen ? directory : dryRun ? undefined : settings.copies.find((place) => isOpenPlace(place, work));
  if (open === undefined) return found;
  job.warn(
    `the settings are left out: others could read what is in "${open}", and settings may hold keys; ` +
      "--settings includes them anyway, --no-settings silences this warning",
  );
  return null;
}

/**
 * Leaves settings out where the library could not be backed up with them: they would take its space.
 *
 * @param directory the archive is to be in it, or would be
 */
export function whereRoom(
  found: FoundSettings | null,
  directory: string,
  needs: Omit<Needs, "settings">,
  job: Job,
): FoundSettings | null {
  if (found === null || found.files.length === 0) return found;
  const settings = Math.min(totalOf(found).totalBytes, MAX_SETTINGS_BYTES);
  const full = whereSettingsLackRoom(directory, job.files.path, { ...needs, settings });
  if (full === null) return found;
  job.warn(`the settings are left out: with them, there is not enough space in "${full}"`);
  return null;
}

/** Whether others could read a copy of the archive; where none can be made, nobody can. */
function isOpenPlace(directory: string, work: string): boolean {
  try {
    return !keepsPrivate(directory, work);
  } catch {
    return false;
  }
}

/**
 * Puts settings aside in the work directory, so that they stay as they are while the archive is written. Whatever is
 * wrong with them is reported, and never a reason to fail a backup of the library.
 *
 * @returns null where they are left out
 */
export function putSettingsAside(found: FoundSettings | null, job: Job): SettingsBundle | null {
  if (found === null) return null;
  if (found.files.length > 0) job.step("read settings", { files: found.files.length });
  const bundle = new SettingsBundle(job.files.file("settings"));
  try {
    tellLeftOut(collectSettings(found, bundle, () => job.throwIfCancelled()), job);
    return bundle;
  } catch (error) {
    // The library needs the space.
    bundle.clear();
    bundle[Symbol.dispose]();
    if (!(error instanceof NotPutAside)) throw error;
    job.warn(`the settings are left out: they could not be copied: ${error.message}`);
    return null;
  }
}

/** Says which settings are not in a backup. */
export function tellLeftOut(leftOut: readonly LeftOut[], job: Job): void {
  for (const { name, why } of leftOut.slice(0, MAX_NAMED)) {
    job.warn(`the settings file "${name}" is left out: ${why}`);
  }
  const more = leftOut.length - MAX_NAMED;
  if (more > 0) job.warn(`${more} more settings ${more === 1 ? "file is" : "files are"} left out`);
}
