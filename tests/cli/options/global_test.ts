import assert from "node:assert/strict";
import { someOf, testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";

testMore("--format: json is what --json is, in both of VPO's spellings, and text is the default", async () => {
  using home = Home.withLibrary();
  const plan = async (...args: string[]) => home.masked((await home.run(["backup", "--dry-run", ...args])).stdout);
  const document = await plan("--json");
  const forms = [["--format", "json"], ["--format=json"], ["-f", "json"], ["-qf", "json"], [
    "--json",
    "--format",
    "text",
  ]];
  for (const args of someOf(forms, 2)) {
    assert.equal(await plan(...args), document);
  }
  assert.equal(await plan("--format", "text"), await plan());
});

testMore("--format: an error is a document, too, also one in the command line itself", async () => {
  using home = new Home();
  for (const form of someOf([["--format", "json"], ["--format=json"], ["-f", "json"], ["-vqf", "json"]], 2)) {
    for (
      const [args, code] of [[["backup"], "not_found"], [["backup", "--nope"], "usage"], [
        ["db", "backup"],
        "usage",
      ]] as const
    ) {
      const { stdout } = await home.run([...args, ...form]);
      assert.equal((JSON.parse(stdout) as { code: string }).code, code);
    }
  }
  const { stdout, stderr } = await home.run(["backup", "--format", "xml"]);
  assert.deepEqual([stdout, stderr.split("\n")[0]], [
    "",
    'Error: `-f`/`--format`: Expected one of "text", "json", and "prometheus", but got "xml"',
  ]);
});
