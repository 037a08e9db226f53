import type { DatabaseSync } from "node:sqlite";
import { countUnfinishedJobs } from "./jobs.ts";
import { isMissing, queryValue } from "../sqlite.ts";

/** What a library says of itself. */
export interface LibraryFacts {
  /** `_meta.schema_version`. */
  readonly schemaVersion: number;
  /** Rows in `files`. */
  readonly fileCount: number;
  /** Sum of `files.size_bytes`, in bytes. */
  readonly mediaSize: number;
  /** See {@link countUnfinishedJobs}. */
  readonly unfinishedJobs: number;
}

const UNKNOWN_FACTS: LibraryFacts = { schemaVersion: 0, fileCount: 0, mediaSize: 0, unfinishedJobs: 0 };

/** Why a database is not a VPO library. */
export class NotALibrary extends Error {
  override readonly name = "NotALibrary";
}

/**
 * The schema version of a VPO library.
 *
 * @throws {NotALibrary} when its tables are not there, or are not tables
 */
export function readSchemaVersion(database: DatabaseSync): number {
  for (const table of ["_meta", "files"]) {
    const found = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = ?");
    if (found.get(table) === undefined) throw new NotALibrary(`it has no table "${table}"`);
  }
  const text = queryTable(
    database,
    "_meta",
    "SELECT CAST(value AS TEXT) AS version FROM _meta WHERE key = 'schema_version' AND octet_length(value) < 10",
  )
    ?.["version"];
  if (typeof text !== "string" || !/^\d{1,9}$/.test(text)) throw new NotALibrary("it has no schema version");
  return Number(text);
}

/**
 * Counts what is in a VPO library.
 *
 * @throws {NotALibrary} see {@link readSchemaVersion}
 */
export function readFacts(database: DatabaseSync): LibraryFacts {
  const schemaVersion = readSchemaVersion(database);
  const row = queryTable(database, "files", "SELECT count(*) AS files, total(size_bytes) AS bytes FROM files");
  const bytes = Math.round(Number(row?.["bytes"]));
  // One odd row must not prevent a backup: metadata hold safe integers from 0.
  const mediaSize = Math.min(Math.max(bytes, 0), Number.MAX_SAFE_INTEGER);
  const unfinishedJobs = countUnfinishedJobs(database);
  return { schemaVersion, fileCount: Number(row?.["files"]), mediaSize, unfinishedJobs };
}

/**
 * The schema version and the number of files, without reading the files' rows.
 *
 * @throws {NotALibrary} see {@link readSchemaVersion}
 */
export function countFiles(database: DatabaseSync): Pick<LibraryFacts, "schemaVersion" | "fileCount"> {
  const schemaVersion = readSchemaVersion(database);
  return { schemaVersion, fileCount: Number(queryValue(database, "SELECT count(*) FROM files")) };
}

/**
 * Counts what is in a library; nothing is known of a database that is not VPO's, backed up because the user insisted.
 *
 * @param anyDatabase whether another database will do
 * @throws {NotALibrary} where it will not
 */
export function readFactsOfAny(database: DatabaseSync, anyDatabase: boolean): LibraryFacts {
  try {
    return readFacts(database);
  } catch (error) {
    if (anyDatabase && error instanceof NotALibrary) return UNKNOWN_FACTS;
    throw error;
  }
}

/** The first row of a query on VPO's columns, which a database that is not VPO's may not have. */
function queryTable(database: DatabaseSync, table: string, sql: string) {
  try {
    return database.prepare(sql).get();
  } catch (error) {
    throw isMissing(error) ? new NotALibrary(`its table "${table}" has ${error.message}`) : error;
  }
}
