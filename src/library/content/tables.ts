import type { DatabaseSync } from "node:sqlite";
import { isMissing } from "../sqlite.ts";

/** More tables than VPO will ever have; a hostile database may have any number. */
const MAX_TABLES = 500;
const MAX_NAME_BYTES = 200;
const MAX_TIME_BYTES = 64;

/** A table and the number of its rows. */
export interface TableRows {
  readonly name: string;
  readonly rows: number;
}

/**
 * The tables of a library with their rows, by name; SQLite's own tables are left out.
 *
 * @param advance is called before each table; what it throws ends the counting
 */
export function countRows(database: DatabaseSync, advance: () => void = () => {}): TableRows[] {
  const names = database.prepare(`
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
      AND octet_length(name) <= ${MAX_NAME_BYTES}
    LIMIT ${MAX_TABLES}`).all().map((row) => String(row["name"])).sort();
  return names.map((name) => {
    advance();
    const row = database.prepare(`SELECT count(*) AS rows FROM "${name.replaceAll('"', '""')}"`).get();
    return { name, rows: Number(row?.["rows"]) };
  });
}

/** The time of the newest scan as VPO wrote it, or null where there was none, or where nobody can tell. */
export function readNewestScan(database: DatabaseSync): string | null {
  const sql = `SELECT substr(max(CAST(scanned_at AS TEXT)), 1, ${MAX_TIME_BYTES}) AS scan FROM files`;
  try {
    const scan = database.prepare(sql).get()?.["scan"];
    return typeof scan === "string" ? scan : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
