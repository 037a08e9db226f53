import assert from "node:assert/strict";
import { readUsage, StepWatch, type Usage } from "../../../src/engine/worker/step_watch.ts";

const LIMIT = { computingSeconds: 10, quietSeconds: 600 };
/** What threads that only wait have computed after so many seconds, as measured: half a millisecond in each. */
const idle = (seconds: number): Usage => ({
  all: 0.6 * seconds,
  user: 0.3 * seconds,
  main: 0.5 * seconds,
  clock: 1000 * seconds,
});

/** Looks at the clock until a limit is passed, and says which and in which second; null for none in an hour. */
function firstOverrun(
  computedAfter: (seconds: number) => Pick<Usage, "all" | "main"> & Partial<Usage>,
  limit = LIMIT,
) {
  const usageAfter = (seconds: number) => {
    const computed = computedAfter(seconds);
    return { user: computed.all, ...computed, clock: 1000 * seconds };
  };
  const watch = new StepWatch(limit, usageAfter(0));
  for (let seconds = 1; seconds <= 3600; seconds++) {
    const overrun = watch.tick(usageAfter(seconds));
    if (overrun !== null) return { overrun, seconds };
  }
  return null;
}

Deno.test("StepWatch: a step that computes without a pause is given up by what it has computed", () => {
  assert.deepEqual(firstOverrun((seconds) => ({ all: 1000 * seconds, main: 0 })), {
    overrun: "computing",
    seconds: 11,
  });
});

Deno.test("StepWatch: on a busy computer it gets as much computing, in more time", () => {
  assert.deepEqual(firstOverrun((seconds) => ({ all: 250 * seconds, main: 0 })), { overrun: "computing", seconds: 41 });
});

Deno.test("StepWatch: what other runs compute beside it does not count", () => {
  assert.deepEqual(firstOverrun((seconds) => ({ all: 4000 * seconds, main: 0 })), {
    overrun: "computing",
    seconds: 11,
  });
});

Deno.test("StepWatch: what the kernel computes for it, as where memory runs short, is not the step's", () => {
  assert.deepEqual(firstOverrun((seconds) => ({ all: 900 * seconds, user: 2 * seconds, main: 0 })), null);
});

Deno.test("StepWatch: a disk that says nothing may keep a step waiting for ten minutes and not longer", () => {
  assert.deepEqual(firstOverrun(idle), { overrun: "quiet", seconds: 601 });
});

Deno.test("StepWatch: a disk that stood still for a minute, again and again, is no reason to give up", () => {
  // A log of 250 MB at 20 MB/s, with a minute's pause in every second one: some CPU for each page.
  const stuttering = (seconds: number) => ({ all: 3 * Math.ceil(seconds / 120) * 60, main: 0.5 * seconds });
  assert.deepEqual(firstOverrun(stuttering, { computingSeconds: 500, quietSeconds: 120 }), null);
});

Deno.test("StepWatch: what the main thread computes to show the progress is none", () => {
  const drawing = (seconds: number) => ({ all: 5 * seconds, main: 5 * seconds });
  assert.deepEqual(firstOverrun(drawing, { computingSeconds: 100, quietSeconds: 60 }), {
    overrun: "quiet",
    seconds: 61,
  });
});

Deno.test("StepWatch: what is heard of a step is progress, and gives it no more computing", () => {
  const watch = new StepWatch(LIMIT, idle(0));
  for (let seconds = 1; seconds <= 3000; seconds++) {
    if (seconds % 500 === 0) watch.progress(idle(seconds));
    assert.equal(watch.tick(idle(seconds)), null);
  }
  const more = { ...idle(3000), clock: 3_020_000 };
  assert.equal(watch.tick({ ...more, all: more.all + 12_000, user: more.user + 12_000 }), "computing");
});

Deno.test("readUsage: tells what is computed in this thread and in others", () => {
  const before = readUsage();
  let after = before;
  while (after.main - before.main < 40) after = readUsage();
  assert(after.all - before.all >= 20, "the main thread is a part of the process");
  assert(after.user > before.user && after.user <= after.all, "the kernel's part is in all of it");
});
