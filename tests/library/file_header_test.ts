import assert from "node:assert/strict";
import { type FileHeader, readFileHeader } from "../../src/library/file_header.ts";
import { execute, query } from "../support/database.ts";
import { concat, noise } from "../support/bytes.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const PAGE_SIZE_AT = 16;
const CHANGE_COUNTER_AT = 24;
const PAGE_COUNT_AT = 28;

function headerOf(path: string): FileHeader | null {
  using file = Deno.openSync(path);
  return readFileHeader(file);
}

/** The first 100 bytes of a database of two pages of 4096 bytes. */
function soundHeader(directory: TemporaryDirectory): Uint8Array {
  const path = directory.file("sound.db");
  execute(path, "PRAGMA page_size = 4096; CREATE TABLE t (x)");
  return Deno.readFileSync(path).subarray(0, 100);
}

for (let pageSize = 512; pageSize <= 65536; pageSize *= 2) {
  Deno.test(`readFileHeader: reads what SQLite wrote with pages of ${pageSize} bytes`, () => {
    using directory = new TemporaryDirectory();
    const path = directory.file("library.db");
    for (const sql of [`PRAGMA page_size = ${pageSize}; CREATE TABLE t (x)`, "CREATE TABLE u (x)", "VACUUM"]) {
      execute(path, sql);
      assert.deepEqual(headerOf(path), { pageSize, pageCount: query(path, "PRAGMA page_count")[0], isWal: false });
      assert.equal(Deno.statSync(path).size, pageSize * (headerOf(path)?.pageCount ?? 0));
    }
  });
}

Deno.test("readFileHeader: reads databases in every journal mode", () => {
  using directory = new TemporaryDirectory();
  for (const mode of ["delete", "truncate", "persist", "wal"]) {
    const path = directory.file(`${mode}.db`);
    execute(path, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (x)`);
    assert.deepEqual(headerOf(path), { pageSize: 4096, pageCount: 2, isWal: mode === "wal" }, mode);
  }
});

Deno.test("readFileHeader: does not believe a page count that an old SQLite did not keep up to date", () => {
  using directory = new TemporaryDirectory();
  const header = soundHeader(directory);
  const counter = new DataView(header.buffer, header.byteOffset).getUint32(CHANGE_COUNTER_AT);
  const stale = header.slice();
  new DataView(stale.buffer).setUint32(CHANGE_COUNTER_AT, counter + 1);
  assert.deepEqual(headerOf(directory.file("stale.db", stale)), { pageSize: 4096, pageCount: null, isWal: false });
  const none = header.slice();
  new DataView(none.buffer).setUint32(PAGE_COUNT_AT, 0);
  assert.deepEqual(headerOf(directory.file("none.db", none)), { pageSize: 4096, pageCount: null, isWal: false });
});

Deno.test("readFileHeader: is null for what does not begin like a database", () => {
  using directory = new TemporaryDirectory();
  const header = soundHeader(directory);
  const bad = [
    new Uint8Array(),
    header.subarray(0, 15),
    header.subarray(0, 99),
    new Uint8Array(4096),
    noise(4096),
    concat(Uint8Array.of(0), header),
    header.with(0, 0x73),
    header.with(15, 0x20),
  ];
  for (const [index, bytes] of bad.entries()) {
    assert.equal(headerOf(directory.file(`bad-${index}.db`, bytes)), null, `case ${index}`);
  }
  assert.deepEqual(headerOf(directory.file("good.db", header)), { pageSize: 4096, pageCount: 2, isWal: false });
});

Deno.test("readFileHeader: takes the page sizes that SQLite has and no others", () => {
  using directory = new TemporaryDirectory();
  const header = soundHeader(directory);
  const sizes = new Map([
    [1, 65536],
    ...[512, 1024, 2048, 4096, 8192, 16384, 32768].map((size) => [size, size] as const),
  ]);
  for (const stored of [...sizes.keys(), 0, 2, 100, 256, 511, 513, 1000, 4095, 4097, 12288, 65535]) {
    const changed = header.slice();
    new DataView(changed.buffer).setUint16(PAGE_SIZE_AT, stored);
    const read = headerOf(directory.file("library.db", changed));
    assert.equal(read?.pageSize, sizes.get(stored), String(stored));
  }
});
