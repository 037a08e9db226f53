import { join } from "node:path";
import { BackupError } from "../../errors.ts";
import { ADVICE } from "../../program.ts";
import { pathExists, publishNew } from "../../store/publish.ts";
import { SettingsBundle } from "../../store/settings/settings_index.ts";
import { checkExtracted, extractDatabase, warnOf } from "../unpack/archived_database.ts";
import type { Extracted, ExtractRequest } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";
import { ExtractedSettings, settingsPath } from "./extract_settings.ts";
import { canBeSalvaged, salvage } from "./salvage.ts";

const ACTION = "Cannot extract the library";
const LIBRARY_NAME = "library.db";
/** The remains of a library must not be mistaken for one. */
const SALVAGED_NAME = "library.salvaged.db";
const SALVAGE_HINT = "Try another backup first; --salvage writes what the sound parts of this one hold.";
/** SQLite treats files of these names as parts of the database. */
const SIDE_FILES = ["-wal", "-journal", "-shm"] as const;

/** Takes the library out of an archive into a directory, under a name that is free; nothing else is touched. */
export async function extractLibrary(request: ExtractRequest, job: Job): Promise<Extracted> {
  const started = performance.now();
  const { archive, destination: { directory } } = request;
  requireFree(join(directory, LIBRARY_NAME), request);
  if (request.salvage) requireFree(join(directory, SALVAGED_NAME), request);
  if (request.settings && pathExists(settingsPath(directory))) throw taken(settingsPath(directory));
  const path = job.files.file("library.db");
  const extracted = await extractSound(request, path, job);
  const found = extracted instanceof BackupError ? remainsOf(request, extracted, job) : extracted.found;
  using bundle = extracted instanceof BackupError ? null : extracted.bundle;
  const name = found.salvage === null ? LIBRARY_NAME : SALVAGED_NAME;
  const { size: databaseSize } = Deno.statSync(path);
  job.step("publish", { path: join(directory, name) });
  job.host.beginCommit();
  const settings = bundle === null || bundle.entries.length === 0 ? null : writeSettings(bundle, directory, job);
  const named = publish(path, join(directory, name), settings, request);
  const seconds = (performance.now() - started) / 1000;
  const written = settings === null ? null : { path: settings.path, count: settings.count };
  return { kind: "extracted", archive, path: named, databaseSize, ...found, settings: written, seconds };
}

type Found = Pick<Extracted, "library" | "salvage">;

/** What was taken out of a sound archive. */
interface Sound {
  readonly found: Found;
  /** The settings in it; null where they are not wanted. */
  readonly bundle: SettingsBundle | null;
}

/** @returns why the archive is damaged, where its remains will do */
async function extractSound(
  { archive, anyDatabase, salvage, settings }: ExtractRequest,
  path: string,
  job: Job,
): Promise<Sound | BackupError> {
  const bundle = settings ? new SettingsBundle(job.files.file("settings")) : null;
  const extraction = { archive, path, settings: bundle ?? undefined };
  try {
    job.step("read archive", { archive });
    const metadata = await extractDatabase(extraction, job);
    job.step("check database", { database_size_bytes: Deno.statSync(path).size });
    const { fileCount, schemaVersion, remarks } = await checkExtracted(extraction, metadata, { anyDatabase }, job);
    warnOf(remarks, archive, job);
    const library = { createdAt: metadata.created_at, fileCount, schemaVersion };
    return { found: { library, salvage: null }, bundle };
  } catch (error) {
    bundle?.[Symbol.dispose]();
    if (!(error instanceof BackupError) || error.code !== "invalid_archive") throw error;
    if (salvage) return error;
    const hint = error.hint ?? (canBeSalvaged(archive) ? SALVAGE_HINT : null);
    throw new BackupError(error.code, error.message, hint, { cause: error });
  }
}

function remainsOf({ archive }: ExtractRequest, damage: BackupError, job: Job): Found {
  const work = job.files;
  work.clear();
  job.step("read archive", { archive, damage: damage.message });
  return { library: null, salvage: salvage({ archive, path: work.file("library.db") }, damage, job) };
}

function writeSettings(bundle: SettingsBundle, directory: string, job: Job): ExtractedSettings {
  try {
    return new ExtractedSettings(bundle, directory, job.files.path);
  } catch (error) {
    throw error instanceof Deno.errors.AlreadyExists ? taken(settingsPath(directory)) : error;
  }
}

/** The library comes last: once it is there, everything is. */
function publish(file: string, path: string, settings: ExtractedSettings | null, request: ExtractRequest): string {
  try {
    requireFree(path, request);
    return publishNew(file, [path]);
  } catch (error) {
    settings?.takeBack();
    throw error instanceof Deno.errors.AlreadyExists ? taken(path) : error;
  }
}

/** @throws {BackupError} `usage`, for a library's own place and for a name that is taken */
function requireFree(path: string, { libraries }: ExtractRequest): void {
  if (libraries.includes(path)) {
    throw new BackupError(
      "usage",
      `${ACTION} to "${path}": that is where the library of this machine belongs`,
      ADVICE.putInPlace,
    );
  }
  for (const one of [path, ...SIDE_FILES.map((suffix) => path + suffix)]) {
    if (pathExists(one)) throw taken(path, one);
  }
}

function taken(path: string, existing = path): BackupError {
  const why = path === existing
    ? "it already exists"
    : `"${existing}" exists, which SQLite would take for a part of it`;
  return new BackupError("usage", `${ACTION} to "${path}": ${why}`, "Name another directory with --output DIR.");
}
