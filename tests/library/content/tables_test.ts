import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { countRows, readNewestScan } from "../../../src/library/content/tables.ts";

function databaseOf(sql: string): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(sql);
  return database;
}

Deno.test("countRows: the tables by name with their rows; no views, no tables of SQLite's own", () => {
  const database = databaseOf(`
    CREATE TABLE zebra (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO zebra VALUES (1), (2);
    CREATE TABLE "odd "" name" (a); CREATE TABLE keyed (a PRIMARY KEY) WITHOUT ROWID; INSERT INTO keyed VALUES (1);
    CREATE VIEW all_zebras AS SELECT * FROM zebra`);
  assert.deepEqual(countRows(database), [
    { name: "keyed", rows: 1 },
    { name: 'odd " name', rows: 0 },
    { name: "zebra", rows: 2 },
  ]);
});

Deno.test("countRows: what advance throws ends it", () => {
  const stop = new Error("stop");
  const advance = () => {
    throw stop;
  };
  assert.throws(() => countRows(databaseOf("CREATE TABLE a (b)"), advance), stop);
});

Deno.test("readNewestScan: the latest time, cut where it is no time; null without files or times", () => {
  assert.equal(readNewestScan(databaseOf("CREATE TABLE files (path)")), null);
  const table = "CREATE TABLE files (scanned_at);";
  assert.equal(readNewestScan(databaseOf(table)), null);
  const times = "INSERT INTO files VALUES ('2026-01-02T00:00:00Z'), ('2026-01-10T00:00:00Z'), (NULL);";
  assert.equal(readNewestScan(databaseOf(table + times)), "2026-01-10T00:00:00Z");
  assert.equal(readNewestScan(databaseOf(`${table} INSERT INTO files VALUES (hex(zeroblob(999)))`))?.length, 64);
});
