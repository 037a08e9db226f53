import assert from "node:assert/strict";
import { HeaderCheck } from "../../../src/engine/unpack/header_check.ts";
import { execute } from "../../support/database.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const PAGE_BYTES = 4096;

function makeDatabase(): Uint8Array {
  using directory = new TemporaryDirectory();
  const path = directory.file("sound.db");
  execute(path, `PRAGMA page_size = ${PAGE_BYTES}; CREATE TABLE files (path TEXT)`);
  return Deno.readFileSync(path);
}

/** Has a database of this size looked at, which comes in chunks of `step` bytes. */
function check(database: Uint8Array, size: number, step: number): void {
  const header = new HeaderCheck();
  header.begin(size);
  for (let at = 0; at < database.length; at += step) header.write(database.subarray(at, at + step));
}

const refused = (why: RegExp) => ({ code: "invalid_archive", message: why });

Deno.test("HeaderCheck: lets a database pass, however it is cut", () => {
  const database = makeDatabase();
  for (const step of [1, 7, 99, 100, 101, database.length]) check(database, database.length, step);
});

Deno.test("HeaderCheck: refuses what is no database, at its first bytes", () => {
  for (const step of [1, 50, 1000]) {
    assert.throws(() => check(new Uint8Array(1000), 10_000_000_000, step), refused(/not a SQLite database/));
  }
});

Deno.test("HeaderCheck: refuses what is too short to be a database before anything of it is there", () => {
  for (const size of [0, 50, 99]) {
    assert.throws(() => check(new Uint8Array(), size, 1), refused(/not a SQLite database/));
  }
});

Deno.test("HeaderCheck: refuses a database that is announced to be of another size than its header says", () => {
  const database = makeDatabase();
  for (const size of [10 * 2 ** 30, database.length - 1, database.length + PAGE_BYTES]) {
    assert.throws(() => check(database, size, 512), refused(new RegExp(`it is ${size} bytes long, which is not`)));
  }
});
