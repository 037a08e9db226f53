import assert from "node:assert/strict";
import { openDatabase, sqliteFailure } from "../../src/library/sqlite.ts";
import { type CheckKind, checkStructure, type Findings, tellRemarks } from "../../src/library/structure.ts";
import { execute } from "../support/database.ts";
import { makeOdd, ODD_DATABASES } from "../support/odd_databases.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

function check(path: string, kind: CheckKind): Findings {
  const database = openDatabase(path, { readOnly: true, waitSeconds: 0 });
  try {
    return checkStructure(database, kind);
  } finally {
    database.close();
  }
}

/** Some damage SQLite finds, and of some it says that it cannot go on. */
function isDamaged(path: string, kind: CheckKind): boolean {
  try {
    return check(path, kind).damage.length > 0;
  } catch (error) {
    return sqliteFailure(error) === "damaged";
  }
}

for (const odd of ODD_DATABASES) {
  Deno.test(`checkStructure: ${odd.name} is no damage, and what is not checked is said`, () => {
    using directory = new TemporaryDirectory();
    const path = directory.file("odd.db");
    makeOdd(path, odd);
    assert.deepEqual(check(path, "quick"), { damage: [], ...odd.quick });
    assert.deepEqual(check(path, "full"), { damage: [], ...odd.full });
  });

  Deno.test(`checkStructure: damage is found beside ${odd.name}`, () => {
    using directory = new TemporaryDirectory();
    const path = directory.file("odd.db");
    makeOdd(path, odd);
    execute(path, "CREATE TABLE harmed (x TEXT); INSERT INTO harmed VALUES ('needle of the damage')");
    const bytes = Deno.readFileSync(path);
    const at = new TextDecoder("latin1").decode(bytes).indexOf("needle of the damage");
    // The header of the page that it is on.
    bytes.fill(0xee, at - at % 4096, at - at % 4096 + 12);
    Deno.writeFileSync(path, bytes);
    for (const kind of ["quick", "full"] as const) {
      assert(isDamaged(path, kind), kind);
    }
  });
}

Deno.test("checkStructure: tables with names that mean something else to SQLite", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("odd.db");
  execute(path, `CREATE TABLE "5" (x); CREATE TABLE "it's ""quoted""" (x); CREATE TABLE "ok" (x)`);
  const [collation] = ODD_DATABASES.filter(({ name }) => name.startsWith("a collation"));
  assert(collation !== undefined);
  makeOdd(path, collation);
  assert.deepEqual(check(path, "quick").unchecked, [
    "table 5: its name is a number",
    "table words: no such collation sequence: de_DE",
  ]);
});

Deno.test("tellRemarks: says what fixes an index, and what was not checked", () => {
  assert.deepEqual(tellRemarks({ stale: ["index a"], unchecked: ["table t: why"] }), {
    stale: "index a does not match its table: REINDEX fixes it",
    unchecked: ["SQLite here could not check table t: why"],
  });
  assert.equal(
    tellRemarks({ stale: ["index a", "index b"], unchecked: [] }).stale,
    "index a, index b do not match their tables: REINDEX fixes them",
  );
  assert.equal(
    tellRemarks({ stale: ["index a", "full-text index t"], unchecked: [] }).stale,
    'index a does not match its table: REINDEX fixes it; full-text index t does not match its table: the command "rebuild" of its table fixes it',
  );
});
