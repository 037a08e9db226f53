import assert from "node:assert/strict";
import { VERSION } from "../../../src/version.ts";
import { Home } from "../../support/home.ts";
import { BINARY } from "../../support/program.ts";

Deno.test("version: tells what the program is made of", async () => {
  using home = new Home();
  const { code, stdout, stderr } = await home.run(["version"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const [, commit = "", deno = ""] = /^vpo-backup \S+\n {2}Commit: (.+)\n {2}Deno: {3}(\S+)\n/.exec(stdout) ?? [];
  assert(stdout.startsWith(`vpo-backup ${VERSION}\n`));
  if (BINARY === undefined) assert.deepEqual([commit, deno], ["unknown, run from source", Deno.version.deno]);
  assert.match(stdout, /\n {2}SQLite: 3\.\d+\.\d+\n {2}Target: \S+\n$/);
});

Deno.test("version: --json has the same in one document, and --quiet does not silence it", async () => {
  using home = new Home();
  const { code, stdout } = await home.run(["version", "--json"]);
  const document = JSON.parse(stdout) as Record<string, string | null>;
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(document), [
    "success",
    "version",
    "commit",
    "deno",
    "v8",
    "sqlite",
    "target",
    "warnings",
  ]);
  assert.equal(document["version"], VERSION);
  assert.equal(document["target"], Deno.build.target);
  if (BINARY === undefined) assert.equal(document["commit"], null);
  else assert.match(document["commit"] ?? "", /^[0-9a-f]{40}\+?$/);
  assert.notEqual((await home.run(["version", "--quiet"])).stdout, "");
});
