import assert from "node:assert/strict";
import type { Facts, Step } from "../../src/engine/protocol/mod.ts";
import {
  clearingFirst,
  type Clock,
  type Progress,
  ProgressJson,
  ProgressLine,
  ProgressSummary,
} from "../../src/output/progress.ts";
import { TestClock } from "../support/clock.ts";
import { Sayings } from "../support/sayings.ts";

const CLEAR = "\r\x1b[2K";
const MB = 1024 * 1024;

/** What happens to an operation, for a kind of progress that writes down what it says of it. */
class Operation {
  readonly clock = new TestClock();
  readonly progress: Progress;
  said = "";

  constructor(make: (write: (text: string) => void, clock: Clock) => Progress) {
    this.progress = make((text) => this.said += text, this.clock);
  }

  step(step: Step, facts: Facts = {}): void {
    this.progress.event({ kind: "step", step, facts });
  }

  /** Some time passes, and so much is done. */
  done(done: number, total: number, milliseconds = 0): void {
    this.clock.pass(milliseconds);
    this.progress.event({ kind: "progress", done, total });
  }

  /** What was said since the last time. */
  heard(): string {
    const { said } = this;
    this.said = "";
    return said;
  }
}

function line(columns = 80): Operation {
  return new Operation((write, clock) => new ProgressLine(write, () => columns, clock));
}

function bar(filled: number, columns = 24): string {
  return "█".repeat(filled) + "░".repeat(columns - filled);
}

Deno.test("ProgressLine: draws each step over the one before", () => {
  const operation = line();
  operation.step("copy library");
  operation.step("compress");
  assert.equal(operation.said, `${CLEAR}Copying the library${CLEAR}Compressing`);
});

Deno.test("ProgressLine: draws bar and share at once, rate and time left as soon as they can be told", () => {
  const operation = line();
  operation.step("compress");
  operation.heard();
  operation.done(11 * MB, 110 * MB, 100);
  assert.equal(operation.heard(), `${CLEAR}Compressing ${bar(2)} 10%`);
  operation.done(55 * MB, 110 * MB, 1000);
  assert(operation.heard().endsWith(`${CLEAR}Compressing ${bar(12)} 50%  50.0 MB/s  2 s left`));
  operation.done(110 * MB, 110 * MB, 3300);
  assert(operation.heard().endsWith(`${CLEAR}Compressing ${bar(24)} 100%  25.0 MB/s`));
});

Deno.test("ProgressLine: pages of the library are told as bytes, files and backups by number", () => {
  const operation = line();
  operation.step("copy library", { database_size_bytes: 110 * MB });
  operation.done(500, 1000, 2200);
  assert(operation.heard().endsWith(`${CLEAR}Copying the library ${bar(12)} 50%  25.0 MB/s  3 s left`));
  operation.step("compare");
  operation.done(3000, 3000, 1000);
  assert(operation.heard().endsWith(`${CLEAR}Comparing ${bar(24)} 100%  3,000 files/s`));
  operation.step("list");
  operation.done(0, 0, 1000);
  assert(operation.heard().endsWith(`${CLEAR}Reading the backups ${bar(24)} 100%  0 backups/s`));
});

Deno.test("ProgressLine: of a phase that cannot be measured it tells how long it has taken", () => {
  const operation = line();
  operation.step("check database");
  operation.clock.pass(700);
  operation.heard();
  operation.clock.pass(800);
  assert.equal(operation.heard(), `${CLEAR}Checking the library in it  1 s${CLEAR}Checking the library in it  2 s`);
  operation.clock.pass(3_700_000);
  assert(operation.heard().endsWith("Checking the library in it  1 h 01 min"));
});

Deno.test("ProgressLine: draws ten times a second at the most, but always the end, and that once", () => {
  const operation = line();
  operation.step("compress");
  for (let done = 0; done <= 1000; done++) operation.done(done, 1000, done % 2);
  operation.done(1000, 1000);
  const times = operation.said.split(CLEAR).length - 1;
  assert(times <= 7, `drawn ${times} times`);
  assert.match(operation.said, / 100% {2}\d+\.?\d* K?B\/s$/);
  assert.equal(operation.said.split(" 100% ").length, 2);
});

