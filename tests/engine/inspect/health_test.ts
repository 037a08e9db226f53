import assert from "node:assert/strict";
import { ageIn, type HealthFacts, judge } from "../../../src/engine/inspect/health.ts";
import type { Concern } from "../../../src/engine/protocol/mod.ts";

const NOW = new Date("2026-02-06T14:30:22.500Z");
const HOUR = 3600;

const GOOD: HealthFacts = {
  directoryFound: true,
  count: 3,
  hasOthersOnly: false,
  hasFuture: false,
  newestFault: null,
  newestGood: "2026-02-05T14:30:22Z",
  free: 1000,
  needed: 1000,
  libraryFiles: 400,
};

/** What is wrong where these facts are other ones, with a day and two hours allowed. */
function concerns(facts: Partial<HealthFacts>): Concern[] {
  return judge({ ...GOOD, ...facts }, NOW, 26 * HOUR);
}

Deno.test("judge: nothing is wrong", () => {
  assert.deepEqual(concerns({}), []);
  assert.deepEqual(concerns({ free: null }), []);
  assert.deepEqual(concerns({ needed: null, free: 0 }), []);
});

Deno.test("judge: no directory, no backup, none that is sound", () => {
  const none = { newestGood: null, newestFault: null, count: 0 };
  assert.deepEqual(concerns({ ...none, directoryFound: false, free: null }), ["no_directory"]);
  assert.deepEqual(concerns(none), ["no_backup"]);
  assert.deepEqual(concerns({ newestGood: null, newestFault: "damaged" }), ["none_sound"]);
});

Deno.test("judge: the newest is damaged, even where the one before it is young", () => {
  assert.deepEqual(concerns({ newestFault: "damaged" }), ["newest_damaged"]);
});

Deno.test("judge: old is older than allowed, to the second", () => {
  assert.deepEqual(judge(GOOD, NOW, 24 * HOUR), []);
  assert.deepEqual(judge(GOOD, NOW, 24 * HOUR - 1), ["too_old"]);
  assert.deepEqual(concerns({ newestGood: "2026-01-01T00:00:00Z", newestFault: "damaged" }), [
    "newest_damaged",
    "too_old",
  ]);
});

Deno.test("judge: from the future", () => {
  assert.deepEqual(concerns({ hasFuture: true }), ["from_future"]);
  assert.deepEqual(concerns({ newestGood: "2026-02-06T14:30:23Z" }), ["from_future"]);
  assert.deepEqual(concerns({ newestGood: "2026-02-06T14:30:22Z" }), []);
});

Deno.test("judge: backups of other libraries are none, and an unreadable newest one is not called damaged", () => {
  assert.deepEqual(concerns({ newestGood: null, hasOthersOnly: true }), ["none_of_this_library"]);
  assert.deepEqual(concerns({ newestFault: "unreadable" }), ["newest_unreadable"]);
});

Deno.test("judge: too little space, beside all else", () => {
  assert.deepEqual(concerns({ free: 999 }), ["low_space"]);
  assert.deepEqual(concerns({ free: 0, count: 0, newestGood: null }), ["no_backup", "low_space"]);
});

Deno.test("ageIn: whole seconds, negative in the future", () => {
  assert.equal(ageIn("2026-02-06T14:30:12Z", NOW), 10);
  assert.equal(ageIn("2026-02-06T14:30:22.900Z", NOW), 0);
  assert.equal(ageIn("2026-02-06T14:31:22+00:00", NOW), -60);
});

Deno.test("judge: a library that knows no files is a warning; one of which nothing is known is none", () => {
  assert.deepEqual(concerns({ libraryFiles: 0 }), ["empty_library"]);
  assert.deepEqual(concerns({ libraryFiles: null }), []);
});
