import assert from "node:assert/strict";
import { join } from "node:path";
import { ago, putBackups, putOtherLibrary } from "../support/history.ts";
import { Home } from "../support/home.ts";
import { lineageAt } from "../support/lineage.ts";

const DAY = 86_400;

Deno.test("askEngine: the command that replaces a damaged library names it and its backups, however they were named", async () => {
  using home = Home.withLibrary();
  const library = putOtherLibrary(home, "lib2.db");
  const lineage = lineageAt(library);
  const directory = join(home.path, "b2");
  await putBackups(home, ago(DAY));
  assert.equal((await home.run(["backup", "--library", library, "--backup-dir", directory, "--make-dir"])).code, 0);
  Deno.writeTextFileSync(library, "no library");
  const command = "restore latest --library HOME/lib2.db --backup-dir HOME/b2";
  const flags = ["--library", library, "--backup-dir", directory];
  const env = { VPO_DATABASE_PATH: library, VPO_BACKUP_DIR: directory };
  const hint = `\nReplace a damaged library with: vpo-backup ${command}\n`;
  for (const run of [home.run(["backup", ...flags]), home.run(["diff", "latest"], { env })]) {
    const { stderr } = await run;
    assert(home.masked(stderr).endsWith(hint), stderr);
  }
  const doctor = await home.run(["doctor", ...flags]);
  assert(home.masked(doctor.stdout).includes(`Replace it with: vpo-backup ${command}\n`), doctor.stdout);
  const { code } = await home.run([...command.replaceAll("HOME", home.path).split(" "), "--yes"]);
  assert.equal(code, 0);
  assert.equal(lineageAt(library), lineage);
});
