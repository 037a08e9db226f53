import assert from "node:assert/strict";
import { typedWord } from "../../../src/cli/schedule/plan.ts";

Deno.test("typedWord: is quoted as the shells of the system take it, and only where it must be", () => {
  assert.equal(typedWord("C:\\Users\\u\\.vpo", "windows"), "C:\\Users\\u\\.vpo");
  assert.equal(typedWord("C:\\Users\\U & I\\.vpo", "windows"), '"C:\\Users\\U & I\\.vpo"');
  assert.equal(typedWord("/home/u/.vpo", "linux"), "/home/u/.vpo");
  assert.equal(typedWord("/home/u & i", "linux"), "'/home/u & i'");
});
