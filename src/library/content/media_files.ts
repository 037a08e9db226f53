import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isMissing, queryValue } from "../sqlite.ts";

/** Rows fetched at a time: fewer cost time, more cost memory. */
const PAGE_ROWS = 500;
/** No system has longer paths, in bytes. */
export const MAX_PATH_BYTES: number = 32 * 1024;
/** No hash or time is longer than a path; some hundred rows with longer texts would fill the memory. */
const MAX_TEXT_BYTES = MAX_PATH_BYTES;
/** Rows are looked up in path order, all over the table: SQLite's default of 2 MB holds too few, more takes memory. */
const CACHE_KIB = 4 * 1024;

/** More than the name of any container format has, in bytes. */
const MAX_CONTAINER_BYTES = 256;

/** Further columns that VPO's table may have: whether a file is missing, and its container. */
const EXTRA_COLUMNS = {
  scan_status: "scan_status = 'missing'",
  container_format: `CASE WHEN octet_length(container_format) <= ${MAX_CONTAINER_BYTES} THEN container_format END`,
} as const;

/** As a floating-point number every size fits; a text or a blob is not one. */
const pageSql = (missing: string, container: string) => `
  SELECT path, CASE WHEN typeof(size_bytes) IN ('integer', 'real') THEN size_bytes + 0.0 END, content_hash, modified_at,
    ${missing}, ${container}
  FROM files
  WHERE path > ? AND octet_length(path) <= ${MAX_TEXT_BYTES}
    AND ifnull(octet_length(content_hash), 0) <= ${MAX_TEXT_BYTES}
    AND ifnull(octet_length(modified_at), 0) <= ${MAX_TEXT_BYTES}
  ORDER BY path LIMIT ${PAGE_ROWS}`;

/**
 * What a library knows of one media file: path, size in bytes (null if not a number), content hash, modification time,
 * whether VPO marks it missing, and container. Hash, time and container are text or null in VPO's libraries; another
 * database need not respect the types of its columns.
 */
export type FileRow = readonly [
  path: string,
  size: number | null,
  hash: unknown,
  modifiedAt: unknown,
  isMissing: unknown,
  container: unknown,
];

/** The files of a library cannot be walked in the order of their paths. */
export class UnorderedFiles extends Error {
  override readonly name = "UnorderedFiles";

  constructor(library: string, why: string) {
    super(`the files of "${library}" cannot be read in order: ${why}`);
  }
}

/**
 * A walk through the files of a library in the byte order of their paths, some at a time: memory does not depend on
 * their number. The database must be in a transaction, or nobody else's.
 *
 * Nothing is sorted, because sorting would take memory or a temporary file beyond the sandbox's reach: VPO's table has
 * an index on the path, and one without is refused.
 */
export class FileWalk {
  readonly #name: string;
  readonly #database: DatabaseSync;
  readonly #statement: StatementSync;
  readonly #advance: (rows: number) => void;
  #page: readonly FileRow[] = [];
  #at = 0;
  #walked = 0;
  #last = "";

  /**
   * @param name what to call the library in an error
   * @param advance is called with the number of rows that were fetched; what it throws ends the walk
   * @throws {UnorderedFiles} as does {@link next}
   */
  constructor(database: DatabaseSync, name: string, advance: (rows: number) => void) {
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    const sql = pageSql(extraColumn(database, "scan_status"), extraColumn(database, "container_format"));
    const fault = faultOf(database, sql);
    if (fault !== null) throw new UnorderedFiles(name, `its table of files has ${fault}`);
    this.#name = name;
    this.#database = database;
    this.#statement = database.prepare(sql);
    returnArrays(this.#statement);
    this.#advance = advance;
    this.#fetch();
  }

  /** The next file, or null after the last. */
  next(): FileRow | null {
    if (this.#at === PAGE_ROWS) this.#fetch();
    const row = this.#page[this.#at];
    if (row === undefined) {
      this.#requireWhole();
      return null;
    }
    const [path] = row;
    if (typeof path !== "string") throw new UnorderedFiles(this.#name, "one of its paths is not text");
    if (compareByBytes(this.#last, path) >= 0) {
      throw new UnorderedFiles(this.#name, "its paths are not in the order of their bytes");
    }
    this.#last = path;
    this.#at++;
    return row;
  }

  #fetch(): void {
    this.#page = this.#statement.all(this.#last) as unknown as FileRow[];
    this.#at = 0;
    this.#walked += this.#page.length;
    if (this.#page.length > 0) this.#advance(this.#page.length);
  }

  /** Refuses a walk that left out rows that cannot be a file's. */
  #requireWhole(): void {
    if (this.#walked === queryValue(this.#database, "SELECT count(*) FROM files")) return;
    throw new UnorderedFiles(this.#name, "some of its rows cannot be files");
  }
}

/** Walks two libraries at once: yields the files of each path, null for the library that has none. */
export function* pairFiles(
  first: FileWalk,
  second: FileWalk,
): Generator<readonly [one: FileRow | null, two: FileRow | null]> {
  let one = first.next();
  let two = second.next();
  while (one !== null || two !== null) {
    const order = one === null ? 1 : two === null ? -1 : compareByBytes(one[0], two[0]);
    yield [order <= 0 ? one : null, order >= 0 ? two : null];
    if (order <= 0) one = first.next();
    if (order >= 0) two = second.next();
  }
}

/** Avoids making an object for each row; Deno has the method, but its types do not. */
function returnArrays(statement: StatementSync): void {
  (statement as StatementSync & { setReturnArrays(enabled: boolean): void }).setReturnArrays(true);
}

/** Compares two texts by their UTF-8 bytes, as SQLite does; JavaScript compares UTF-16 code units. */
export function compareByBytes(one: string, two: string): number {
  if (one === two) return 0;
  if (!BEYOND.test(one) && !BEYOND.test(two)) return one < two ? -1 : 1;
  const length = Math.min(one.length, two.length);
  for (let at = 0; at < length; at++) {
    const difference = rankOf(one.charCodeAt(at)) - rankOf(two.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return one.length - two.length;
}

/** Code units that UTF-16 orders differently from UTF-8: surrogates, and what comes after them. */
const BEYOND = /[\ud800-\uffff]/;

/** Surrogates, which stand for characters beyond U+FFFF, come after all other code units. */
function rankOf(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x0800;
}

/** Why the table of files cannot be walked in path order; null where it can. */
function faultOf(database: DatabaseSync, sql: string): string | null {
  try {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all("").map((row) => String(row["detail"]));
    const isIndexed = plan.length === 1 && / USING (COVERING )?INDEX /.test(plan[0] ?? "");
    return isIndexed ? null : "no index on the paths";
  } catch (error) {
    if (isMissing(error)) return error.message;
    throw error;
  }
}

/** The SQL expression for a column, or for nothing where it does not exist. */
function extraColumn(database: DatabaseSync, column: keyof typeof EXTRA_COLUMNS): string {
  return hasColumn(database, column) ? EXTRA_COLUMNS[column] : "NULL";
}

/** Whether the table of files has a column that libraries of older versions, or other databases, may not have. */
export function hasColumn(database: DatabaseSync, column: keyof typeof EXTRA_COLUMNS): boolean {
  try {
    database.prepare(`SELECT ${column} FROM files`);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
