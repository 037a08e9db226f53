import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf, testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { keptSettings, putArchiveWithSettings, readSetting, SAMPLE_SETTINGS } from "../../support/settings.ts";

const PLUGIN = "plugins/hello/plugin.py";

/** Texts of the settings of a home, by name; null for those that are missing. */
function settingsOf(home: Home): Record<string, string | null> {
  return Object.fromEntries(Object.keys(SAMPLE_SETTINGS).map((name) => [name, readSetting(home, name)]));
}

Deno.test("restore: without a flag the settings stay, and one line says what of them the backup holds", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "# mine\n");
  const { code, stdout, stderr } = await home.run(["restore", archive, "--yes"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert(stdout.includes(
    `  Settings: 6 files
  Settings not restored: 5 missing here, 1 different here: plugins/hello/plugin.py, policies/more/séries.yaml, ` +
      `policies/movies.yaml, profiles/fast.yaml, backup.toml, config.toml; see --settings and --plugins
`,
  ));
  const none = Object.fromEntries(Object.keys(SAMPLE_SETTINGS).map((name) => [name, null]));
  assert.deepEqual(settingsOf(home), { ...none, "config.toml": "# mine\n" });
  assert.deepEqual(keptSettings(home), []);
});

Deno.test("restore --settings --plugins: a bare machine has all of VPO back, to the byte", async () => {
  using home = new Home();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  const moved = join(home.path, "backup.tar.gz");
  Deno.renameSync(archive, moved);
  Deno.removeSync(home.vpo, { recursive: true });
  const { code, stdout, stderr } = await home.run(["restore", moved, "--yes", "--settings", "--plugins"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert(stdout.includes("  Settings restored: 6 files: plugins/hello/plugin.py, policies/more/séries.yaml, "), stdout);
  assert.deepEqual(settingsOf(home), SAMPLE_SETTINGS);
  assert(Deno.statSync(home.library).size > 0);
  assert.deepEqual(keptSettings(home), []);
});

testMore("restore --settings: plugins stay where they are, and --plugins brings nothing else", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  const withSettings = await home.run(["restore", archive, "--yes", "--settings"]);
  assert(withSettings.stdout.includes("Settings not restored: 1 missing here: plugins/hello/plugin.py; see --plugins"));
  assert.deepEqual(settingsOf(home), { ...SAMPLE_SETTINGS, [PLUGIN]: null });
  for (const name of Object.keys(SAMPLE_SETTINGS).filter((name) => name !== PLUGIN)) {
    Deno.removeSync(join(home.vpo, ...name.split("/")));
  }
  assert.equal((await home.run(["restore", archive, "--yes", "--plugins", "-q"])).code, 0);
  const none = Object.fromEntries(Object.keys(SAMPLE_SETTINGS).map((name) => [name, null]));
  assert.deepEqual(settingsOf(home), { ...none, [PLUGIN]: SAMPLE_SETTINGS[PLUGIN] });
});

Deno.test("restore --settings: a machine that has newer ones loses none of them", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  Deno.mkdirSync(join(home.vpo, "policies"));
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "[server]\nport = 9999\n");
  Deno.writeTextFileSync(join(home.vpo, "policies", "movies.yaml"), "newer");
  Deno.writeTextFileSync(join(home.vpo, "policies", "mine.yaml"), "only here");
  const args = ["restore", archive, "--yes", "--settings", "--plugins", "--json"];
  const { code, stdout, stderr } = await home.run(args);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(settingsOf(home), SAMPLE_SETTINGS);
  assert.equal(readSetting(home, "policies/mine.yaml"), "only here");
  const [kept = ""] = keptSettings(home);
  assert.equal(readSetting(home, `${kept}/config.toml`), "[server]\nport = 9999\n");
  assert.equal(readSetting(home, `${kept}/policies/movies.yaml`), "newer");
  const { settings } = JSON.parse(stdout) as { settings: Record<string, unknown> };
  assert.deepEqual(settings, {
    count: 6,
    missing: [PLUGIN, "policies/more/séries.yaml", "profiles/fast.yaml", "backup.toml"],
    different: ["policies/movies.yaml", "config.toml"],
    without_place: [],
    restored: [
      PLUGIN,
      "policies/more/séries.yaml",
      "policies/movies.yaml",
      "profiles/fast.yaml",
      "backup.toml",
      "config.toml",
    ],
    previous_path: join(home.vpo, kept),
  });
  // Once more there is nothing to be done, and nothing is kept.
  const again = await home.run(args);
  assert.deepEqual((JSON.parse(again.stdout) as { settings: { restored: unknown } }).settings.restored, []);
  assert.deepEqual(keptSettings(home), [kept]);
});

Deno.test("restore --settings-only: mends a config.toml that cannot be parsed, and leaves the library alone", async () => {
  using home = Home.withLibrary();
  await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "broken = [");
  assert.equal((await home.run(["restore", "latest", "--yes"])).code, 2, "for a library it must be sound");
  const library = Deno.statSync(home.library);
  const { code, stdout, stderr } = await home.run(["restore", "latest", "--yes", "--settings-only"]);
  assert.equal(code, 0, stderr);
  assert.match(home.masked(stdout), /^Restore of settings complete\.\n {2}Settings restored: 5 files: /);
  assert.deepEqual(settingsOf(home), { ...SAMPLE_SETTINGS, [PLUGIN]: null });
  const [kept = ""] = keptSettings(home);
  assert.equal(readSetting(home, `${kept}/config.toml`), "broken = [");
  const now = Deno.statSync(home.library);
  assert.deepEqual([now.ino, now.mtime], [library.ino, library.mtime]);
  assert.deepEqual(Array.from(Deno.readDirSync(home.vpo)).filter(({ name }) => name.startsWith("library.db.")), []);
});

