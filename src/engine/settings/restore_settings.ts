import { declined } from "../../errors.ts";
import { SettingsBundle } from "../../store/settings/settings_index.ts";
import { readArchivedDatabase } from "../unpack/archived_database.ts";
import type { RestoreSettingsRequest, SettingsChecked, SettingsRestored } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";
import { SettingsRestore } from "./settings_restore.ts";

/** Puts the settings of a backup in place, or only checks that they could be, and leaves the library alone. */
export async function restoreSettings(
  request: RestoreSettingsRequest,
  job: Job,
): Promise<SettingsRestored | SettingsChecked> {
  const started = performance.now();
  const { archive, dryRun, confirm } = request;
  using bundle = new SettingsBundle(job.files.file("settings"));
  job.step("read archive", { archive });
  const { created_at: createdAt } = await readArchivedDatabase(archive, job, { settings: bundle });
  const settings = new SettingsRestore(request.settings, bundle, job);
  const found = { source: archive, createdAt, preview: settings.preview };
  const asked = performance.now();
  if (settings.isNeeded && !await settings.isAgreed({ library: null, confirm, dryRun })) throw declined();
  const waited = performance.now() - asked;
  if (dryRun) return { kind: "settings checked", ...found };
  job.host.beginCommit();
  const placed = settings.place();
  return { kind: "settings restored", ...found, placed, seconds: (performance.now() - started - waited) / 1000 };
}
