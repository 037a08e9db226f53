import assert from "node:assert/strict";
import { beginCheck } from "../../../src/engine/backup/pack.ts";
import type { StepLimit } from "../../../src/engine/protocol/mod.ts";
import { Job } from "../../../src/engine/worker/job.ts";
import { type Checker, LOCAL_CHECKER } from "../../../src/library/checker.ts";
import { Home } from "../../support/home.ts";
import { quietHost } from "../../support/host.ts";

/** A job with a checker of its own, and the limit that holds for it at a time; null for none. */
function jobWith(checker: Checker): { job: Job; limit: () => StepLimit | null } {
  let limit: StepLimit | null = null;
  const host = quietHost({ checker, limitStep: (next) => void (limit = next) });
  return { job: new Job(host, { action: "Cannot back up the library" }), limit: () => limit };
}

// Issue 12, B15: a small library in a directory with a large archive was called damaged.
Deno.test("beginCheck: while something else is done beside the check its limit does not run", async () => {
  using home = Home.withLibrary();
  const released = Promise.withResolvers<void>();
  const beside: Checker = {
    isBeside: true,
    findings: (asked) => released.promise.then(() => LOCAL_CHECKER.findings(asked)),
  };
  const { job, limit } = jobWith(beside);
  const check = await beginCheck(home.library, job);
  assert.equal(limit(), null, "other archives may be read now, for as long as that takes");
  check.throwIfFailed();
  const finished = check.finish();
  assert.equal((limit() as StepLimit | null)?.refusal.code, "operation_failed", "now it is waited for");
  released.resolve();
  await finished;
  assert.equal(limit(), null);
});

Deno.test("beginCheck: a check in the same thread has a limit, and is over when it returns", async () => {
  using home = Home.withLibrary();
  const limits: (StepLimit | null)[] = [];
  const { job, limit } = jobWith({
    isBeside: false,
    findings(asked) {
      limits.push(limit());
      return LOCAL_CHECKER.findings(asked);
    },
  });
  const check = await beginCheck(home.library, job);
  assert.equal(limit(), null);
  await check.finish();
  assert.equal(limits.length, 1);
});
