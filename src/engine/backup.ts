import { createHash } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { DatabaseSync } from "node:sqlite";
import { readArchive } from "../archive/read.ts";
import { writeArchive } from "../archive/write.ts";
import { BackupError } from "../errors.ts";
import { type LibraryFacts, NotALibrary, readFacts, readSchemaVersion, UNKNOWN_FACTS } from "../library/facts.ts";
import { readState } from "../library/fingerprint.ts";
import { checkDatabase, DamagedDatabase } from "../library/integrity.ts";
import { Snapshot } from "../library/snapshot.ts";
import { queryValue } from "../library/sqlite.ts";
import type { Metadata } from "../store/metadata.ts";
import { archiveName, isoSeconds } from "../store/naming.ts";
import { pathExists, publishNew, publishOver } from "../store/publish.ts";
import { requireSpace } from "../store/space.ts";
import { createPrivateFile } from "../store/work_directory.ts";
import { TOOL } from "../version.ts";
import { explain, type Task } from "./failure.ts";
import { beginStep, type Host } from "./host.ts";
import type { BackupCreated, BackupPlanned, BackupRequest } from "./protocol.ts";
import { makeTemporary } from "./temporary.ts";

/** Share of a library's size that its archive takes, at the least and at the most, and that space is kept for. */
const ESTIMATE = { min: 0.2, max: 0.5 } as const;

const MAX_NAMES_A_SECOND = 1000;

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
  using snapshot = pinSnapshot(request, host);
  const facts = snapshot.read((database) => factsOf(database, request.anyDatabase));
  refuseTorn(request.library, Deno.statSync(request.library).size, snapshot.pageSize);
  const estimate = checkDestination(request, snapshot.size, host, task);
  // The one way to know that files can be made there is to make one.
  makeTemporary(request.destination.directory, host)[Symbol.dispose]();
  const free = names(request, new Date()).find((path) => !pathExists(path)) ?? null;
  if (free === null && !request.force) throw taken(request);
  return {
    kind: "planned",
    library: request.library,
    databaseSize: snapshot.size,
    path: free ?? join(request.destination.directory, request.filename ?? ""),
    estimatedMin: estimate.min,
    estimatedMax: estimate.max,
    fileCount: facts.fileCount,
    schemaVersion: facts.schemaVersion,
  };
}

async function createBackup(request: BackupRequest, host: Host, task: Task): Promise<BackupCreated> {
  const started = performance.now();
  const { directory } = request.destination;
  const createdAt = new Date();
  using snapshot = pinSnapshot(request, host);
  checkDestination(request, snapshot.size, host, task);

  using work = makeTemporary(directory, host);
  const copy = work.file("library.db");
  createPrivateFile(copy).close();
  beginStep(host, "copy library", { database_size_bytes: snapshot.size });
  const sizeBefore = Deno.statSync(request.library).size;
  await snapshot.copyTo(copy, advanceOf(host));
  refuseTorn(request.library, sizeBefore, snapshot.pageSize);
  snapshot[Symbol.dispose]();

  beginStep(host, "check copy");
  const described = describeCopy(copy, createdAt, request);

  beginStep(host, "compress", { level: request.level });
  const archive = work.file("archive.tar.gz");
  const { metadata, size } = await compress(copy, archive, described, request.level, host);

  beginStep(host, "read back", { archive_size_bytes: size });
  await readBack(archive, metadata, host, task);

  beginStep(host, "publish", { directory });
  host.beginCommit();
  const path = publish(archive, request, createdAt);
  return {
    kind: "created",
    path,
    archiveSize: size,
    databaseSize: metadata.database_size_bytes,
    fileCount: metadata.file_count,
    schemaVersion: metadata.schema_version,
    createdAt: metadata.created_at,
    databaseSha256: metadata.database_sha256 ?? "",
    seconds: (performance.now() - started) / 1000,
  };
}

