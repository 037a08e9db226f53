import assert from "node:assert/strict";
import { withReleases } from "../../scripts/installers.ts";

// No PowerShell can be had here to run it with; what it is not to do is read off its text.
Deno.test("install.ps1: all behind its parameters is one block that the last line closes, so that no half of it runs", () => {
  const lines = Deno.readTextFileSync(new URL("../../scripts/install.ps1", import.meta.url)).trimEnd().split("\n");
  const start = lines.findIndex((line) => line.startsWith(") & {"));
  assert.notEqual(start, -1);
  assert.deepEqual(lines.slice(0, start).filter((line) => !/^( {2}|#|\[CmdletBinding\(\)\]$|param\($)/.test(line)), []);
  // Braces in texts are pairs, too.
  const depths = lines.slice(start).map((line) => (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length);
  let depth = 0;
  for (const [index, change] of depths.entries()) {
    depth += change;
    assert(index === depths.length - 1 ? depth === 0 : depth > 0, lines[start + index]);
  }
});

Deno.test("installers: both know where the releases are after withReleases, and only of https", () => {
  for (const name of ["install.sh", "install.ps1"]) {
    const script = Deno.readTextFileSync(new URL(`../../scripts/${name}`, import.meta.url));
    const made = withReleases(script, "https://host.example/owner/project/releases/");
    assert(made.includes("https://host.example/owner/project/releases"));
    assert.equal(made.includes("@RELEASES@"), false);
    for (const wrong of ["http://host.example/", "https://host.example/'; rm -rf ~; '", ""]) {
      assert.throws(() => withReleases(script, wrong), /not an address/);
    }
  }
});
