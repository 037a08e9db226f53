import assert from "node:assert/strict";
import { errnoOf } from "../../src/store/errno.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

Deno.test("errnoOf: takes Deno's code, and the number where Deno has none", () => {
  using directory = new TemporaryDirectory();
  assert.throws(() => Deno.openSync(directory.file("missing")), (error) => errnoOf(error) === "ENOENT");
  const numbered = (number: number) => new Error(`Something (os error ${number}): write`);
  assert.equal(errnoOf(numbered(27), "linux"), "EFBIG");
  assert.equal(errnoOf(numbered(122), "linux"), "EDQUOT");
  assert.equal(errnoOf(numbered(69), "darwin"), "EDQUOT");
  assert.equal(errnoOf(numbered(112), "windows"), "ENOSPC");
  assert.equal(errnoOf(numbered(9999), "linux"), "");
  assert.equal(errnoOf(new Error("no error of the system's")), "");
  assert.equal(errnoOf("text"), "");
});
