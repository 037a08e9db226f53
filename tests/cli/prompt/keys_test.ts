import assert from "node:assert/strict";
import { isUnfinished, keysOf } from "../../../src/cli/prompt/keys.ts";

Deno.test("keysOf: arrows in both forms that terminals have, pages, ends, Enter, digits", () => {
  assert.deepEqual(keysOf("\x1b[A\x1bOA\x1b[B\x1bOB"), ["up", "up", "down", "down"]);
  assert.deepEqual(keysOf("\x1b[5~\x1b[6~\x1b[H\x1bOF\x1b[1~\x1b[4~"), [
    "page up",
    "page down",
    "first",
    "last",
    "first",
    "last",
  ]);
  assert.deepEqual(keysOf("12\r\n\x7f"), [{ digit: "1" }, { digit: "2" }, "enter", "enter", "erase"]);
});

Deno.test("keysOf: Esc, q and the end of input leave; other keys mean nothing", () => {
  assert.deepEqual(keysOf("\x1b"), ["leave"]);
  assert.deepEqual(keysOf("q\x04\x03"), ["leave", "leave", "interrupt"]);
  assert.deepEqual(keysOf("xyz \x1b[1;5C\x1b[Zé"), []);
});

Deno.test("isUnfinished: of a sequence that has come in part", () => {
  assert.deepEqual(["\x1b", "\x1b[", "\x1b[5", "\x1bO", "a\x1b["].map(isUnfinished), [true, true, true, true, true]);
  assert.deepEqual(["", "a", "\x1b[A", "\x1b[5~", "\x1bOA"].map(isUnfinished), [false, false, false, false, false]);
});
