import assert from "node:assert/strict";
import { runLimited } from "../../src/cli/run_limited.ts";

/** Jobs that end when they are told to. */
function waitingJobs(count: number) {
  const begun: number[] = [];
  const ends = Array.from({ length: count }, () => Promise.withResolvers<number>());
  const jobs = ends.map(({ promise }, index) => () => {
    begun.push(index);
    return promise;
  });
  return { begun, ends, jobs };
}

/** Lets everything happen that waits for nothing. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("runLimited: as many at a time as allowed, results in the order of the jobs", async () => {
  const { begun, ends, jobs } = waitingJobs(3);
  const results = runLimited(jobs, 2);
  await settle();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.resolve(11);
  await settle();
  assert.deepEqual(begun, [0, 1, 2]);
  ends[2]?.resolve(12);
  ends[0]?.resolve(10);
  assert.deepEqual(await results, [10, 11, 12]);
});

Deno.test("runLimited: after an error nothing is begun, and what is under way is waited for", async () => {
  const { begun, ends, jobs } = waitingJobs(3);
  let hasEnded = false;
  const results = runLimited(jobs, 2).finally(() => hasEnded = true);
  results.catch(() => {});
  ends[0]?.reject(new Error("no"));
  await settle();
  assert.equal(hasEnded, false);
  ends[1]?.resolve(11);
  await assert.rejects(results, /^Error: no$/);
  assert.deepEqual(begun, [0, 1]);
});

Deno.test("runLimited: no jobs", async () => {
  assert.deepEqual(await runLimited([], 4), []);
});
