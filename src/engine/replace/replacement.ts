import { BackupError, declined } from "../../errors.ts";
import type { Checked, PlacedSettings, Replacement, Restored } from "../protocol/mod.ts";
import type { SettingsRestore } from "../settings/settings_restore.ts";
import type { Job } from "../worker/job.ts";
import { type Candidate, putInPlace } from "./put_in_place.ts";
import { afterwards, checkResult } from "./result_check.ts";
import { type LibraryDisk, requireReplacementSpace } from "./library_disk.ts";
import { pruneSetAside } from "./set_aside.ts";

/** A checked database that is to become the library, and how that is to be done. */
export interface PlannedReplacement extends Omit<Candidate, "library"> {
  readonly replacement: Replacement;
  readonly dryRun: boolean;
  readonly confirm: boolean;
  readonly disk: LibraryDisk;
  /** The settings in the archive that go with it; null where there is no place for any. */
  readonly restoredSettings: SettingsRestore | null;
  /** `performance.now()` at the beginning of the operation. */
  readonly started: number;
}

/** Asks if that is wanted, replaces the library, and checks the result before reporting success. */
export async function replaceLibrary(plan: PlannedReplacement, job: Job): Promise<Restored | Checked> {
  const { replacement, waitSeconds, disk, restoredSettings } = plan;
  const { library } = replacement;
  requireReplacementSpace(library, disk, job);
  const asked = performance.now();
  if (plan.confirm && !await job.host.ask({ kind: "library", replacement })) throw declined();
  const isAgreed = await restoredSettings?.isAgreed({ ...plan, library }) ?? false;
  if (plan.dryRun) return { kind: "checked", replacement };
  const started = plan.started + performance.now() - asked;
  // Once more: somebody may have thought about the question for a while.
  requireReplacementSpace(library, disk, job);
  const check = (previous: string | null) => checkResult(replacement, waitSeconds, previous, job);
  const { previous, wasUsable, logs } = await putInPlace({ ...plan, library }, job, check);
  const failing = "an older one that is set aside could not be removed";
  const removedLibraries = afterwards({ library, previous }, failing, () => pruneSetAside(library));
  const settings = restoredSettings === null || !isAgreed ? null : placeWith(restoredSettings, library, previous);
  const seconds = (performance.now() - started) / 1000;
  const kept = { previousLibrary: previous, isUndoable: wasUsable, keptLogs: logs, removedLibraries };
  return { kind: "restored", replacement, ...kept, settings, keptSettings: [], seconds };
}

/** Places the settings. The library is already in place: a failure from here on must not sound as if it were not. */
function placeWith(settings: SettingsRestore, library: string, previous: string | null): PlacedSettings {
  try {
    return settings.place();
  } catch (cause) {
    if (!(cause instanceof BackupError)) throw cause;
    const { code, message, hint } = cause;
    const kept = previous === null ? [] : [`The previous library is kept: "${previous}".`];
    const what = `"${library}" was replaced, but not all settings: ${message}`;
    throw new BackupError(code, what, [...(hint === null ? [] : [hint]), ...kept].join(" "), { cause });
  }
}
