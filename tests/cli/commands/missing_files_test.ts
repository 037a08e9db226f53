import assert from "node:assert/strict";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";

/** A home whose backup knows two files as missing, of which VPO has found one since, and missed a third. */
async function homeWithMissing(): Promise<Home> {
  const home = Home.withLibrary();
  execute(home.library, "UPDATE files SET scan_status = 'missing' WHERE id IN (1, 2)");
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  execute(
    home.library,
    "UPDATE files SET scan_status = 'ok' WHERE id = 1; UPDATE files SET scan_status = 'missing' WHERE id = 3",
  );
  return home;
}

testMore("diff: a file that VPO marks missing on one side only is not unchanged", async () => {
  using home = await homeWithMissing();
  const { stdout } = await home.run(["diff", "--files", "--json"]);
  const { files, differences } = JSON.parse(stdout) as {
    files: { changed_count: number; unchanged_count: number };
    differences: { fields: string[] }[];
  };
  assert.deepEqual([files.changed_count, files.unchanged_count], [2, 398]);
  assert.deepEqual(differences.flatMap(({ fields }) => fields).sort(), ["found_again", "missing"]);
  const human = (await home.run(["diff", "--files"])).stdout;
  assert.match(human, /^~ \/srv\/.* \(missing\)$/m);
  assert.match(human, /^~ \/srv\/.* \(found again\)$/m);
});

testMore("restore: what VPO has missed or found since the backup counts as changed", async () => {
  using home = await homeWithMissing();
  const { stdout } = await home.run(["restore", "latest", "--dry-run"]);
  assert.match(stdout, /^ {2}Changed: 2 files; unchanged: 398 files$/m);
});

testMore("show: files that VPO marks missing are counted, and containers are those that VPO found", async () => {
  using home = await homeWithMissing();
  const { stdout } = await home.run(["show", "latest"]);
  assert.match(stdout, /^Missing: 2 files \([\d.]+ [GT]B\) that VPO did not find at its last scan$/m);
  assert.match(stdout, /^matroska,webm +400 /m);
});
