import assert from "node:assert/strict";
import { withExitCodes } from "../../scripts/readme.ts";

const README = new URL("../../README.md", import.meta.url);

Deno.test("README: its table of exit codes is the one in the code", () => {
  const readme = Deno.readTextFileSync(README);
  assert.equal(withExitCodes(readme), readme, "run: deno task readme");
});
