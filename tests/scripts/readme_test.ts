import assert from "node:assert/strict";
import { withTables } from "../../scripts/readme.ts";

const README = new URL("../../README.md", import.meta.url);

Deno.test("README: its tables of exit codes and of grants are those in the code", () => {
  const readme = Deno.readTextFileSync(README);
  assert.equal(withTables(readme), readme, "run: deno task readme");
});

Deno.test("withTables: says which table has no place", () => {
  assert.throws(() => withTables("# A text\n"), /no "<!-- exit codes: written by deno task readme -->" before/);
});
