import assert from "node:assert/strict";
import { openDatabase, sqliteFailure } from "../../src/library/sqlite.ts";
import { tryUntilFree } from "../../src/library/try_until_free.ts";
import { makeSmallLibrary } from "../support/small_library.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

Deno.test("tryUntilFree: tries until nobody has the database, and then no more", () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "delete");
  const [other, own] = [0, 1].map(() => openDatabase(library, { readOnly: false, waitSeconds: 0 }));
  assert(other !== undefined && own !== undefined);
  other.exec("BEGIN IMMEDIATE");
  const left: number[] = [];
  const begin = (secondsLeft: number) => {
    left.push(secondsLeft);
    if (left.length === 5) other.exec("COMMIT");
    own.exec("BEGIN IMMEDIATE; ROLLBACK");
    return "done";
  };
  assert.equal(tryUntilFree(20, begin), "done");
  assert.equal(left.length, 5);
  assert.deepEqual(left, left.toSorted((one, two) => two - one), "less and less");
  other.exec("BEGIN IMMEDIATE");
  const started = performance.now();
  assert.throws(() => tryUntilFree(0.2, begin), (error) => sqliteFailure(error) === "busy");
  assert(performance.now() - started >= 190);
  assert.throws(() => tryUntilFree(0, begin), (error) => sqliteFailure(error) === "busy");
  for (const database of [other, own]) database.close();
});

Deno.test("tryUntilFree: what is no lock is thrown at once", () => {
  let tried = 0;
  const fail = () => {
    tried++;
    throw new Error("no disk");
  };
  assert.throws(() => tryUntilFree(60, fail), /^Error: no disk$/);
  assert.equal(tried, 1);
});