testMore("restore --settings-only: VPO's archives hold none, and a damaged one is refused", async () => {
  using home = Home.withLibrary();
  const theirs = home.putArchive(VPO_ARCHIVES.present, "vpo-library-2026-01-01T00-00-00Z.tar.gz");
  const none = await home.run(["restore", theirs, "--yes", "--settings-only"]);
  assert.deepEqual([none.code, none.stderr], [0, ""]);
  assert.match(none.stdout, /^The backup holds no settings\.\n/);
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  Deno.truncateSync(archive, Deno.statSync(archive).size - 2000);
  const before = home.state();
  assert.equal((await home.run(["restore", archive, "--yes", "--settings-only"])).code, 46);
  assert.deepEqual(home.state(), before);
});

Deno.test("restore --settings: a dry run names what would be replaced, and changes nothing", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "# mine\n");
  const before = home.state();
  for (const only of someOf([[], ["--settings-only"]], 1)) {
    const { code, stdout, stderr } = await home.run(["restore", archive, "--dry-run", "--settings", ...only]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert(
      stdout.includes(
        `  Settings: 6 files
  Missing here: policies/more/séries.yaml, policies/movies.yaml, profiles/fast.yaml, backup.toml
  Different here: config.toml
  Settings not restored: 1 missing here: plugins/hello/plugin.py; see --plugins
`,
      ),
      stdout,
    );
    assert.deepEqual(home.state(), before);
  }
});

testMore("restore: a bare machine is told that VPO needs settings, and where they are", async () => {
  const bare = 'Warning: VPO does not start without settings, and there is no "HOME/.vpo/config.toml"';
  using home = new Home();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  const { stderr } = await home.run(["restore", archive, "--yes"]);
  assert.equal(home.masked(stderr), `${bare}: this backup holds one, which --settings restores\n`);
  using other = new Home();
  const theirs = other.putArchive(VPO_ARCHIVES.present);
  const without = await other.run(["restore", theirs, "--yes"]);
  assert.equal(other.masked(without.stderr), `${bare}: this backup holds none, make a new one with: vpo init\n`);
});

Deno.test("restore --settings: a config.toml that has VPO open another library is decided before anything changes", async () => {
  using home = Home.withLibrary();
  const media = join(home.path, "media.db");
  const config = `database_path = '${media}'\n`;
  const archive = await putArchiveWithSettings(home, { ...SAMPLE_SETTINGS, "config.toml": config });
  const before = home.state();
  const refused = await home.run(["restore", archive, "--yes", "--settings"]);
  assert.equal(refused.code, 2);
  const what =
    'with the config.toml in the backup VPO opens "HOME/media.db", but the library goes to "HOME/.vpo/library.db"';
  assert.equal(
    home.masked(refused.stderr).split("\n")[0],
    `Error: Cannot restore the settings: ${what}`,
  );
  assert.match(refused.stderr, /\nSay which one you mean: --library .* or --library /);
  assert.deepEqual(home.state(), before);
  // The library stays where it is for those who say so.
  const stays = await home.run(["--library", home.library, "restore", archive, "--yes", "--settings"]);
  assert.equal(home.masked(stays.stderr), `Warning: ${what}\n`);
  assert.equal(stays.code, 0);
  Deno.removeSync(join(home.vpo, "config.toml"));
  const goes = await home.run(["--library", media, "restore", archive, "--yes", "--settings"]);
  assert.deepEqual([goes.code, goes.stderr], [0, ""]);
  assert.equal(readSetting(home, "config.toml"), config);
  assert(Deno.statSync(media).size > 0);
});

testMore("restore --settings: a config.toml that VPO cannot read is told, and restored as it was", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, { "config.toml": "broken = [" });
  const { code, stderr } = await home.run(["restore", archive, "--yes", "--settings"]);
  assert.equal(code, 0);
  assert.match(stderr, /^Warning: VPO may not start with the config\.toml in the backup: .* line 1, column /);
  assert.equal(readSetting(home, "config.toml"), "broken = [");
});

testMore("undo: puts the library back, and says where the settings lie that were replaced with it", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "# mine\n");
  Deno.mkdirSync(join(home.vpo, "settings.before-restore-2026-01-01T00-00-00Z"));
  assert.equal((await home.run(["restore", archive, "--yes", "--settings", "-q"])).code, 0);
  const kept = join(home.vpo, keptSettings(home)[1] ?? "");
  const undone = await home.run(["undo", "--yes"]);
  assert.deepEqual([undone.code, undone.stderr], [0, ""]);
  assert(undone.stdout.includes(`\n  Settings that were replaced are kept in: ${kept}\n`), undone.stdout);
  assert.equal(undone.stdout.match(/Settings that were replaced/g)?.length, 1);
  assert.equal(readSetting(home, "config.toml"), SAMPLE_SETTINGS["config.toml"]);
  // Those that were replaced long before the library was set aside have nothing to do with it.
  Deno.renameSync(kept, join(home.vpo, "settings.before-restore-2026-01-02T00-00-00Z"));
  const again = await home.run(["undo", "--yes", "--json"]);
  assert.deepEqual((JSON.parse(again.stdout) as { kept_settings_paths: unknown }).kept_settings_paths, []);
});
