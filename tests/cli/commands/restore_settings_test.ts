import assert from "node:assert/strict";
import { join } from "node:path";
import { isInstalled } from "../../support/commands.ts";
import { directoryState } from "../../support/directory_state.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { putArchiveWithSettings } from "../../support/settings.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

const SETTINGS = {
  "config.toml": "[server]\nport = 8321\n",
  "backup.toml": "level = 3\n",
  "policies/movies.yaml": "schema_version: 12\n",
  "policies/more/séries.yaml": "",
  "profiles/fast.yaml": "fast",
  "plugins/hello/plugin.py": "print('hello')\n",
};
const PLUGIN = "plugins/hello/plugin.py";

function textOf(home: Home, name: string): string | null {
  try {
    return Deno.readTextFileSync(join(home.vpo, ...name.split("/")));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Texts of the settings of a home, by name; null for those that are missing. */
function settingsOf(home: Home): Record<string, string | null> {
  return Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, textOf(home, name)]));
}

/** The directories with settings that were replaced. */
function keptIn(home: Home): string[] {
  return Array.from(Deno.readDirSync(home.vpo), ({ name }) => name)
    .filter((name) => name.startsWith("settings.before-restore-")).sort();
}

Deno.test("restore: without a flag the settings stay, and one line says what of them the backup holds", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "# mine\n");
  const { code, stdout, stderr } = await home.run(["restore", archive, "--yes"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert(stdout.includes(
    `  Settings: 6 files
  Settings not restored: 5 missing here, 1 different here: plugins/hello/plugin.py, policies/more/séries.yaml, ` +
      `policies/movies.yaml, profiles/fast.yaml, backup.toml, config.toml; see --settings and --plugins
`,
  ));
  const none = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, null]));
  assert.deepEqual(settingsOf(home), { ...none, "config.toml": "# mine\n" });
  assert.deepEqual(keptIn(home), []);
});

Deno.test("restore --settings --plugins: a bare machine has all of VPO back, to the byte", async () => {
  using home = new Home();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  const moved = join(home.path, "backup.tar.gz");
  Deno.renameSync(archive, moved);
  Deno.removeSync(home.vpo, { recursive: true });
  const { code, stdout, stderr } = await home.run(["restore", moved, "--yes", "--settings", "--plugins"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert(stdout.includes("  Settings restored: 6 files: plugins/hello/plugin.py, policies/more/séries.yaml, "), stdout);
  assert.deepEqual(settingsOf(home), SETTINGS);
  assert(Deno.statSync(home.library).size > 0);
  assert.deepEqual(keptIn(home), []);
});

testMore("restore --settings: plugins stay where they are, and --plugins brings nothing else", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  const withSettings = await home.run(["restore", archive, "--yes", "--settings"]);
  assert(withSettings.stdout.includes("Settings not restored: 1 missing here: plugins/hello/plugin.py; see --plugins"));
  assert.deepEqual(settingsOf(home), { ...SETTINGS, [PLUGIN]: null });
  for (const name of Object.keys(SETTINGS).filter((name) => name !== PLUGIN)) {
    Deno.removeSync(join(home.vpo, ...name.split("/")));
  }
  assert.equal((await home.run(["restore", archive, "--yes", "--plugins", "-q"])).code, 0);
  const none = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, null]));
  assert.deepEqual(settingsOf(home), { ...none, [PLUGIN]: SETTINGS[PLUGIN] });
});

Deno.test("restore --settings: a machine that has newer ones loses none of them", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  Deno.mkdirSync(join(home.vpo, "policies"));
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "[server]\nport = 9999\n");
  Deno.writeTextFileSync(join(home.vpo, "policies", "movies.yaml"), "newer");
  Deno.writeTextFileSync(join(home.vpo, "policies", "mine.yaml"), "only here");
  const args = ["restore", archive, "--yes", "--settings", "--plugins", "--json"];
  const { code, stdout, stderr } = await home.run(args);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(settingsOf(home), SETTINGS);
  assert.equal(textOf(home, "policies/mine.yaml"), "only here");
  const [kept = ""] = keptIn(home);
  assert.equal(textOf(home, `${kept}/config.toml`), "[server]\nport = 9999\n");
  assert.equal(textOf(home, `${kept}/policies/movies.yaml`), "newer");
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
  assert.deepEqual(keptIn(home), [kept]);
});

