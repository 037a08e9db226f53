import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { readArchive } from "../../archive/read.ts";
import { BackupError } from "../../errors.ts";
import { type LibraryFacts, NotALibrary, readFactsOfAny } from "../../library/content/library_facts.ts";
import { DamagedDatabase, readDatabase, requireSound } from "../../library/integrity.ts";
import { type SqliteFailure, sqliteFailure } from "../../library/sqlite.ts";
import { type CheckKind, type Remarks, tellRemarks } from "../../library/structure.ts";
import { readAt, writeAll } from "../../store/file_bytes.ts";
import { isOwnMetadata, type Metadata } from "../../store/metadata.ts";
import { openFile } from "../../store/open_file.ts";
import type { SettingsSink } from "../../store/settings/settings_index.ts";
import { isFull, requireWorkSpace } from "../../store/space.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import type { Job } from "../worker/job.ts";
import { limitStep } from "../worker/deadlines.ts";
import { diskFull } from "../worker/explain_system.ts";
import { HeaderCheck } from "./header_check.ts";
import { openBackup } from "./open_backup.ts";

/** Where to write an archive's database. */
export interface Extraction {
  /** Path of the archive. */
  readonly archive: string;
  /** Path of the new file for the database, in the work directory. */
  readonly path: string;
  /** Space needed there besides the database, in bytes. */
  readonly besides?: number;
  /** Receives the settings in it; they are checked in any case. */
  readonly settings?: SettingsSink | undefined;
  /** Is told of the written file while it is still open: later, its name may be another's. */
  readonly written?: (file: Deno.FileInfo) => void;
}

/**
 * Writes an archive's database to a new file and verifies it against the archive's own checksums and metadata.
 *
 * @throws {BackupError} `invalid_archive` or `insufficient_space`
 */
export async function extractDatabase(extraction: Extraction, job: Job): Promise<Metadata> {
  using database = createPrivateFile(extraction.path);
  const { besides = 0, settings } = extraction;
  const metadata = await readArchivedDatabase(extraction.archive, job, {
    begin: (size) => requireWorkSpace(dirname(extraction.path), size + besides, job.action),
    write: (chunk) => void writeAll(database, chunk),
    settings,
  });
  database.syncSync();
  extraction.written?.(database.statSync());
  return metadata;
}

/** Receives what an archive holds while it is checked. */
export interface Receivers {
  /** The size of the database, before its first chunk. */
  begin?(size: number): void;
  /** The database, chunk by chunk; a chunk is valid during the call only. */
  write?(chunk: Uint8Array): void;
  /** The settings, which come before the database. */
  readonly settings?: SettingsSink | undefined;
}

/**
 * Reads the archive at `path` to its end and verifies it against its own checksums and metadata.
 *
 * @throws {BackupError} `invalid_archive`
 */
export async function readArchivedDatabase(
  path: string,
  job: Job,
  { begin, write, settings }: Receivers = {},
): Promise<Metadata> {
  using archive = openBackup(path);
  const hash = createHash("sha256");
  const header = new HeaderCheck();
  let size = 0;
  const sink = {
    settings,
    begin(announced: number, metadata: Metadata | null) {
      if (metadata?.database_sha256 !== undefined) requireSize(metadata, announced);
      header.begin(announced);
      begin?.(announced);
      size = announced;
    },
    write(chunk: Uint8Array) {
      header.write(chunk);
      hash.update(chunk);
      write?.(chunk);
    },
  };
  const advance = (done: number, total: number) => job.progress(done, total);
  const metadata = await readArchive(archive, sink, advance, job.host.coder);
  if (metadata.database_sha256 !== undefined) {
    requireSize(metadata, size);
    if (hash.digest("hex") !== metadata.database_sha256) throw damaged("the SHA-256 of the library in it is wrong");
  }
  return metadata;
}

function requireSize(metadata: Metadata, size: number): void {
  const { database_size_bytes: expected } = metadata;
  if (size !== expected) throw damaged(`the library in it is ${size} bytes long, not ${expected}`);
}

/** What an extracted database must be. */
export interface Demands {
  /** Accept a database that is not a VPO library. */
  readonly anyDatabase: boolean;
  /** Compare indexes with their tables, which a restore does only if the archive has no SHA-256. */
  readonly compareIndexes?: boolean;
}

/** A sound library. */
export interface CheckedLibrary extends LibraryFacts {
  readonly remarks: Remarks;
}

/**
 * Checks an extracted database as a backup checks its copy, within the step reported last: what a backup accepts, a
 * restore accepts. Metadata of this program describe the very copy in the archive; VPO's describe the live library at
 * about that time, so they may differ.
 *
 * @throws {BackupError} `invalid_archive`
 */
