import assert from "node:assert/strict";
import type { Step } from "../../src/engine/protocol.ts";
import { clearingFirst, ProgressLine } from "../../src/output/progress.ts";
import { Sayings } from "../support/sayings.ts";

const CLEAR = "\r\x1b[2K";

function draw(
  act: (step: (name: Step) => void, progress: (done: number, total: number) => void) => void,
  columns = 80,
) {
  let drawn = "";
  const line = new ProgressLine((text) => drawn += text, columns);
  act(
    (step) => line.event({ kind: "step", step, facts: {} }),
    (done, total) => line.event({ kind: "progress", done, total }),
  );
  return drawn;
}

Deno.test("ProgressLine: draws each step over the one before", () => {
  assert.equal(
    draw((step) => {
      step("copy library");
      step("compress");
    }),
    `${CLEAR}Copying the library${CLEAR}Compressing`,
  );
});

Deno.test("ProgressLine: draws a bar with the share that is done", () => {
  assert.equal(
    draw((step, progress) => {
      step("compress");
      progress(10, 10);
    }),
    `${CLEAR}Compressing${CLEAR}Compressing ${"█".repeat(24)} 100%`,
  );
  assert.match(draw((step, progress) => (step("compress"), progress(0, 0))), / 100%$/);
});

Deno.test("ProgressLine: draws ten times a second at the most, but always the end", () => {
  const drawn = draw((step, progress) => {
    step("compress");
    for (let done = 0; done <= 1000; done++) progress(done, 1000);
  });
  const times = drawn.split(CLEAR).length - 1;
  assert(times < 20, `drawn ${times} times`);
  assert(drawn.endsWith(" 100%"));
});

Deno.test("ProgressLine: draws nothing of steps that take no time", () => {
  assert.equal(
    draw((step, progress) => {
      step("library locked");
      progress(10, 10);
    }),
    "",
  );
});

Deno.test("ProgressLine: is never as wide as the terminal, where it would wrap", () => {
  const drawn = draw((step, progress) => (step("read back"), progress(1, 1)), 20);
  assert.equal(drawn, `${CLEAR}Reading the archive${CLEAR}Reading the archive`);
});

Deno.test("clearingFirst: takes the line away before anything else is written, once", () => {
  const said = new Sayings();
  const line = new ProgressLine(said.err, 80);
  const streams = clearingFirst(said, line);
  streams.err("before\n");
  line.event({ kind: "step", step: "compress", facts: {} });
  streams.err("after\n");
  streams.out("result\n");
  assert.equal(said.stderr, `before\n${CLEAR}Compressing${CLEAR}after\n`);
  assert.equal(said.stdout, "result\n");
  line.event({ kind: "step", step: "read back", facts: {} });
  streams.out("more\n");
  assert(said.stderr.endsWith(`Reading the archive back${CLEAR}`));
});
