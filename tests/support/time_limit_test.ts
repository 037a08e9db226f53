import assert from "node:assert/strict";
import { run } from "./commands.ts";

/** Prints what `Deno.test` is given when the limit is in force. */
const PROGRAM = `
  Object.defineProperty(Deno, "test", { value: (given) => console.log(JSON.stringify(given)), configurable: true });
  await import(${JSON.stringify(import.meta.resolve("./time_limit.ts"))});
  Deno.test("by name", () => {});
  Deno.test("with options", { sanitizeOps: false }, () => {});
  Deno.test({ name: "with its own", timeout: 5, fn() {} });`;

Deno.test("Deno.test: in each of its forms a test has five minutes, unless it has a limit of its own", async () => {
  const { stdout, stderr } = await run(Deno.execPath(), ["eval", PROGRAM]);
  assert.deepEqual(stdout.trim().split("\n").map((line) => JSON.parse(line) as unknown), [
    { timeout: 300_000, name: "by name" },
    { timeout: 300_000, name: "with options", sanitizeOps: false },
    { timeout: 5, name: "with its own" },
  ], stderr);
});

Deno.test("Deno.test: a test that waits for ever fails under its name, and those after it are run", async () => {
  const directory = Deno.makeTempDirSync();
  try {
    const test = `${directory}/waits_test.ts`;
    Deno.writeTextFileSync(
      test,
      `Deno.test({ name: "waits", timeout: 200, fn: () => new Promise(() => setInterval(() => {}, 50)) });
       Deno.test("comes after it", () => {});`,
    );
    const preload = `--preload=${import.meta.resolve("./time_limit.ts")}`;
    const { code, stdout } = await run(Deno.execPath(), ["test", "-A", "--no-check", "--no-config", preload, test]);
    assert.equal(code, 1);
    assert.match(stdout, /waits \.\.\..*FAILED/);
    assert.match(stdout, /comes after it \.\.\..*ok/);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
