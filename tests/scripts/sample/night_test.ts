import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { makeLibrary } from "../../../scripts/make_library.ts";
import { passNight } from "../../../scripts/sample/night.ts";
import { sha256 } from "../../support/bytes.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

Deno.test("passNight: adds files with their tracks, replaces others, and leaves a sound library", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("library.db");
  makeLibrary(path, { files: 500 });
  const count = (sql: string) => {
    using database = new DatabaseSync(path);
    return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  };
  const hashes = () => {
    using database = new DatabaseSync(path);
    return new Set(database.prepare("SELECT content_hash AS hash FROM files").all().map(({ hash }) => hash));
  };
  const [tracks, before] = [count("SELECT count(*) FROM tracks"), hashes()];
  for (const night of [1, 2]) {
    passNight(path, { added: 40, changed: 10 });
    assert.equal(count("SELECT count(*) FROM files"), 500 + night * 40);
  }
  assert(count("SELECT count(*) FROM tracks") > tracks + 2 * 40);
  assert.equal(count("SELECT count(*) FROM tracks WHERE file_id NOT IN (SELECT id FROM files)"), 0);
  const replaced = before.difference(hashes()).size;
  assert(replaced > 10 && replaced <= 20, `${replaced}`);
  using database = new DatabaseSync(path);
  assert.deepEqual(database.prepare("PRAGMA integrity_check").all().map(Object.values), [["ok"]]);
  assert.deepEqual(database.prepare("PRAGMA foreign_key_check").all(), []);
});

Deno.test("passNight: the same library has the same next night", () => {
  using directory = new TemporaryDirectory();
  const files = ["one.db", "two.db"].map((name) => {
    const path = directory.file(name);
    makeLibrary(path, { files: 50 });
    passNight(path, { added: 5, changed: 5 });
    return sha256(Deno.readFileSync(path));
  });
  assert.equal(files[0], files[1]);
});
