import assert from "node:assert/strict";
import { join } from "node:path";
import { readArchive } from "../../../src/archive/read.ts";
import { SettingsBundle } from "../../../src/store/settings/settings_index.ts";
import { noise } from "../../support/bytes.ts";
import { hasPython, runPython } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { FILE_SYSTEMS } from "../../support/surroundings/mounts.ts";
import { testWithSymlinks } from "../../support/symlinks.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";
import { BINARY, narrowPermissions } from "../../support/program.ts";

const CONFIG = '[server]\nauth_token = "secret"\n';
const POLICY = "schema_version: 13\n";

/** A home with a library and with settings. */
function homeWithSettings(): Home {
  const home = Home.withLibrary();
  put(home, ".vpo/config.toml", CONFIG);
  put(home, ".vpo/policies/film.yaml", POLICY);
  put(home, ".vpo/profiles/default.yaml", "name: default\n");
  put(home, ".vpo/plugins/own/__init__.py", "");
  put(home, ".vpo/plugins/own/__pycache__/x.pyc", "made by Python");
  return home;
}

function put(home: Home, path: string, content: string | Uint8Array): string {
  const whole = join(home.path, path);
  Deno.mkdirSync(join(whole, ".."), { recursive: true });
  Deno.writeFileSync(whole, typeof content === "string" ? new TextEncoder().encode(content) : content);
  return whole;
}

const IN_ARCHIVE = {
  "config.toml": CONFIG,
  "policies/film.yaml": POLICY,
  "profiles/default.yaml": "name: default\n",
  "plugins/own/__init__.py": "",
};

/** The settings in the one archive of a home. */
async function settingsIn(path: string): Promise<Record<string, string>> {
  using archive = Deno.openSync(path);
  using directory = new TemporaryDirectory();
  using settings = new SettingsBundle(directory.file("settings"));
  await readArchive(archive, { begin() {}, write() {}, settings }, () => {});
  const text = new TextDecoder();
  const content = settings.entries.map((entry) => [entry.name, text.decode(settings.read(entry))]);
  return Object.fromEntries(content);
}

function archiveOf(home: Home): string {
  const [name = assert.fail(), ...others] = home.archives().filter((name) => name.endsWith(".tar.gz"));
  assert.deepEqual(others, []);
  return join(home.backups, name);
}

testMore("backup --config: takes along the rules that the option names, not those in the usual place", async () => {
  using home = homeWithSettings();
  put(home, ".vpo/backup.toml", "keep_last = 7\n");
  const rules = put(home, "mine.toml", "keep_last = 3\n");
  assert.equal((await home.run(["backup", "-q", "--config", rules])).code, 0);
  assert.deepEqual(await settingsIn(archiveOf(home)), { ...IN_ARCHIVE, "backup.toml": "keep_last = 3\n" });
  put(home, "mine.toml", "keep_last = 4\n");
  const restored = await home.run(["restore", "latest", "--settings-only", "--yes", "--config", rules]);
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal(Deno.readTextFileSync(rules), "keep_last = 3\n");
  assert.equal(Deno.readTextFileSync(join(home.vpo, "backup.toml")), "keep_last = 7\n");
});

