import assert from "node:assert/strict";
import { readState } from "../../../src/library/content/fingerprint.ts";
import { openDatabase } from "../../../src/library/sqlite.ts";
import { execute } from "../../support/database.ts";
import { Home } from "../../support/home.ts";

function stateOf(path: string) {
  const database = openDatabase(path, { readOnly: true, waitSeconds: 0 });
  try {
    return readState(database);
  } finally {
    database.close();
  }
}

Deno.test("readState: the same library has the same fingerprint, also after it was written anew", () => {
  using home = Home.withLibrary();
  const state = stateOf(home.library);
  assert.match(state.fingerprint, /^[0-9a-f]{64}$/);
  execute(home.library, "VACUUM");
  assert.deepEqual(stateOf(home.library), state);
});

Deno.test("readState: a row more, a row less, a table more or a scan make another", () => {
  using home = Home.withLibrary();
  const seen = new Set([stateOf(home.library).fingerprint]);
  const changes = [
    "DELETE FROM files WHERE id = (SELECT max(id) FROM files)",
    "CREATE TABLE another (x)",
    "INSERT INTO another VALUES (1)",
    "UPDATE files SET scanned_at = '2099-01-01T00:00:00Z' WHERE id = (SELECT min(id) FROM files)",
  ];
  for (const sql of changes) {
    execute(home.library, sql);
    const { fingerprint } = stateOf(home.library);
    assert(!seen.has(fingerprint), sql);
    seen.add(fingerprint);
  }
  assert.equal(stateOf(home.library).newestScan, "2099-01-01T00:00:00Z");
});

Deno.test("readState: a database that is not VPO's has one, too", () => {
  using home = new Home();
  const path = home.file("other.db");
  execute(path, `CREATE TABLE files (path); CREATE TABLE "odd ""name" (x); CREATE VIEW v AS SELECT * FROM nowhere`);
  assert.equal(stateOf(path).newestScan, null);
  execute(path, "DROP TABLE files");
  assert.equal(stateOf(path).newestScan, null);
});