export async function checkExtracted(
  { archive, path }: Extraction,
  metadata: Metadata,
  demands: Demands,
  job: Job,
): Promise<CheckedLibrary> {
  const refusal = new BackupError(
    "operation_failed",
    `${job.action}: checking the library in "${archive}" took too long`,
  );
  using _limit = limitStep(job, Deno.statSync(path).size, refusal);
  const isHashed = metadata.database_sha256 !== undefined;
  const kind = isHashed && demands.compareIndexes !== true ? "quick" : "full";
  const library = await checkCandidate(path, kind, demands, job).catch(async (error) => {
    if (isDamage(error) && !(error.cause instanceof NotALibrary)) await requireFaithful(archive, path, job);
    throw error;
  });
  if (!isOwnMetadata(metadata)) return library;
  if (library.schemaVersion !== metadata.schema_version) {
    throw damaged(`its library has schema ${library.schemaVersion}, its metadata say ${metadata.schema_version}`);
  }
  if (library.fileCount !== metadata.file_count) {
    throw damaged(`its library has ${library.fileCount} files, its metadata say ${metadata.file_count}`);
  }
  return library;
}

/**
 * Refuses to call an archive damaged for a copy of its library that a bad disk or bad memory has changed: reads the
 * archive once more and compares.
 */
async function requireFaithful(archive: string, copy: string, job: Job): Promise<void> {
  job.step("read archive", { archive });
  using file = openFile(copy, { noLinks: true });
  let end = 0;
  let isFaithful = true;
  const write = (chunk: Uint8Array) => {
    isFaithful &&= Buffer.compare(readAt(file, end, chunk.length), chunk) === 0;
    end += chunk.length;
  };
  try {
    await readArchivedDatabase(archive, job, { write });
  } catch (error) {
    if (isDamage(error)) return;
    throw error;
  }
  if (isFaithful && file.statSync().size === end) return;
  throw new BackupError(
    "operation_failed",
    `${job.action}: the copy of its library in "${dirname(copy)}" is not what was written there`,
    "The disk or the memory of this machine may be failing: check them.",
  );
}

/** Warns of what is worth mentioning in a sound database. */
export function warnOf(remarks: Remarks, name: string, job: Job): void {
  const { stale, unchecked } = tellRemarks(remarks);
  for (const remark of [...(stale === null ? [] : [stale]), ...unchecked]) {
    job.warn(`"${name}" is sound, but ${remark}`);
  }
}

async function checkCandidate(
  path: string,
  kind: CheckKind,
  { anyDatabase }: Demands,
  job: Job,
): Promise<CheckedLibrary> {
  try {
    const remarks = await requireSound(path, kind, job.host.checker);
    return { ...readDatabase(path, (database) => readFactsOfAny(database, anyDatabase)), remarks };
  } catch (error) {
    if (error instanceof DamagedDatabase) throw damaged(`the library in it is damaged: ${error.message}`, error);
    if (error instanceof NotALibrary) {
      const hint = "To accept a database that is not VPO's, use --any-database.";
      throw damaged(`what is in it is not a VPO library: ${error.message}`, error, hint);
    }
    const failure = sqliteFailure(error);
    if (failure === null) throw error;
    if (NOT_IN_IT.has(failure)) throw unusableCopy(path, failure, error as Error, job);
    throw damaged(`SQLite cannot use the library in it: ${(error as Error).message}`, error);
  }
}

/** What keeps a file from being read that this program has just written, whatever it holds. */
const NOT_IN_IT: ReadonlySet<SqliteFailure> = new Set([
  "busy",
  "full",
  "cannot open",
  "read-only",
  "no memory",
  "input/output",
]);

/** The error for that: neither the archive nor a library is to blame, but the disk of the work directory. */
function unusableCopy(copy: string, failure: SqliteFailure, cause: Error, { action }: Job): BackupError {
  const work = dirname(copy);
  if (failure === "full" || isFull(work)) return diskFull(action, cause);
  const message = `${action}: SQLite cannot use the copy of its library in "${work}": ${cause.message}`;
  const hint = failure === "busy"
    ? "Another program has opened that copy: find out which, and try again."
    : "That disk may be failing, or may not keep SQLite's locks: check it.";
  return new BackupError("operation_failed", message, hint, { cause });
}

function isDamage(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === "invalid_archive";
}

function damaged(why: string, cause?: unknown, hint: string | null = null): BackupError {
  return new BackupError("invalid_archive", why, hint, { cause });
}
