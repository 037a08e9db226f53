import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { requireHarmlessFiles } from "./side_files.ts";
import { requireOwnJournal } from "./super_journal.ts";

/** Largest string or blob that is read from a database, in bytes: a hostile one can make a check use a gigabyte. */
const MAX_VALUE_BYTES = 32 * 1024 * 1024;

/** `limits` came with Deno 2.9; older versions ignore it. */
type Options = DatabaseSyncOptions & { readonly limits?: { readonly length: number } };

/** Why SQLite refused, as far as the program acts on it. */
export type SqliteFailure =
  | "busy"
  | "not a database"
  | "damaged"
  | "full"
  | "cannot open"
  | "read-only"
  | "too big"
  | "no memory"
  | "input/output"
  | "other";

/**
 * Opens a database with every feature off that a hostile one could exploit.
 *
 * `busy_timeout` is set by a pragma because Deno ignores the `timeout` option of read-only connections.
 *
 * @throws {PlantedFile}
 * @throws {NamesAnotherFile} where it is to be written to, and its journal names a file that SQLite would delete
 */
export function openDatabase(path: string, options: { readOnly: boolean; waitSeconds: number }): DatabaseSync {
  const settings: Options = {
    readOnly: options.readOnly,
    allowExtension: false,
    limits: { length: MAX_VALUE_BYTES },
  };
  requireHarmlessFiles(path);
  if (!options.readOnly) requireOwnJournal(path);
  const database = new DatabaseSync(path, settings);
  try {
    limitWaiting(database, options.waitSeconds);
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Sets how long a connection waits for a lock. */
export function limitWaiting(database: DatabaseSync, waitSeconds: number): void {
  database.exec(`PRAGMA busy_timeout = ${Math.ceil(waitSeconds * 1000)}`);
}

/**
 * How long a connection to one of our own databases waits for another of this process, in seconds. In WAL mode the
 * first connection locks the others out while it creates the shared index, and the last one while it closes.
 */
const OWN_WAIT_SECONDS = 60;

/** Opens for reading a database that only this process uses, maybe in several threads at once. */
export function openOwnDatabase(path: string): DatabaseSync {
  return openDatabase(path, { readOnly: true, waitSeconds: OWN_WAIT_SECONDS });
}

const MESSAGES: readonly (readonly [SqliteFailure, RegExp])[] = [
  ["busy", /database (table |schema )?is locked|locking protocol/],
  ["not a database", /file is not a database|file is encrypted|unsupported file format/],
  ["damaged", /disk image is malformed|malformed database schema|database is corrupt/],
  ["full", /database or disk is full/],
  ["cannot open", /unable to open database file/],
  ["read-only", /readonly database/],
  ["too big", /too big/],
  ["no memory", /out of memory/],
  ["input/output", /disk I\/O error/],
];

/**
 * What kind of refusal an error of node:sqlite is, or null for other errors.
 *
 * Deno gives such errors no number, so this goes by SQLite's texts (sqlite3_errstr).
 */
export function sqliteFailure(error: unknown): SqliteFailure | null {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_SQLITE_ERROR") return null;
  return MESSAGES.find(([, pattern]) => pattern.test(error.message))?.[0] ?? "other";
}

/** Whether an error of node:sqlite says that the bytes of a database are wrong. */
export function isDamage(error: unknown): error is Error {
  const failure = sqliteFailure(error);
  return failure === "damaged" || failure === "not a database";
}

/** SQLite's extended result code, where the error has one: those of statements that are prepared do. */
export function resultCode(error: unknown): number | null {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : null;
}

/** Whether a query failed because the database lacks the table or the column. */
export function isMissing(error: unknown): error is Error {
  return error instanceof Error && /^no such (table|column)/.test(error.message);
}

/** The single value of a query's first row. */
export function queryValue(database: DatabaseSync, sql: string): unknown {
  const row = database.prepare(sql).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

/**
 * Examines a database, and again where SQLite finds it damaged: SQLite also says so of a page that a disk failed to
 * read. A damaged database still is damaged then.
 */
export function lookTwice<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (sqliteFailure(error) !== "damaged") throw error;
    return look();
  }
}