Deno.test("restore --settings-only: mends a config.toml that cannot be parsed, and leaves the library alone", async () => {
  using home = Home.withLibrary();
  await putArchiveWithSettings(home, SETTINGS);
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "broken = [");
  assert.equal((await home.run(["restore", "latest", "--yes"])).code, 2, "for a library it must be sound");
  const library = Deno.statSync(home.library);
  const { code, stdout, stderr } = await home.run(["restore", "latest", "--yes", "--settings-only"]);
  assert.equal(code, 0, stderr);
  assert.match(home.masked(stdout), /^Restore of settings complete\.\n {2}Settings restored: 5 files: /);
  assert.deepEqual(settingsOf(home), { ...SETTINGS, [PLUGIN]: null });
  const [kept = ""] = keptIn(home);
  assert.equal(textOf(home, `${kept}/config.toml`), "broken = [");
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
  const archive = await putArchiveWithSettings(home, SETTINGS);
  Deno.truncateSync(archive, Deno.statSync(archive).size - 2000);
  const before = home.state();
  assert.equal((await home.run(["restore", archive, "--yes", "--settings-only"])).code, 46);
  assert.deepEqual(home.state(), before);
});

Deno.test("restore --settings: a dry run names what would be replaced, and changes nothing", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
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
  const archive = await putArchiveWithSettings(home, SETTINGS);
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
  const archive = await putArchiveWithSettings(home, { ...SETTINGS, "config.toml": config });
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
  assert.equal(textOf(home, "config.toml"), config);
  assert(Deno.statSync(media).size > 0);
});

testMore("restore --settings: a config.toml that VPO cannot read is told, and restored as it was", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, { "config.toml": "broken = [" });
  const { code, stderr } = await home.run(["restore", archive, "--yes", "--settings"]);
  assert.equal(code, 0);
  assert.match(stderr, /^Warning: VPO may not start with the config\.toml in the backup: .* line 1, column /);
  assert.equal(textOf(home, "config.toml"), "broken = [");
});

Deno.test("restore --settings: what is in the way of one of them is found before the library is replaced", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  const config = join(home.vpo, "config.toml");
  const obstacles: Record<string, () => void> = {
    "is a directory, not a file": () => Deno.mkdirSync(config),
    ...(isInstalled("mkfifo", "--version")
      ? { "is a pipe, not a file": () => void assert(isInstalled("mkfifo", config)) }
      : {}),
  };
  for (const [why, put] of someOf(Object.entries(obstacles), 1)) {
    put();
    const before = home.library;
    const library = Deno.statSync(before);
    for (const flags of [["--settings"], ["--settings-only"], ["--settings", "--dry-run"]]) {
      const { code, stderr } = await home.run(["--library", home.library, "restore", archive, "--yes", ...flags]);
      assert.equal(code, 40, stderr);
      assert.equal(
        home.masked(stderr),
        `Error: Cannot restore the settings: "HOME/.vpo/config.toml" ${why}\n` +
          "Move that out of the way, or extract the settings instead with: vpo-backup extract --settings\n",
      );
    }
    assert.deepEqual([Deno.statSync(before).ino, Deno.statSync(before).mtime], [library.ino, library.mtime]);
    assert.equal(textOf(home, "policies/movies.yaml"), null);
    Deno.removeSync(config);
  }
});

testWithSymlinks("restore --settings: no link leads a file out of the places of the settings", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  const elsewhere = join(home.path, "elsewhere");
  Deno.mkdirSync(elsewhere);
  Deno.mkdirSync(join(home.vpo, "policies"));
  makeSymlink(elsewhere, join(home.vpo, "policies", "more"), "dir");
  const before = home.state();
  const { code, stderr } = await home.run(["restore", archive, "--yes", "--settings"]);
  assert.deepEqual([code, home.masked(stderr).split("\n")[0]], [
    40,
    'Error: Cannot restore the settings: "HOME/.vpo/policies/more" is a link, not a directory',
  ]);
  assert.deepEqual(home.state(), before);
  assert.deepEqual(directoryState(elsewhere), {});
});

testWithSymlinks(
  "restore --settings: settings that their user keeps elsewhere stay there, and the links too",
  async () => {
    using home = Home.withLibrary();
    const archive = await putArchiveWithSettings(home, SETTINGS);
    const dotfiles = join(home.path, "dotfiles");
    Deno.mkdirSync(join(dotfiles, "policies"), { recursive: true });
    Deno.writeTextFileSync(join(dotfiles, "config.toml"), "mine");
    makeSymlink(join(dotfiles, "policies"), join(home.vpo, "policies"), "dir");
    makeSymlink(join(dotfiles, "config.toml"), join(home.vpo, "config.toml"));
    const { code, stderr } = await home.run(["--library", home.library, "restore", archive, "--yes", "--settings"]);
    assert.equal(code, 0, stderr);
    assert.equal(Deno.readTextFileSync(join(dotfiles, "config.toml")), SETTINGS["config.toml"]);
    assert.equal(Deno.readTextFileSync(join(dotfiles, "policies", "movies.yaml")), SETTINGS["policies/movies.yaml"]);
    assert(Deno.lstatSync(join(home.vpo, "config.toml")).isSymlink);
    const [kept = ""] = keptIn(home);
    assert.equal(textOf(home, `${kept}/config.toml`), "mine");
  },
  testMore,
);

