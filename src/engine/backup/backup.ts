import { type LibraryFacts, readFactsOfAny, readSchemaVersion } from "../../library/content/library_facts.ts";
import { DamagedDatabase } from "../../library/integrity.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { lookTwice, sqliteFailure } from "../../library/sqlite.ts";
import type { Metadata } from "../../store/metadata.ts";
import { prepareOutput, tryPublishing } from "../../store/output_file.ts";
import { totalOf } from "../../store/settings/find_settings.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { whyNotFilled } from "../../store/space.ts";
import { outputFile } from "../../store/work_directory.ts";
import { describeCopy } from "./copy_metadata.ts";
import { explainCopyError } from "./damaged_copy.ts";
import { checkDestination, plannedPath, publishArchive } from "./destination.ts";
import { limitLock, limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { Job } from "../worker/job.ts";
import { whyStale } from "../worker/library_file.ts";
import { beginCheck, packCopy, type Packed, type Packing, requirePublished } from "./pack.ts";
import { putSettingsAside, settingsFor, tellLeftOut, whereRoom } from "./settings.ts";
import type { BackupCreated, BackupPlanned, BackupRequest, BackupSkipped } from "../protocol/mod.ts";
import { findUnchanged, rememberLook, type Unchanged } from "./unchanged.ts";
import { explainWriting } from "../worker/work_place.ts";

/**
 * Makes one backup, finds that none is needed, or tells what one would be. Nothing is published before it has been read
 * back and found right.
 */
export async function backUp(
  request: BackupRequest,
  job: Job,
): Promise<BackupCreated | BackupPlanned | BackupSkipped> {
  const why = whyStale(request.library, job.host.prepared.library);
  // Without --force it was refused.
  if (why !== null) job.warn(`the backup may be stale: ${why}`);
  return request.dryRun ? planBackup(request, job) : await createBackup(request, job);
}

function planBackup(request: BackupRequest, job: Job): BackupPlanned {
  using snapshot = lookTwice(() => pinSnapshot(request, job));
  const facts = readFactsOf(snapshot, request, job);
  refuseTorn(request.library, Deno.statSync(request.library).size, snapshot.pageSize);
  const estimate = checkDestination(request, snapshot.size, job);
  const { existing } = request.destination;
  const { unsynced } = inOutput(existing, job, () => tryPublishing(existing, job.files.path));
  if (unsynced !== null) noteUnsynced(existing, unsynced, job);
  const needs = { copy: snapshot.size, archive: estimate.max };
  const settings = inOutput(existing, job, () => whereRoom(settingsFor(request, existing, job), existing, needs, job));
  tellLeftOut(settings?.leftOut ?? [], job);
  return {
    kind: "planned",
    library: request.library,
    databaseSize: snapshot.size,
    path: plannedPath(request),
    estimatedMin: estimate.min,
    estimatedMax: estimate.max,
    fileCount: facts.fileCount,
    schemaVersion: facts.schemaVersion,
    settings: settings === null ? null : totalOf(settings),
  };
}

function readFactsOf(snapshot: Snapshot, request: BackupRequest, job: Job): LibraryFacts {
  using _limit = limitLook(job, sizeWithLog(request.library));
  return snapshot.read((database) => readFactsOfAny(database, request.anyDatabase));
}

async function createBackup(request: BackupRequest, job: Job): Promise<BackupCreated | BackupSkipped> {
  const started = performance.now();
  const { directory } = request.destination;
  const createdAt = new Date();
  using snapshot = lookTwice(() => pinSnapshot(request, job));
  const { max } = checkDestination(request, snapshot.size, job);

  const work = job.files;
  const dead = job.host.prepared.leftovers.map(({ path }) => path);
  const removed = inOutput(directory, job, () => prepareOutput(directory, work.path, dead));
  if (removed.length > 0) job.step("clean up", { removed: removed.join(", ") });
  const copy = work.file("library.db");
  createPrivateFile(copy).close();
  job.step("copy library", { database_size_bytes: snapshot.size });
  const sizeBefore = Deno.statSync(request.library).size;
  await snapshot.copyTo(copy, (done, total) => job.progress(done, total)).catch((error) => {
    throw sqliteFailure(error) === null ? error : whyNotFilled(copy, snapshot.size) ?? error;
  });
  refuseTorn(request.library, sizeBefore, snapshot.pageSize);
  snapshot[Symbol.dispose]();

  const needs = { copy: 0, archive: max };
  const found = inOutput(directory, job, () => whereRoom(settingsFor(request, directory, job), directory, needs, job));
  using settings = putSettingsAside(found, job);
  const archive = outputFile(directory, work.path);
  const content = { library: request.library, copy, settings: settings?.entries ?? [] };
  const unchanged = request.skipUnchanged ? await findUnchanged(directory, content, job) : null;
  if (unchanged !== null) {
    job.host.beginCommit();
    rememberLook(directory, unchanged, createdAt, outputFile(directory, work.path, "place"), job);
    return skipped(unchanged, started);
  }

  const written = await packChecked({ copy, archive, settings }, createdAt, request, job).catch((error) => {
    throw explainCopyError(error, request, job);
  });
  const { metadata, size, reusedBytes } = written;

  job.step("publish", { directory });
  job.host.beginCommit();
  const { path, unsynced } = publishArchive(archive, request, createdAt);
  if (unsynced !== null) noteUnsynced(directory, unsynced, job);
  await requirePublished(path, written, job);
  return {
    kind: "created",
    path,
    archiveSize: size,
    databaseSize: metadata.database_size_bytes,
    fileCount: metadata.file_count,
    schemaVersion: metadata.schema_version,
    createdAt: metadata.created_at,
    databaseSha256: metadata.database_sha256 ?? "",
    reusedBytes,
    settings: settings === null ? null : { count: settings.entries.length, totalBytes: settings.totalBytes },
    seconds: (performance.now() - started) / 1000,
  };
}

async function packChecked(
  packing: Pick<Packing, "copy" | "archive" | "settings">,
  createdAt: Date,
  request: BackupRequest,
  job: Job,
): Promise<Packed> {
  const check = await beginCheck(packing.copy, job);
  const described = describe(packing.copy, createdAt, request, job);
  return await packCopy({ ...packing, described, check }, request, job);
}

function skipped({ entry, metadata, sha256 }: Unchanged, started: number): BackupSkipped {
  return {
    kind: "skipped",
    path: entry.path,
    archiveSize: entry.archiveSize,
    databaseSize: metadata.database_size_bytes,
    fileCount: metadata.file_count,
    schemaVersion: metadata.schema_version,
    createdAt: metadata.created_at,
    databaseSha256: sha256,
    seconds: (performance.now() - started) / 1000,
  };
}

function describe(copy: string, createdAt: Date, request: BackupRequest, job: Job): Metadata {
  using _limit = limitLook(job, Deno.statSync(copy).size);
  return describeCopy(copy, createdAt, request, job);
}

function inOutput<T>(directory: string, job: Job, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw explainWriting(error, directory, job.action);
  }
}

