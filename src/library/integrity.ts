import type { DatabaseSync } from "node:sqlite";
import { openFile } from "../store/open_file.ts";
import { readFileHeader, whyWrongSize } from "./file_header.ts";
import { type Checker, LOCAL_CHECKER } from "./checker.ts";
import { lookTwice, openOwnDatabase } from "./sqlite.ts";
import { type CheckKind, checkStructure, type Findings, type Remarks } from "./structure.ts";

/** SQLite's primary result code for a failing disk; extended codes add higher bytes. */
const SQLITE_IOERR = 10;
const PRIMARY_CODE = 0xff;

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
 * @param checker where the check is made
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
 * @returns what is worth mentioning of a sound one
 * @throws {DamagedDatabase}
 */
export async function requireSound(path: string, kind: CheckKind, checker: Checker = LOCAL_CHECKER): Promise<Remarks> {
  checkFile(path);
  return remarksOn(await checker.findings({ path, kind }));
}

/**
 * Has SQLite check an open database, which others may be using.
 *
 * @throws {DamagedDatabase}
 */
export function checkOpen(database: DatabaseSync, kind: CheckKind): Remarks {
  return remarksOn(checkStructure(database, kind));
}

function remarksOn({ damage, stale, unchecked }: Findings): Remarks {
  if (damage.length === 0) return { stale, unchecked };
  const unreadable = damage.find(isReadError);
  if (unreadable !== undefined) throw new Error(`it cannot be read: ${unreadable.replaceAll("\n", "; ")}`);
  throw new DamagedDatabase(damage.join("; ").replaceAll("\n", "; "));
}

/** Opens a database file that nobody else uses, for reading, and closes it. */
export function readDatabase<T>(path: string, read: (database: DatabaseSync) => T): T {
  return lookTwice(() => readOnce(path, read));
}

function readOnce<T>(path: string, read: (database: DatabaseSync) => T): T {
  const database = openOwnDatabase(path);
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** Whether a check could not read a page, of which nothing is known then. */
function isReadError(finding: string): boolean {
  const [, code] = /unable to get the page\. error code=(\d+)/.exec(finding) ?? [];
  return code !== undefined && (Number(code) & PRIMARY_CODE) === SQLITE_IOERR;
}

function checkFile(path: string): void {
  using file = openFile(path);
  const header = readFileHeader(file);
  if (header === null) throw new DamagedDatabase("it is not a SQLite database");
  const why = whyWrongSize(header, file.statSync().size);
  if (why !== null) throw new DamagedDatabase(why);
}
