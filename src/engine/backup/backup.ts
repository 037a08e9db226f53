import { type LibraryFacts, readFactsOfAny, readSchemaVersion } from "../../library/content/library_facts.ts";
import { DamagedDatabase } from "../../library/integrity.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { lookTwice, sqliteFailure } from "../../library/sqlite.ts";
import type { Metadata } from "../../store/metadata.ts";
import { prepareOutput, tryPublishing } from "../../store/output_file.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { whyNotFilled } from "../../store/space.ts";
import { outputFile } from "../../store/work_directory.ts";
import { describeCopy } from "./copy_metadata.ts";
import { checkDestination, plannedPath, publishArchive } from "./destination.ts";
import { explain, type Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { endlessLibrary, limitLock, limitLook, sizeWithLog } from "../worker/deadlines.ts";
import { beginCheck, packCopy, requirePublished } from "./pack.ts";
import type { BackupCreated, BackupPlanned, BackupRequest } from "../protocol/mod.ts";
import { explainWriting } from "../worker/work_place.ts";
import { inWorkDirectory, workFiles } from "../worker/work_directory.ts";

/** Makes one backup, or says what one would be. Nothing is published before it has been read back and found right. */
export async function backUp(request: BackupRequest, host: Host): Promise<BackupCreated | BackupPlanned> {
  const task: Task = {
    action: "Cannot back up the library",
    library: request.library,
    directory: request.destination.directory,
  };
  try {
    return request.dryRun ? planBackup(request, host, task) : await createBackup(request, host, task);
  } catch (error) {
    throw explain(error, task);
  }
}

function planBackup(request: BackupRequest, host: Host, task: Task): BackupPlanned {
  using snapshot = lookTwice(() => pinSnapshot(request, host, task));
  const facts = readFactsOf(snapshot, request, host, task);
  refuseTorn(request.library, Deno.statSync(request.library).size, snapshot.pageSize);
  const estimate = checkDestination(request, snapshot.size, host, task);
  const { existing } = request.destination;
  const { unsynced } = inOutput(existing, task, () => tryPublishing(existing, workFiles(host).path));
  if (unsynced !== null) noteUnsynced(existing, unsynced, host);
  return {
    kind: "planned",
    library: request.library,
    databaseSize: snapshot.size,
    path: plannedPath(request),
    estimatedMin: estimate.min,
    estimatedMax: estimate.max,
    fileCount: facts.fileCount,
    schemaVersion: facts.schemaVersion,
  };
}

function readFactsOf(snapshot: Snapshot, request: BackupRequest, host: Host, task: Task): LibraryFacts {
  using _limit = limitLook(host, sizeWithLog(request.library), endlessLibrary(task));
  return snapshot.read((database) => readFactsOfAny(database, request.anyDatabase));
}

async function createBackup(request: BackupRequest, host: Host, task: Task): Promise<BackupCreated> {
  const started = performance.now();
  const { directory } = request.destination;
  const createdAt = new Date();
  using snapshot = lookTwice(() => pinSnapshot(request, host, task));
  checkDestination(request, snapshot.size, host, task);

  return await inWorkDirectory(task, host, async (work) => {
    const dead = host.prepared.leftovers.map(({ path }) => path);
    const removed = inOutput(directory, task, () => prepareOutput(directory, work.path, dead));
    if (removed.length > 0) beginStep(host, "clean up", { removed: removed.join(", ") });
    const copy = work.file("library.db");
    createPrivateFile(copy).close();
    beginStep(host, "copy library", { database_size_bytes: snapshot.size });
    const sizeBefore = Deno.statSync(request.library).size;
    const advance = (done: number, total: number) => {
      host.throwIfCancelled();
      host.report({ kind: "progress", done, total });
    };
    await snapshot.copyTo(copy, advance).catch((error) => {
      throw sqliteFailure(error) === null ? error : whyNotFilled(copy, snapshot.size) ?? error;
    });
    refuseTorn(request.library, sizeBefore, snapshot.pageSize);
    snapshot[Symbol.dispose]();

    const check = await beginCheck(copy, host, task);
    const described = describe(copy, createdAt, request, host, task);

    const archive = outputFile(directory, work.path);
    const written = await packCopy({ copy, archive, described, check }, request, host, task);
    const { metadata, size, reusedBytes } = written;

    beginStep(host, "publish", { directory });
    host.beginCommit();
    const { path, unsynced } = publishArchive(archive, request, createdAt);
    if (unsynced !== null) noteUnsynced(directory, unsynced, host);
    await requirePublished(path, written, host, task);
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
      seconds: (performance.now() - started) / 1000,
    };
  });
}

function describe(copy: string, createdAt: Date, request: BackupRequest, host: Host, task: Task): Metadata {
  using _limit = limitLook(host, Deno.statSync(copy).size, endlessLibrary(task));
  return describeCopy(copy, createdAt, request, host);
}

function inOutput<T>(directory: string, task: Task, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw explainWriting(error, directory, task.action);
  }
}

/** Where a name may not outlast a power cut, as on most shares, that is for who asks to know. */
function noteUnsynced(directory: string, errno: string, host: Host): void {
  host.report({ kind: "step", step: "directory not synced", facts: { directory, error: errno } });
}

/** Pins the library's present moment and refuses what is not a library before anything is written. */
function pinSnapshot(request: BackupRequest, host: Host, task: Task): Snapshot {
  beginStep(host, "lock library", { library: request.library, wait_seconds: request.waitSeconds });
  using _limit = limitLock(host, task, request.waitSeconds);
  const snapshot = Snapshot.pin(request.library, request.waitSeconds);
  try {
    beginStep(host, "library locked");
    using _limit = limitLook(host, sizeWithLog(request.library), endlessLibrary(task));
    if (!request.anyDatabase) snapshot.read(readSchemaVersion);
    return snapshot;
  } catch (error) {
    snapshot[Symbol.dispose]();
    throw error;
  }
}

/**
 * Refuses a library that was cut within a page: SQLite reads what is missing as zeros and says nothing.
 *
 * A sound file may look so while a checkpoint makes it longer, or after a power cut in a checkpoint: then its size is
 * another one afterwards, or its write-ahead log still holds the page.
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