/** Pins the library's present moment and refuses what is not a library before anything is written. */
function pinSnapshot(request: BackupRequest, host: Host): Snapshot {
  beginStep(host, "lock library", { library: request.library, wait_seconds: request.waitSeconds });
  const snapshot = Snapshot.pin(request.library, request.waitSeconds);
  try {
    beginStep(host, "library locked");
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

/**
 * Makes sure that the backup can be written where it should go.
 *
 * @returns between how many bytes the archive is likely to take
 */
function checkDestination(request: BackupRequest, databaseSize: number, host: Host, task: Task) {
  const { directory } = request.destination;
  beginStep(host, "check space", { directory, database_size_bytes: databaseSize });
  if (request.filename !== null && !request.force && pathExists(join(directory, request.filename))) {
    throw taken(request);
  }
  const estimate = { min: Math.round(databaseSize * ESTIMATE.min), max: Math.round(databaseSize * ESTIMATE.max) };
  requireSpace(directory, databaseSize + estimate.max, task.action);
  return estimate;
}

/** Checks the copy and describes it: the archive's metadata speak of the copy, never of the live library. */
function describeCopy(copy: string, createdAt: Date, request: BackupRequest): Metadata {
  return checkDatabase(copy, "quick", (database) => {
    const facts = factsOf(database, request.anyDatabase);
    const pageSize = Number(queryValue(database, "PRAGMA page_size"));
    const pageCount = Number(queryValue(database, "PRAGMA page_count"));
    return {
      vpo_version: TOOL,
      schema_version: facts.schemaVersion,
      created_at: isoSeconds(createdAt),
      database_size_bytes: pageSize * pageCount,
      file_count: facts.fileCount,
      total_library_size_bytes: facts.mediaSize,
      compression: "gzip",
      page_size: pageSize,
      page_count: pageCount,
      compression_level: request.level,
      tool: TOOL,
      ...stateOf(database),
    };
  });
}

/** What a later look at the library is compared with. */
function stateOf(database: DatabaseSync): Pick<Metadata, "newest_scan" | "contents_fingerprint"> {
  const { newestScan, fingerprint } = readState(database);
  return { ...(newestScan === null ? {} : { newest_scan: newestScan }), contents_fingerprint: fingerprint };
}

async function compress(copy: string, path: string, described: Metadata, level: number, host: Host) {
  using database = Deno.openSync(copy);
  using archive = createPrivateFile(path);
  const advance = advanceOf(host);
  const total = described.database_size_bytes;
  const written = await writeArchive(
    archive,
    database,
    described,
    level,
    (done) => advance(done, total),
    host.coder,
  );
  archive.syncSync();
  return written;
}

/** Reads the archive as a restore would and compares it with what was to be written. */
async function readBack(path: string, written: Metadata, host: Host, task: Task): Promise<void> {
  using archive = Deno.openSync(path);
  const hash = createHash("sha256");
  const sink = { begin() {}, write: (chunk: Uint8Array) => void hash.update(chunk) };
  try {
    const read = await readArchive(archive, sink, advanceOf(host), host.coder);
    if (hash.digest("hex") !== written.database_sha256) throw new Error("the library in it differs from the copy");
    if (!isDeepStrictEqual(read, written)) throw new Error("its metadata differ from what was written");
  } catch (cause) {
    host.throwIfCancelled();
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${task.action}: the archive could not be read back: ${why}`;
    throw new BackupError("operation_failed", message, "Check the disk; nothing was published.", { cause });
  }
}

function publish(archive: string, request: BackupRequest, createdAt: Date): string {
  const path = join(request.destination.directory, request.filename ?? "");
  if (request.filename !== null && request.force) {
    publishOver(archive, path);
    return path;
  }
  try {
    return publishNew(archive, names(request, createdAt));
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw taken(request);
    throw error;
  }
}

/** The paths that the archive may get, the best first. */
function names(request: BackupRequest, time: Date): string[] {
  const { directory } = request.destination;
  if (request.filename !== null) return [join(directory, request.filename)];
  return Array.from({ length: MAX_NAMES_A_SECOND }, (_, index) => join(directory, archiveName(time, index + 1)));
}

function taken(request: BackupRequest): BackupError {
  const path = join(request.destination.directory, request.filename ?? "");
  return new BackupError(
    "usage",
    `Cannot back up to "${path}": it exists already`,
    "Choose another name, or replace it with --force.",
  );
}

function factsOf(database: DatabaseSync, anyDatabase: boolean): LibraryFacts {
  if (!anyDatabase) return readFacts(database);
  try {
    return readFacts(database);
  } catch (error) {
    if (error instanceof NotALibrary) return UNKNOWN_FACTS;
    throw error;
  }
}

function advanceOf(host: Host): (done: number, total: number) => void {
  return (done, total) => {
    host.throwIfCancelled();
    host.report({ kind: "progress", done, total });
  };
}
