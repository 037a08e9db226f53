import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import {
  compareByBytes,
  type FileRow,
  FileWalk,
  pairFiles,
  UnorderedFiles,
} from "../../../src/library/content/media_files.ts";

const TABLE = "CREATE TABLE files (path TEXT UNIQUE, size_bytes INTEGER, content_hash TEXT, modified_at TEXT);";
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Paths that SQLite can hold: not empty, no NUL, whole characters. */
const somePath = fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).filter((path) =>
  !path.includes("\0") && !LONE_SURROGATE.test(path)
);

function databaseOf(paths: readonly string[], before = ""): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(before + TABLE);
  const insert = database.prepare("INSERT INTO files VALUES (?, 1, 'hash', 'time')");
  database.exec("BEGIN");
  for (const path of paths) insert.run(path);
  database.exec("COMMIT");
  return database;
}

function walk(database: DatabaseSync, advance: (rows: number) => void = () => {}): FileRow[] {
  const files = new FileWalk(database, "x.db", advance);
  const rows: FileRow[] = [];
  for (let row = files.next(); row !== null; row = files.next()) rows.push(row);
  return rows;
}

function pathsOf(rows: readonly FileRow[]): string[] {
  return rows.map(([path]) => path);
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `/media/${index}.mkv`);
}

function refused(sql: string, why: RegExp): void {
  const database = new DatabaseSync(":memory:");
  database.exec(sql);
  assert.throws(() => walk(database), (error) => {
    assert(error instanceof UnorderedFiles, String(error));
    assert.match(error.message, why);
    return error.message.startsWith('the files of "x.db" cannot be read in order: ');
  });
}

Deno.test("compareByBytes: is the order of UTF-8 bytes, which is not JavaScript's", () => {
  assert("\uffff" > "😀");
  assert(compareByBytes("\uffff", "😀") < 0);
  fc.assert(fc.property(somePath, somePath, (one, two) => {
    const [a, b] = [one, two].map((text) => new TextEncoder().encode(text));
    const expected = Math.sign(compareBytes(a ?? new Uint8Array(), b ?? new Uint8Array()));
    assert.equal(Math.sign(compareByBytes(one, two)), expected);
  }));
});

function compareBytes(one: Uint8Array, two: Uint8Array): number {
  for (let at = 0; at < Math.min(one.length, two.length); at++) {
    if (one[at] !== two[at]) return (one[at] ?? 0) - (two[at] ?? 0);
  }
  return one.length - two.length;
}

Deno.test("FileWalk: gives every file once, in order, whatever the paths", () => {
  fc.assert(fc.property(fc.uniqueArray(somePath, { maxLength: 40 }), (paths) => {
    assert.deepEqual(pathsOf(walk(databaseOf(paths))), paths.toSorted(compareByBytes));
  }));
});

Deno.test("FileWalk: goes on over pages, and says how far it has come", () => {
  for (const count of [0, 1, 499, 500, 501, 1000, 1234]) {
    const paths = numbered(count);
    let done = 0;
    assert.deepEqual(pathsOf(walk(databaseOf(paths), (rows) => done += rows)), paths.toSorted());
    assert.equal(done, count);
  }
});

Deno.test("FileWalk: what advance throws ends it", () => {
  const stop = new Error("stop");
  assert.throws(() => {
    walk(databaseOf(numbered(1000)), () => {
      throw stop;
    });
  }, stop);
});

Deno.test("FileWalk: takes values of any type and of any size that a number can have", () => {
  const database = databaseOf([]);
  database.exec("INSERT INTO files VALUES ('a', 9223372036854775807, x'00', 5), ('b', NULL, NULL, NULL)");
  const [a, b] = walk(database);
  assert.deepEqual(a, ["a", 2 ** 63, new Uint8Array(1), "5", null, null]);
  assert.deepEqual(b, ["b", null, null, null, null, null]);
});

Deno.test("FileWalk: refuses what it could only sort in memory, or not at all", () => {
  refused("CREATE TABLE files (path TEXT, size_bytes, content_hash, modified_at)", /no index on the paths$/);
  refused(
    TABLE.replace("TEXT UNIQUE", "TEXT COLLATE NOCASE UNIQUE") +
      "INSERT INTO files VALUES ('B', 1, '', ''), ('a', 1, '', '')",
    /not in the order of their bytes$/,
  );
  refused(TABLE + "INSERT INTO files VALUES (x'ff', 1, '', '')", /is not text$/);
  refused("CREATE TABLE files (path TEXT UNIQUE, size_bytes)", /its table of files has no such column: content_hash$/);
  // The last of a page would be found again and again after itself.
  refused(TABLE + withPage("CAST(x'7aff' AS TEXT)"), /order of their bytes$/);
  refused(TABLE + withPage("'z' || char(0) || 'z'"), /order of their bytes$/);
});

/** Rows that fill all of a page but the last place, which this one gets, and one more. */
function withPage(last: string): string {
  const rows = Array.from({ length: 499 }, (_, index) => `('${String(index).padStart(3, "0")}', 1, '', '')`);
  return `INSERT INTO files VALUES ${rows.join()}, (${last}, 1, '', ''), (x'ff', 1, '', '')`;
}

Deno.test("FileWalk: refuses texts that are none of a file, and does not fill the memory with them", () => {
  for (const values of ["(hex(zeroblob(20000)), 1, '', '')", "('a', 1, hex(zeroblob(20000)), '')", "('', 1, '', '')"]) {
    refused(`${TABLE} INSERT INTO files VALUES ${values}`, /some of its rows cannot be files$/);
  }
});

Deno.test("pairFiles: finds what only one side has and what both have", () => {
  const side = fc.uniqueArray(somePath, { maxLength: 30 });
  fc.assert(fc.property(side, side, (one, two) => {
    const met: (readonly [string | null, string | null])[] = [];
    const [first, second] = [one, two].map((paths) => new FileWalk(databaseOf(paths), "x.db", () => {}));
    assert(first !== undefined && second !== undefined);
    for (const [a, b] of pairFiles(first, second)) met.push([a?.[0] ?? null, b?.[0] ?? null]);
    const all = [...new Set([...one, ...two])].toSorted(compareByBytes);
    assert.deepEqual(met, all.map((path) => [one.includes(path) ? path : null, two.includes(path) ? path : null]));
  }));
});

Deno.test("FileWalk: a size that is no number is unknown, and not 0 or what it begins with", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(`CREATE TABLE files (path TEXT UNIQUE, size_bytes, content_hash TEXT, modified_at TEXT);
    INSERT INTO files VALUES ('a', 5, 'h', 't'), ('b', 'many', 'h', 't'), ('c', X'3132', 'h', 't'), ('d', NULL, 'h', 't'),
      ('e', 9e999, 'h', 't'), ('f', '7 apples', 'h', 't')`);
  assert.deepEqual(walk(database).map(([, size]) => size), [5, null, null, null, Infinity, null]);
});
