import assert from "node:assert/strict";
import { join } from "node:path";
import { isInstalled } from "../../support/commands.ts";
import { directoryState } from "../../support/directory_state.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { keptSettings, putArchiveWithSettings, readSetting, SAMPLE_SETTINGS } from "../../support/settings.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

testMore("restore --settings: what is in the way of one of them is found before the library is replaced", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
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
          "Move that out of the way, or extract the settings instead with: vpo-backup extract BACKUP --settings\n",
      );
    }
    assert.deepEqual([Deno.statSync(before).ino, Deno.statSync(before).mtime], [library.ino, library.mtime]);
    assert.equal(readSetting(home, "policies/movies.yaml"), null);
    Deno.removeSync(config);
  }
});

testWithSymlinks("restore --settings: no link leads a file out of the places of the settings", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
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
    const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
    const dotfiles = join(home.path, "dotfiles");
    Deno.mkdirSync(join(dotfiles, "policies"), { recursive: true });
    Deno.writeTextFileSync(join(dotfiles, "config.toml"), "mine");
    makeSymlink(join(dotfiles, "policies"), join(home.vpo, "policies"), "dir");
    makeSymlink(join(dotfiles, "config.toml"), join(home.vpo, "config.toml"));
    const { code, stderr } = await home.run(["--library", home.library, "restore", archive, "--yes", "--settings"]);
    assert.equal(code, 0, stderr);
    assert.equal(Deno.readTextFileSync(join(dotfiles, "config.toml")), SAMPLE_SETTINGS["config.toml"]);
    assert.equal(
      Deno.readTextFileSync(join(dotfiles, "policies", "movies.yaml")),
      SAMPLE_SETTINGS["policies/movies.yaml"],
    );
    assert(Deno.lstatSync(join(home.vpo, "config.toml")).isSymlink);
    const [kept = ""] = keptSettings(home);
    assert.equal(readSetting(home, `${kept}/config.toml`), "mine");
  },
  testMore,
);

testMore("restore --settings: where VPO_CONFIG_PATH and VPO_DATA_DIR say", async () => {
  using home = Home.withLibrary();
  const policy = { "data/policies/jobs.yaml": "jobs" };
  const archive = await putArchiveWithSettings(home, { ...SAMPLE_SETTINGS, ...policy });
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
  assert.equal(Deno.readTextFileSync(config), SAMPLE_SETTINGS["config.toml"]);
  assert.equal(Deno.readTextFileSync(join(home.path, "data", "policies", "jobs.yaml")), "jobs");
});

testMore(
  "restore --settings: without a home there is no place for them, and nobody who did not ask is told",
  async () => {
    using home = Home.withLibrary();
    const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
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

testMore("restore: a library elsewhere is restored where VPO's directory cannot be looked at", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
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
