import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { workersOf } from "../../../scripts/build/bundle.ts";
import { WORKERS } from "../../../src/workers.ts";
import { ROOT } from "../../support/compiling.ts";

Deno.test("workersOf: every module that the source starts as a worker, and no other", () => {
  const started = Object.values(WORKERS).map((module) => relative(ROOT, fileURLToPath(module)));
  assert.deepEqual(workersOf(ROOT).sort(), started.sort());
});
