import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { readArchive } from "../../archive/read.ts";
import { BackupError } from "../../errors.ts";
import { type LibraryFacts, NotALibrary, readFactsOfAny } from "../../library/library_facts.ts";
import { checkDatabase, DamagedDatabase } from "../../library/integrity.ts";
import { sqliteFailure } from "../../library/sqlite.ts";
import { writeAll } from "../../store/file_bytes.ts";
import { isOwnMetadata, type Metadata } from "../../store/metadata.ts";
import { requireSpace } from "../../store/space.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import type { Host } from "../worker/host.ts";
import { limitLook } from "../worker/deadlines.ts";
import { HeaderCheck } from "./header_check.ts";

/** Where an archive's database is written to. */
export interface Extraction {
  /** Path of the archive. */
  readonly archive: string;
  /** Path of the new file for the database. */
  readonly path: string;
  /** A directory on the file system of `path`, named when that is full. */
  readonly directory: string;
  /** Room that is needed there besides the database, in bytes. */
  readonly besides?: number;
  /** "Cannot restore the backup". */
  readonly action: string;
}

/**
 * Writes an archive's database to a new file and checks all of it against the archive's own checksums and metadata.
 *
 * @throws {BackupError} `invalid_archive` or `insufficient_space`
 */
export async function extractDatabase(extraction: Extraction, host: Host): Promise<Metadata> {
  using database = createPrivateFile(extraction.path);
  const { directory, besides = 0, action } = extraction;
  const begin = (size: number) => requireSpace(directory, size + besides, action);
  const metadata = await readArchivedDatabase(
    extraction.archive,
    host,
    begin,
    (chunk) => void writeAll(database, chunk),
  );
  database.syncSync();
  return metadata;
}

/**
 * Reads the archive at `path` to its end and checks all of it against its own checksums and metadata.
 *
 * @param begin takes the size of the database in it, before its first chunk
 * @param write takes the database piece by piece; a chunk is valid during the call only
 * @throws {BackupError} `invalid_archive`
 */
export async function readArchivedDatabase(
  path: string,
  host: Host,
  begin: (size: number) => void = () => {},
  write: (chunk: Uint8Array) => void = () => {},
): Promise<Metadata> {
  using archive = Deno.openSync(path);
  const hash = createHash("sha256");
  const header = new HeaderCheck();
  let size = 0;
  const sink = {
    begin(announced: number, metadata: Metadata | null) {
      if (metadata?.database_sha256 !== undefined) requireSize(metadata, announced);
      header.begin(announced);
      begin(announced);
      size = announced;
    },
    write(chunk: Uint8Array) {
      header.write(chunk);
      hash.update(chunk);
      write(chunk);
    },
  };
  const advance = (done: number, total: number) => {
    host.throwIfCancelled();
    host.report({ kind: "progress", done, total });
  };
  const metadata = await readArchive(archive, sink, advance, host.coder);
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

/** How strict the check of an extracted database is. */
export interface Strictness {
  /** A database that is not a VPO library will do. */
  readonly anyDatabase: boolean;
  /** Indexes that do not fit their tables will do: REINDEX mends them, and it may be all there is. */
  readonly force: boolean;
}

/**
 * Checks an extracted database as far as SQLite can, within the step that was reported last. Metadata of this program
 * describe the very copy in the archive; VPO's describe the live library at about that time, so they may differ.
 *
 * @throws {BackupError} `invalid_archive`
 */
export async function checkExtracted(
  { archive, path, action }: Extraction,
  metadata: Metadata,
  strictness: Strictness,
  host: Host,
): Promise<LibraryFacts> {
  const refusal = new BackupError("operation_failed", `${action}: checking the library in "${archive}" took too long`);
  using _limit = limitLook(host, Deno.statSync(path).size, refusal);
  const facts = await checkCandidate(path, strictness, host);
  if (!isOwnMetadata(metadata)) return facts;
  if (facts.schemaVersion !== metadata.schema_version) {
    throw damaged(`its library has schema ${facts.schemaVersion}, its metadata say ${metadata.schema_version}`);
  }
  if (facts.fileCount !== metadata.file_count) {
    throw damaged(`its library has ${facts.fileCount} files, its metadata say ${metadata.file_count}`);
  }
  return facts;
}

async function checkCandidate(path: string, { anyDatabase, force }: Strictness, host: Host): Promise<LibraryFacts> {
  const read = (database: DatabaseSync) => readFactsOfAny(database, anyDatabase);
  try {
    return await checkDatabase(path, force ? "quick" : "full", read, host.checker);
  } catch (error) {
    if (error instanceof DamagedDatabase) {
      const hint = force ? null : "If it is all you have: --force also restores a library whose indexes are damaged.";
      throw damaged(`the library in it is damaged: ${error.message}`, error, hint);
    }
    if (error instanceof NotALibrary) {
      const hint = "A backup of another database is restored with --any-database.";
      throw damaged(`what is in it is not a VPO library: ${error.message}`, error, hint);
    }
    const failure = sqliteFailure(error);
    // The file is a fresh one of this program's: what keeps it from being read is not in it.
    if (failure === null || ["full", "input/output", "cannot open"].includes(failure)) throw error;
    throw damaged(`SQLite cannot use the library in it: ${(error as Error).message}`, error);
  }
}

function damaged(why: string, cause?: unknown, hint: string | null = null): BackupError {
  return new BackupError("invalid_archive", why, hint, { cause });
}
