import assert from "node:assert/strict";
import { BackupError, type ErrorCode, ERRORS } from "../src/errors.ts";

Deno.test("ERRORS: the exit codes are those of the contract, 40 and 43 to 46 being VPO's own", () => {
  const exits = Object.fromEntries(Object.entries(ERRORS).map(([code, { exit }]) => [code, exit]));
  const expected: Record<string, number> = {
    general: 1,
    usage: 2,
    confirmation_required: 2,
    not_found: 20,
    operation_failed: 40,
    permission_denied: 40,
    not_a_library: 42,
    database_locked: 43,
    insufficient_space: 44,
    schema_incompatible: 45,
    invalid_archive: 46,
    interrupted: 130,
    terminated: 143,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((code) => [code, exits[code]])), expected);
});

Deno.test("ERRORS: each says when it happens, in one line", () => {
  for (const [code, { exit, when }] of Object.entries(ERRORS)) {
    assert(exit > 0 && exit < 256, code);
    assert.match(when, /^[^\n]{5,72}[^.]$/, code);
  }
});

Deno.test("BackupError: its exit code is the table's", () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const error = new BackupError(code, "No");
    assert.deepEqual([error.exitCode, error.hint, error.name], [ERRORS[code].exit, null, "BackupError"]);
  }
});

Deno.test("BackupError: survives the way between two threads", () => {
  const cause = new Error("the disk is on fire");
  const sent = new BackupError("operation_failed", "Cannot go on", "Run.", { cause });
  const received = BackupError.fromWire(structuredClone(sent.toWire()));
  assert(received instanceof BackupError);
  assert.deepEqual(
    [received.code, received.message, received.hint, received.exitCode],
    ["operation_failed", "Cannot go on", "Run.", 40],
  );
  assert.match(received.stack ?? "", /errors_test\.ts[^]*Caused by: Error: the disk is on fire\n {4}at /);
});

Deno.test("BackupError.toWire: a cause that is no error, and no stack at all", () => {
  const odd = new BackupError("general", "No", null, { cause: "a text" });
  assert.doesNotMatch(odd.toWire().stack ?? "", /Caused by/);
  delete odd.stack;
  assert.deepEqual(odd.toWire(), { code: "general", message: "No", hint: null, stack: null });
});