/** Tells those who ask (`-v`) that a name may not survive a power cut, as on most network shares. */
function noteUnsynced(directory: string, errno: string, job: Job): void {
  job.host.report({ kind: "step", step: "directory not synced", facts: { directory, error: errno } });
}

/** Pins the library's present moment and refuses what is not a library before anything is written. */
function pinSnapshot(request: BackupRequest, job: Job): Snapshot {
  job.step("lock library", { library: request.library, wait_seconds: request.waitSeconds });
  using _limit = limitLock(job, request.waitSeconds);
  const snapshot = Snapshot.pin(request.library, request.waitSeconds);
  try {
    job.step("library locked");
    using _limit = limitLook(job, sizeWithLog(request.library));
    if (!request.anyDatabase) snapshot.read(readSchemaVersion);
    return snapshot;
  } catch (error) {
    snapshot[Symbol.dispose]();
    throw error;
  }
}

/**
 * Refuses a library that was cut off in the middle of a page: SQLite reads what is missing as zeros, without a word.
 *
 * A sound file may look like that while a checkpoint makes it longer, or after a power cut during a checkpoint. Then
 * its size has changed when it is looked at again, or its write-ahead log still holds the page.
 */
function refuseTorn(library: string, sizeBefore: number, pageSize: number): void {
  const { size } = Deno.statSync(library);
  if (size !== sizeBefore || size % pageSize === 0 || hasLog(library)) return;
  throw new DamagedDatabase(`it ends in the middle of a page, ${size} bytes long`);
}

function hasLog(library: string): boolean {
  try {
    return Deno.statSync(`${library}-wal`).size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
