import { DatabaseSync } from "node:sqlite";
import { makeLibrary } from "../../../scripts/make_library.ts";

const FIXTURES = new URL("../../fixtures/", import.meta.url);

/** Bytes of a file among the fixtures of the tests. */
export function readFixture(name: string): Uint8Array {
  return Deno.readFileSync(new URL(name, FIXTURES));
}

/** Smallest library that is one: VPO's two tables with these files in them, in pages of 512 bytes. */
export function makeSmallLibrary(path: string, files = 3): Uint8Array {
  writeDatabase(path, `PRAGMA page_size = 512; ${smallLibrarySql(files)}`);
  return Deno.readFileSync(path);
}

/** SQL for the two tables that make a database a library. */
export function smallLibrarySql(files: number): string {
  return `CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    INSERT INTO _meta VALUES ('schema_version', '27');
    CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL, size_bytes INTEGER NOT NULL, content_hash TEXT,
      modified_at TEXT NOT NULL, scanned_at TEXT NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${files})
      INSERT INTO files SELECT i, '/media/' || i || '.mkv', i * 1000, NULL, '2026-02-05T14:30:22Z', '2026-02-05T14:30:22Z'
      FROM n WHERE ${files} > 0;`;
}

/** A sample library of 60 files that fills several blocks of an archive, most of them with zeros. */
export function makeWideLibrary(path: string): Uint8Array {
  makeLibrary(path, { files: 60 });
  writeDatabase(path, "CREATE TABLE padding (zeros BLOB); INSERT INTO padding VALUES (zeroblob(2500000))");
  return Deno.readFileSync(path);
}

/** Runs statements on a database that is made if it is missing, and brings its write-ahead log into it. */
export function writeDatabase(path: string, sql: string): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    database.exec(sql);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}
