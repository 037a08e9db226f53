import { openDatabase, queryValue } from "./sqlite.ts";

/**
 * Makes sure that SQLite works on a new file at `path`: it needs locks, and shared memory between two connections,
 * which network shares, disk pools and mounted clouds may lack. The files are left to the owner of the directory.
 */
export function requireSqlite(path: string): void {
  const writer = openDatabase(path, { readOnly: false, waitSeconds: 0 });
  try {
    writer.exec("PRAGMA synchronous = OFF");
    const mode = queryValue(writer, "PRAGMA journal_mode = WAL");
    if (mode !== "wal") throw new Error(`SQLite keeps the journal mode "${mode}" there`);
    writer.exec("CREATE TABLE probe (value); INSERT INTO probe VALUES (1)");
    const reader = openDatabase(path, { readOnly: true, waitSeconds: 0 });
    try {
      if (queryValue(reader, "SELECT count(*) FROM probe") !== 1) throw new Error("SQLite does not read what it wrote");
    } finally {
      reader.close();
    }
  } finally {
    writer.close();
  }
}
