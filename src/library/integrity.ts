import type { DatabaseSync } from "node:sqlite";
import { readFileHeader } from "./file_header.ts";
import { type Checker, type CheckJob, findingsIn, LOCAL_CHECKER } from "./checker.ts";
import { openDatabase, queryValue } from "./sqlite.ts";

/** Findings that a check lists before it stops. */
const MAX_FINDINGS = 5;
/** SQLite's result code for a failing disk; extended codes have more in the higher bytes. */
const SQLITE_IOERR = 10;
const PRIMARY_CODE = 0xff;
const QUICK = `quick_check(${MAX_FINDINGS})`;
/** A database with more tables than this is not VPO's, and is checked in one go. */
const MAX_TABLES = 200;

/** `quick` skips comparing indexes with their tables; SQLite calls it `quick_check`. */
export type CheckKind = "quick" | "full";

/** A database that failed a check, with what was found. */
export class DamagedDatabase extends Error {
  override readonly name = "DamagedDatabase";
}

/**
 * Checks a database file that nobody else uses: its header, its size against the header's page count, its structure.
 *
 * SQLite's own checks say "ok" of an empty file and of one whose last byte is missing, so header and size come first.
 *
 * @param read runs on the open database once it is found sound
 * @param checker shares a full check among its threads, table by table
 * @throws {DamagedDatabase}
 */
export async function checkDatabase<T>(
  path: string,
  kind: CheckKind,
  read: (database: DatabaseSync) => T,
  checker: Checker = LOCAL_CHECKER,
): Promise<T> {
  await requireSound(path, kind, checker);
  return readDatabase(path, read);
}

/**
 * Checks a database file and reads nothing from it; see {@link checkDatabase}.
 *
 * @throws {DamagedDatabase}
 */
export async function requireSound(path: string, kind: CheckKind, checker: Checker = LOCAL_CHECKER): Promise<void> {
  checkFile(path);
  throwFindings(await checker.findings(kind === "quick" ? [quickCheck(path)] : fullCheck(path, checker.threads)));
}

/**
 * Has SQLite check the structure of an open database quickly, while others may be using it.
 *
 * @throws {DamagedDatabase}
 */
export function checkOpen(database: DatabaseSync): void {
  throwFindings(findingsIn(database, QUICK));
}

function throwFindings(findings: readonly string[]): void {
  if (findings.length === 0) return;
  const unreadable = findings.find(isReadError);
  if (unreadable !== undefined) throw new Error(`it cannot be read: ${unreadable.replaceAll("\n", "; ")}`);
  throw new DamagedDatabase(findings.slice(0, MAX_FINDINGS).join("; ").replaceAll("\n", "; "));
}

/** Opens a database file that nobody else uses, for reading, and closes it. */
export function readDatabase<T>(path: string, read: (database: DatabaseSync) => T): T {
  const database = openDatabase(path, { readOnly: true, waitSeconds: 0 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** Whether a check could not read a page; nothing is known of what is on it then. */
function isReadError(finding: string): boolean {
  const [, code] = /unable to get the page\. error code=(\d+)/.exec(finding) ?? [];
  return code !== undefined && (Number(code) & PRIMARY_CODE) === SQLITE_IOERR;
}

function quickCheck(path: string): CheckJob {
  return { path, pragma: QUICK };
}

/**
 * The full check, in parts for several threads: the quick check of the whole file, which finds pages that belong to no
 * table or to two, and beside it the check of each table with its indexes, the longest first (SQLite, "PRAGMA
 * integrity_check").
 */
function fullCheck(path: string, threads: number): CheckJob[] {
  const whole = { path, pragma: `integrity_check(${MAX_FINDINGS})` };
  if (threads < 2) return [whole];
  const tables = readDatabase(path, tablesByCost);
  if (tables === null) return [whole];
  return [
    quickCheck(path),
    ...tables.map((name) => ({ path, pragma: `integrity_check('${name.replaceAll("'", "''")}')` })),
  ];
}

/** Names of the tables, those that take longest to check first; null where there are too many. */
function tablesByCost(database: DatabaseSync): string[] | null {
  const rows = database.prepare(`
    SELECT type, tbl_name AS name FROM sqlite_schema WHERE rootpage > 0 LIMIT ${MAX_TABLES * 10}`).all();
  const trees = new Map<string, number>();
  for (const { name } of rows) trees.set(String(name), (trees.get(String(name)) ?? 0) + 1);
  const isKnown = rows.length < MAX_TABLES * 10 && trees.size <= MAX_TABLES;
  if (!isKnown) return null;
  const cost = new Map([...trees].map(([name, count]) => [name, count * largestRowid(database, name)]));
  return [...trees.keys()].sort((a, b) => (cost.get(b) ?? 0) - (cost.get(a) ?? 0));
}

/** About how many rows a table has; a table without rowids is taken for a long one. */
function largestRowid(database: DatabaseSync, table: string): number {
  try {
    return Number(queryValue(database, `SELECT max(rowid) FROM "${table.replaceAll('"', '""')}"`) ?? 0);
  } catch {
    return Number.MAX_SAFE_INTEGER;
  }
}

function checkFile(path: string): void {
  using file = Deno.openSync(path);
  const header = readFileHeader(file);
  if (header === null) throw new DamagedDatabase("it is not a SQLite database");
  const { size } = file.statSync();
  const { pageSize, pageCount } = header;
  if (size % pageSize !== 0 || (pageCount !== null && size !== pageSize * pageCount)) {
    throw new DamagedDatabase(`it is ${size} bytes long, which is not ${pageCount ?? "any number of"} pages`);
  }
}
