import { checkExtracted, extractDatabase, warnOf } from "../unpack/archived_database.ts";
import type { Job } from "../worker/job.ts";
import type { Checked, Replacement, Restored, RestoreRequest } from "../protocol/mod.ts";
import { KNOWN_SCHEMA_VERSION } from "../../version.ts";
import { basename } from "node:path";
import { keptSettingsTime } from "../../store/naming.ts";
import { pathExists } from "../../store/publish.ts";
import { SettingsBundle } from "../../store/settings/settings_index.ts";
import { SettingsRestore } from "../settings/settings_restore.ts";
import { Owners } from "./owners.ts";
import { lookAtLibrary } from "./preview.ts";
import { replaceLibrary } from "./replacement.ts";
import { bytesToSetAside, probeLibraryDisk } from "./library_disk.ts";
import { refuseNewerSchema } from "./schema.ts";

/**
 * Restores a backup over the library, or only checks that this is possible. Nothing changes before every check has
 * passed.
 */
export async function restore(request: RestoreRequest, job: Job): Promise<Restored | Checked> {
  const { archive, library } = request;
  const started = performance.now();
  const work = job.files;
  const candidate = work.file("library.db");
  const disk = probeLibraryDisk(library, job);

  using bundle = request.settings === null ? null : new SettingsBundle(work.file("settings"));

  job.step("read archive", { archive });
  const owners = new Owners(candidate, job.action);
  const extraction = {
    archive,
    path: candidate,
    besides: bytesToSetAside(library, disk),
    settings: bundle ?? undefined,
    written: (file: Deno.FileInfo) => owners.renew(file),
  };
  const metadata = await extractDatabase(extraction, job);

  const { size } = Deno.statSync(candidate);
  job.step("check database", { database_size_bytes: size });
  const facts = await checkExtracted(extraction, metadata, { anyDatabase: request.anyDatabase }, job);
  warnOf(facts.remarks, archive, job);
  const restoredSettings = bundle === null || request.settings === null
    ? null
    : new SettingsRestore(request.settings, bundle, job);
  const inPlace = lookAtLibrary(request, candidate, job);
  const replacement: Replacement = {
    source: archive,
    library,
    createdAt: metadata.created_at,
    vpoVersion: metadata.vpo_version,
    schemaVersion: facts.schemaVersion,
    currentSchemaVersion: inPlace.schemaVersion ?? KNOWN_SCHEMA_VERSION,
    schemaInPlace: inPlace.schemaVersion,
    inPlace: inPlace.state,
    databaseSize: size,
    fileCount: facts.fileCount,
    unfinishedJobs: facts.unfinishedJobs,
    comparison: inPlace.comparison,
    settings: restoredSettings?.preview ?? null,
  };
  if (!request.force) refuseNewerSchema(replacement);
  if (!pathExists(library)) restoredSettings?.warnOfMissingConfig();
  const spare = work.file("previous.db");
  // Settings that are replaced along with the library are found by its name.
  const time = keptSettingsTime(basename(request.settings?.destination.kept ?? "")) ?? new Date();
  const own = { candidate, owners, spare };
  const plan = { ...request, ...own, replacement, disk, started, restoredSettings, time, requireStill() {} };
  return await replaceLibrary(plan, job);
}