Deno.test("ProgressLine: draws nothing of steps that take no time", () => {
  const operation = line();
  operation.step("library locked");
  operation.done(10, 10, 5000);
  assert.equal(operation.said, "");
});

Deno.test("ProgressLine: is never as wide as the terminal, where it would wrap", () => {
  const drawn = (columns: number) => {
    const operation = line(columns);
    operation.step("read back");
    operation.done(55 * MB, 110 * MB, 2200);
    return operation.said.split(CLEAR).at(-1);
  };
  assert.equal(drawn(20), "Reading the archive");
  assert.equal(drawn(58), "Reading the archive back 50%  25.0 MB/s  3 s left");
  assert.equal(drawn(59), `Reading the archive back ${bar(4, 8)} 50%  25.0 MB/s  3 s left`);
  assert.equal(drawn(80), `Reading the archive back ${bar(12)} 50%  25.0 MB/s  3 s left`);
});

Deno.test("ProgressLine: once cleared it keeps still until something happens", () => {
  const operation = line();
  operation.step("check database");
  operation.progress.clear();
  operation.heard();
  operation.clock.pass(5000);
  assert.deepEqual([operation.heard(), operation.clock.timers], ["", 0]);
});

Deno.test("ProgressSummary: a line for each phase that could be measured, when it is over", () => {
  const operation = new Operation((write, clock) => new ProgressSummary(write, clock));
  operation.step("compress");
  operation.done(50 * MB, 100 * MB, 1000);
  operation.progress.clear();
  assert.equal(operation.heard(), "");
  operation.done(100 * MB, 100 * MB, 1000);
  operation.progress.clear();
  assert.equal(operation.heard(), "Compressing: 100.0 MB in 2.0 s (50.0 MB/s)\n");
  operation.step("list");
  operation.done(1, 1, 10);
  operation.progress.clear();
  operation.progress.clear();
  assert.equal(operation.heard(), "Reading the backups: 1 backup in 0.0 s\n");
  operation.step("check database");
  operation.progress.clear();
  assert.equal(operation.heard(), "");
});

Deno.test("ProgressJson: one object a line, at the beginning, on the way and at the end", () => {
  const operation = new Operation((write, clock) => new ProgressJson(write, clock));
  operation.step("library locked");
  operation.step("read back");
  operation.done(10, 300, 50);
  operation.done(100, 300, 950);
  operation.done(300, 300, 10);
  operation.done(300, 300, 10);
  operation.progress.clear();
  const lines = operation.heard().trimEnd().split("\n").map((text) => JSON.parse(text) as unknown);
  const common = { type: "progress", phase: "read_back", unit: "bytes" };
  const unknown = { total: null, percent: null, rate_per_second: null, seconds_left: null };
  assert.deepEqual(lines, [
    { ...common, ...unknown, done: 0, seconds_elapsed: 0 },
    { ...common, done: 100, total: 300, percent: 33.3, rate_per_second: 100, seconds_elapsed: 1, seconds_left: 2 },
    { ...common, done: 300, total: 300, percent: 100, rate_per_second: 297, seconds_elapsed: 1, seconds_left: 0 },
  ]);
});

Deno.test("clearingFirst: takes the line away before anything else is written, once", () => {
  const said = new Sayings();
  const progress = new ProgressLine(said.err, () => 80, new TestClock());
  const streams = clearingFirst(said, progress);
  streams.err("before\n");
  progress.event({ kind: "step", step: "compress", facts: {} });
  streams.err("after\n");
  streams.out("result\n");
  assert.equal(said.stderr, `before\n${CLEAR}Compressing${CLEAR}after\n`);
  assert.equal(said.stdout, "result\n");
  progress.event({ kind: "step", step: "read back", facts: {} });
  streams.out("more\n");
  assert(said.stderr.endsWith(`Reading the archive back${CLEAR}`));
});