testMore("restore --settings: where VPO_CONFIG_PATH and VPO_DATA_DIR say", async () => {
  using home = Home.withLibrary();
  const policy = { "data/policies/jobs.yaml": "jobs" };
  const archive = await putArchiveWithSettings(home, { ...SETTINGS, ...policy });
  const homeless = await home.run(["restore", archive, "--yes", "--settings-only"]);
  assert(homeless.stdout.includes("  Without a place here: data/policies/jobs.yaml\n"));
  const config = join(home.path, "etc", "vpo", "config.toml");
  const env = { VPO_CONFIG_PATH: config, VPO_DATA_DIR: join(home.path, "data") };
  const { code, stdout, stderr } = await home.run(["restore", archive, "--yes", "--settings-only"], { env });
  assert.equal(code, 0);
  assert.equal(
    stderr,
    `Warning: VPO_CONFIG_PATH is "${config}", which does not exist: VPO reads no config.toml until it does\n`,
  );
  assert(stdout.includes("  Settings restored: 2 files: data/policies/jobs.yaml, config.toml\n"), stdout);
  assert.equal(Deno.readTextFileSync(config), SETTINGS["config.toml"]);
  assert.equal(Deno.readTextFileSync(join(home.path, "data", "policies", "jobs.yaml")), "jobs");
});

testMore(
  "restore --settings: without a home there is no place for them, and nobody who did not ask is told",
  async () => {
    using home = Home.withLibrary();
    const archive = await putArchiveWithSettings(home, SETTINGS);
    const nowhere = { home: null, cwd: home.path };
    const library = ["--library", home.library, "restore", archive, "--yes"];
    for (const flag of ["--settings", "--plugins", "--settings-only"]) {
      const { code, stderr } = await home.run([...library, flag], nowhere);
      assert.equal(code, 2);
      assert.match(stderr, /^Error: Cannot tell where the settings go: HOME is not set, or out of reach\n/);
    }
    const { code, stdout } = await home.run(library, nowhere);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /Settings/);
  },
);

Deno.test("undo: puts the library back, and says where the settings lie that were replaced with it", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "# mine\n");
  Deno.mkdirSync(join(home.vpo, "settings.before-restore-2026-01-01T00-00-00Z"));
  assert.equal((await home.run(["restore", archive, "--yes", "--settings", "-q"])).code, 0);
  const kept = join(home.vpo, keptIn(home)[1] ?? "");
  const undone = await home.run(["undo", "--yes"]);
  assert.deepEqual([undone.code, undone.stderr], [0, ""]);
  assert(undone.stdout.includes(`\n  Settings that were replaced are kept in: ${kept}\n`), undone.stdout);
  assert.equal(undone.stdout.match(/Settings that were replaced/g)?.length, 1);
  assert.equal(textOf(home, "config.toml"), SETTINGS["config.toml"]);
  // Those that were replaced long before the library was set aside have nothing to do with it.
  Deno.renameSync(kept, join(home.vpo, "settings.before-restore-2026-01-02T00-00-00Z"));
  const again = await home.run(["undo", "--yes", "--json"]);
  assert.deepEqual((JSON.parse(again.stdout) as { kept_settings_paths: unknown }).kept_settings_paths, []);
});

testMore("restore: a library elsewhere is restored where VPO's directory cannot be looked at", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  const [library, moved] = [join(home.path, "library.db"), join(home.path, "backup.tar.gz")];
  Deno.renameSync(home.library, library);
  Deno.renameSync(archive, moved);
  Deno.removeSync(home.vpo, { recursive: true });
  Deno.writeTextFileSync(home.vpo, "no directory");
  const { code, stdout, stderr } = await home.run(["--library", library, "restore", moved, "--yes"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.doesNotMatch(stdout, /Settings/);
});

Deno.test("restore --settings, extract --settings: hostile names in an archive get nowhere, and nothing is changed", async () => {
  const hostile: Readonly<Record<string, readonly string[]>> = {
    "a way out": ["policies/../../../evil"],
    "a full path": ["/etc/evil"],
    "another place": ["library.db"],
    "no name": ["policies//a"],
    "a backslash": ["policies\\..\\..\\evil"],
    "names that differ by case": ["policies/a.yaml", "policies/A.yaml"],
    "names that differ by composition": ["policies/\u00e9.yaml", "policies/e\u0301.yaml"],
    "a file that is a directory, too": ["policies/a", "policies/a/b"],
  };
  for (const [what, names] of someOf(Object.entries(hostile), 1)) {
    using home = Home.withLibrary();
    const archive = await putArchiveWithSettings(home, Object.fromEntries(names.map((name) => [name, "evil"])));
    const before = home.state();
    for (
      const args of [
        ["restore", archive, "--yes", "--settings"],
        ["restore", archive, "--yes", "--settings-only"],
        ["extract", archive, "--settings", "-o", "out"],
      ]
    ) {
      const { code, stdout } = await home.run(args);
      assert.deepEqual([code, stdout], [46, ""], what);
      assert.deepEqual(home.state(), before, what);
    }
  }
});
