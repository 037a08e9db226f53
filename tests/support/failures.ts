import assert from "node:assert/strict";
import { type ErrorCode, ERRORS } from "../../src/errors.ts";
import { Home } from "./home.ts";
import type { Surroundings } from "./program.ts";

/** One way to make the program fail, and what it is to say then. */
export interface Failure {
  readonly code: ErrorCode;
  readonly args: readonly string[];
  /** Brings the failure about. */
  readonly prepare?: (home: Home) => void | AsyncDisposable | Disposable | Promise<AsyncDisposable>;
  readonly surroundings?: (home: Home) => Partial<Surroundings>;
  readonly error: string | RegExp;
  readonly hint: string | null;
  /** Tried with `-v -v`, too: on the main thread, in the worker and in the sandbox a stack is another thing. */
  readonly isTraced?: boolean;
}

/** Runs it for a person and as JSON; nothing may change in either. */
export async function check(failure: Failure): Promise<void> {
  using home = Home.withLibrary();
  await using _ = await prepare(failure, home);
  const before = home.state();
  const run = (...more: string[]) => home.run([...failure.args, ...more], failure.surroundings?.(home));
  const { exit } = ERRORS[failure.code];

  const json = await run("--json");
  assert.deepEqual([json.code, json.stderr], [exit, ""]);
  const document = home.document(json.stdout) as { error: string };
  const { error } = document;
  assert.deepEqual(document, { success: false, error, code: failure.code, hint: failure.hint, warnings: [] });
  if (typeof failure.error === "string") assert.equal(error, failure.error);
  else assert.match(error, failure.error);

  const human = await run();
  const text = home.masked(human.stderr);
  const hint = failure.hint === null ? "" : `${failure.hint}\n`;
  assert.equal(withoutNames(text), withoutNames(`Error: ${error}\n${hint}`));
  assert.deepEqual([human.code, human.stdout], [exit, ""]);

  if (failure.isTraced === true) {
    const verbose = await run("-v", "-v");
    assert.deepEqual([verbose.code, verbose.stdout], [exit, ""]);
    assert.match(verbose.stderr, /^BackupError: .*\n {4}at .*\.(ts|js):\d+/m);
  }
  assert.deepEqual(home.state(), before);
}

async function prepare(failure: Failure, home: Home): Promise<AsyncDisposable> {
  const made = await failure.prepare?.(home) ?? undefined;
  return {
    async [Symbol.asyncDispose]() {
      if (made === undefined) return;
      if (Symbol.asyncDispose in made) await made[Symbol.asyncDispose]();
      else made[Symbol.dispose]();
    },
  };
}

/** Temporary names are new in each run. */
function withoutNames(text: string): string {
  return text.replace(/\.vpo-backup-[0-9a-f-]+/g, "TEMPORARY");
}
