import type { DatabaseSync } from "node:sqlite";
import { readFileHeader } from "./file_header.ts";
import { openDatabase } from "./sqlite.ts";

/** Findings that a check lists before it stops. */
const MAX_FINDINGS = 5;

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
 * @throws {DamagedDatabase}
 */
export function checkDatabase<T>(path: string, kind: CheckKind, read: (database: DatabaseSync) => T): T {
  checkFile(path);
  const database = openDatabase(path, { readOnly: true, waitSeconds: 0 });
  try {
    check(database, kind);
    return read(database);
  } finally {
    database.close();
  }
}

/**
 * Has SQLite check the structure of an open database, which others may be using.
 *
 * @throws {DamagedDatabase}
 */
export function check(database: DatabaseSync, kind: CheckKind): void {
  const pragma = kind === "quick" ? "quick_check" : "integrity_check";
  const findings = database.prepare(`PRAGMA ${pragma}(${MAX_FINDINGS})`).all().map((row) => Object.values(row)[0]);
  if (findings.length !== 1 || findings[0] !== "ok") throw new DamagedDatabase(findings.join("; "));
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
