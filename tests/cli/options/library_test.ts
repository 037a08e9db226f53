import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { ADVICE, completed, FIND_SOUND_BACKUPS, namingOptions, typedOption } from "../../../src/program.ts";
import { putOtherLibrary } from "../../support/history.ts";
import { Home } from "../../support/home.ts";

/** What is hinted at last. */
async function hint(home: Home, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr } = await home.run(args, { env });
  return (stdout + stderr).trimEnd().split("\n").at(-1) ?? "";
}

Deno.test("withCompletedHint: an advised command means the library and the backups of the run that advises it", async () => {
  using home = Home.withLibrary();
  // Extracting a library into its own directory is refused.
  Deno.mkdirSync(join(home.path, "own"));
  const library = putOtherLibrary(home, join("own", "library.db"));
  const directory = join(home.path, "b 2");
  const named = ["--library", library, "--backup-dir", directory];
  assert.equal((await home.run(["backup", ...named, "--make-dir"])).code, 0);
  const cut = join(directory, "vpo-library-2026-01-01T00-00-00Z.tar.gz");
  Deno.writeTextFileSync(cut, "cut");
  const hints: readonly (readonly [string, ...string[]])[] = [
    [ADVICE.listBackups, "verify", "lost"],
    [ADVICE.listBackupsInstead, "undo", "--yes"],
    [ADVICE.listPrevious, "undo", "lost", "--yes"],
    [ADVICE.putInPlace, "extract", "latest", "--output", dirname(library)],
    [FIND_SOUND_BACKUPS, "show", cut],
  ];
  const env = { VPO_DATABASE_PATH: library, VPO_BACKUP_DIR: directory };
  for (const [advice, ...args] of hints) {
    const expected = advice + namingOptions({ library, directory });
    assert.equal(await hint(home, [...args, ...named]), expected);
    assert.equal(await hint(home, args, env), expected);
  }
});

Deno.test("withCompletedHint: settings are restored from the backups that were named", async () => {
  using home = Home.withLibrary();
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "=");
  const directory = join(home.path, "b 2");
  const expected = ADVICE.restoreSettings + namingOptions({ library: null, directory });
  assert.equal(await hint(home, ["backup", "--backup-dir", directory]), expected);
});

Deno.test("readBackupConfig: where a file that was named is missing, the hint names it for the command that writes one", async () => {
  using home = Home.withLibrary();
  const path = join(home.path, "my rules.toml");
  assert.equal(
    await hint(home, ["backup", "--config", path]),
    `Write a new one with: vpo-backup config init ${typedOption("--config", path)}`,
  );
});

Deno.test("completed: nothing is added to a hint that may have names in it, or where nothing has to be named", () => {
  const names = { library: "/l", directory: "/b" };
  for (const own of ["Restore that with: vpo-backup restore a", `${ADVICE.listBackups} `]) {
    assert.equal(completed(own, names), own);
  }
  assert.equal(completed(ADVICE.listBackups, { library: null, directory: null }), ADVICE.listBackups);
});
