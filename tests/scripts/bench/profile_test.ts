import assert from "node:assert/strict";
import { profile, stepTimes } from "../../../scripts/bench/profile.ts";
import { permissionFlags } from "../../../scripts/permissions.ts";
import { ROOT } from "../../support/compiling.ts";
import { Home } from "../../support/home.ts";

const line = (second: number, message: string, step?: string) =>
  JSON.stringify({ "@timestamp": `2026-01-01T00:00:0${second}.000Z`, message, properties: { step } });

Deno.test("stepTimes: from each step to the next, those of one name together, from the process's start to its end", () => {
  const log = [
    line(1, 'start "backup"'),
    line(2, 'step "copy"', "copy"),
    line(4, 'step "check"', "check"),
    line(5, 'step "copy"', "copy"),
    line(8, 'finish "backup"'),
  ];
  const zero = Date.parse("2026-01-01T00:00:00Z");
  assert.deepEqual(stepTimes(log.join("\n") + "\n", zero, zero + 9500), [
    { step: "start", seconds: 2 },
    { step: "copy", seconds: 5 },
    { step: "check", seconds: 1 },
    { step: "end", seconds: 1.5 },
  ]);
});

Deno.test("profile: has the steps of the program's own log, and leaves none", () => {
  using home = Home.withLibrary();
  const log = `${home.path}/steps.jsonl`;
  const program = [Deno.execPath(), "run", "--no-code-cache", ...permissionFlags(), `${ROOT}src/main.ts`] as const;
  const command = [
    ...program,
    "backup",
    "--make-dir",
    "--library",
    home.library,
    "--backup-dir",
    home.backups,
  ] as const;
  const steps = profile(command, 1, log);
  assert.deepEqual([steps[0]?.step, steps.at(-1)?.step], ["start", "end"]);
  for (const step of ["copy library", "compress", "read back"]) assert(steps.some((time) => time.step === step), step);
  assert.throws(() => Deno.statSync(log), Deno.errors.NotFound);
  assert.throws(() => profile([...program, "restore", "/nowhere"], 1, log), /failed/);
});