Deno.test("backup: takes the settings along, and leaves them as they are", async () => {
  using home = homeWithSettings();
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["backup"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const bytes = Object.values(IN_ARCHIVE).reduce((sum, { length }) => sum + length, 0);
  assert.match(
    stdout,
    new RegExp(`^ {2}Files in library: 400\n {2}Settings: 4 files \\(${bytes} B\\)\n {2}Verified`, "m"),
  );
  assert.deepEqual(await settingsIn(archiveOf(home)), IN_ARCHIVE);
  const after = Object.entries(home.state()).filter(([path]) => !path.includes("backups"));
  assert.deepEqual(Object.fromEntries(after), before);
});

Deno.test("backup --no-settings: leaves them out, and says nothing of them", async () => {
  using home = homeWithSettings();
  const { code, stdout, stderr } = await home.run(["backup", "--no-settings", "--json"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal((JSON.parse(stdout) as { settings: unknown }).settings, null);
  assert.deepEqual(await settingsIn(archiveOf(home)), {});
  assert.equal((await home.run(["backup", "--no-settings", "--settings"])).code, 2);
});

testMore("backup --dry-run: says how many settings there are", async () => {
  using home = homeWithSettings();
  const { stdout } = await home.run(["backup", "--dry-run"]);
  assert.match(stdout, /^ {2}Settings: 4 files/m);
});

Deno.test("backup: settings that cannot be taken are named, and the backup is made all the same", async () => {
  using home = homeWithSettings();
  put(home, ".vpo/policies/large.bin", new Uint8Array(10 * 1024 * 1024 + 1));
  const { code, stderr } = await home.run(["backup"]);
  const warning = 'Warning: the settings file "policies/large.bin" is left out: it is larger than 10 MB\n';
  assert.deepEqual([code, stderr], [0, warning]);
  assert.deepEqual(await settingsIn(archiveOf(home)), IN_ARCHIVE);
});

testMore(
  "backup: takes the policies of VPO_DATA_DIR and the config.toml of VPO_CONFIG_PATH, wherever they are",
  async () => {
    using home = homeWithSettings();
    put(home, "data/policies/film.yaml", "another of that name\n");
    const config = put(home, "etc/vpo.toml", "# another\n");
    const env = { VPO_DATA_DIR: join(home.path, "data"), VPO_CONFIG_PATH: config };
    const { code, stderr } = await home.run(["backup"], { env });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(await settingsIn(archiveOf(home)), {
      ...IN_ARCHIVE,
      "config.toml": "# another\n",
      "data/policies/film.yaml": "another of that name\n",
    });
  },
);

testWithSymlinks("backup: follows config.toml to a file of the same user, and no other link", async () => {
  using home = homeWithSettings();
  Deno.removeSync(join(home.vpo, "config.toml"));
  Deno.symlinkSync(put(home, "dotfiles/vpo.toml", CONFIG), join(home.vpo, "config.toml"));
  Deno.symlinkSync(put(home, "dotfiles/secret", "secret"), join(home.vpo, "policies", "link.yaml"));
  const { code, stderr } = await home.run(["backup"]);
  assert.equal(code, 0);
  assert.match(stderr, /"policies\/link\.yaml" is left out: it is a link/);
  assert.deepEqual(await settingsIn(archiveOf(home)), IN_ARCHIVE);
});

testWithSymlinks(
  "backup: a place of settings that leads nowhere or in a circle is left out, and that is said",
  async () => {
    for (const target of ["policies", "missing"]) {
      using home = homeWithSettings();
      Deno.removeSync(join(home.vpo, "policies"), { recursive: true });
      Deno.symlinkSync(target, join(home.vpo, "policies"));
      const { code, stderr } = await home.run(["backup"]);
      assert.equal(code, 0);
      assert.match(stderr, /"policies" is left out: it is a link/, target);
    }
  },
  testMore,
);

testMore("backup --skip-unchanged: settings that have changed are reason enough for a backup", async () => {
  using home = homeWithSettings();
  const count = async () => {
    assert.equal((await home.run(["backup", "--skip-unchanged"])).code, 0);
    return home.archives().filter((name) => name.endsWith(".tar.gz")).length;
  };
  assert.deepEqual([await count(), await count()], [1, 1]);
  put(home, ".vpo/policies/film.yaml", POLICY.replace("13", "14"));
  assert.deepEqual([await count(), await count()], [2, 2]);
});

testMore("backup: the same settings are not packed again", async () => {
  using home = homeWithSettings();
  put(home, ".vpo/plugins/own/large.bin", noise(3 * 65_536, 3));
  assert.equal((await home.run(["backup"])).code, 0);
  const { stdout } = await home.run(["backup", "--json"]);
  const { archive_size_bytes: size, reused_bytes: reused } = JSON.parse(stdout) as Record<string, number>;
  assert((reused ?? 0) > (size ?? 0) - 10_000, `${reused} of ${size}`);
});

// An executable has grants of its own.
testMore({
  name: "backup: settings out of the sandbox's reach are none",
  ignore: BINARY !== undefined,
  async fn() {
    using home = homeWithSettings();
    const library = join(home.path, "library");
    Deno.mkdirSync(library);
    Deno.renameSync(home.library, join(library, "library.db"));
    Deno.mkdirSync(home.backups);
    const permissions = narrowPermissions([library, home.backups], [library, home.backups]);
    const { code, stdout, stderr } = await home.run(
      ["backup", "--json", "--make-dir", "--library", join(library, "library.db"), "--backup-dir", home.backups],
      { permissions },
    );
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual((JSON.parse(stdout) as { settings: unknown }).settings, { count: 0, total_bytes: 0 });
  },
});

// Needs root, FUSE and exfat-fuse.
Deno.test({
  name: "backup: where others could read the archive, settings go in with --settings only",
  ignore: !FILE_SYSTEMS.exfat.can,
  async fn() {
    using home = homeWithSettings();
    using _mount = FILE_SYSTEMS.exfat.mount(home.backups);
    const without = await home.run(["backup"]);
    assert.equal(without.code, 0, without.stderr);
    assert.match(without.stderr, /settings are left out: others could read what is in ".*backups"/);
    assert.deepEqual(await settingsIn(archiveOf(home)), {});
    Deno.removeSync(archiveOf(home));
    const quiet = await home.run(["backup", "--no-settings"]);
    assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
    Deno.removeSync(archiveOf(home));
    const insisting = await home.run(["backup", "--settings"]);
    assert.deepEqual([insisting.code, insisting.stderr], [0, ""]);
    assert.deepEqual(await settingsIn(archiveOf(home)), IN_ARCHIVE);
  },
});

// Needs root, FUSE and exfat-fuse.
testMore({
  name: "backup --copy-to: where others could read the copy, settings go in with --settings only",
  ignore: !FILE_SYSTEMS.exfat.can,
  async fn() {
    using home = homeWithSettings();
    const second = join(home.path, "second");
    using _mount = FILE_SYSTEMS.exfat.mount(second);
    const without = await home.run(["backup", "--copy-to", second, "--make-dir"]);
    assert.equal(without.code, 0, without.stderr);
    assert.match(without.stderr, /settings are left out: others could read what is in ".*second"/);
    assert.deepEqual(await settingsIn(archiveOf(home)), {});
    Deno.removeSync(archiveOf(home));
    const insisting = await home.run(["backup", "--copy-to", second, "--settings"]);
    assert.deepEqual([insisting.code, insisting.stderr], [0, ""]);
    assert.deepEqual(await settingsIn(archiveOf(home)), IN_ARCHIVE);
  },
});

// Needs Python.
testMore({
  name: "backup: VPO reads an archive with settings as it reads one without",
  ignore: !hasPython,
  async fn() {
    using home = homeWithSettings();
    await home.run(["backup"]);
    const program = `
import tarfile
with tarfile.open(input, "r:gz") as archive:
    metadata = json.load(archive.extractfile(archive.getmember("backup_metadata.json")))
    library = archive.getmember("library.db")
    print(json.dumps([metadata["database_size_bytes"] == library.size, len(archive.extractfile(library).read())]))
`;
    assert.deepEqual(await runPython(program, archiveOf(home)), [true, 794_624]);
  },
});
