import assert from "node:assert/strict";
import { readArchive, readMetadata } from "../../src/archive/read.ts";
import { tailBlock } from "../../src/archive/write.ts";
import { SettingsBundle, type SettingsEntry } from "../../src/store/settings/settings_index.ts";
import { readWhole, type Settings, writeOwnArchive } from "../support/archives.ts";
import { noise, prose, sha256 } from "../support/bytes.ts";
import { hasPython, isInstalled, run, runPython } from "../support/commands.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const BLOCK = 65_536;
const MIB = 1024 * 1024;
const DATABASE = prose(3 * 4096);
const LONG = `policies/${"directory/".repeat(50)}film.yaml`;
/** As long as a name can be in a header of its own, with `settings/` before it; the next one is longer. */
const FITS = `policies/${"x".repeat(100 - "settings/policies/".length)}`;

const SETTINGS: Settings = {
  "config.toml": prose(1000),
  "backup.toml": prose(512),
  "policies/film.yaml": prose(511),
  [LONG]: prose(300),
  [FITS]: prose(10),
  [`${FITS}x`]: prose(11),
  "profiles/é 日本 🎬.yaml": prose(20),
  "plugins/__init__.py": new Uint8Array(),
  "plugins/large.bin": noise(3 * BLOCK, 4),
  "data/policies/film.yaml": prose(30),
};

async function readSettings(path: string, directory: TemporaryDirectory): Promise<[SettingsEntry, Uint8Array][]> {
  using archive = Deno.openSync(path);
  using settings = new SettingsBundle(directory.file("unpacked"));
  await readArchive(archive, { begin() {}, write() {}, settings }, () => {});
  return settings.entries.map((entry) => [entry, settings.read(entry)]);
}

Deno.test("writeArchive: writes settings so that readArchive gives back the same, and the library with them", async () => {
  using directory = new TemporaryDirectory();
  const { path, metadata } = await writeOwnArchive(directory, DATABASE, 6, SETTINGS);
  const found = await readSettings(path, directory);
  assert.deepEqual(found.map(([{ name, mode, modified }]) => [name, mode, modified]), [
    ...Object.keys(SETTINGS).map((name) => [name, 0o600, 1_770_301_822]),
  ]);
  for (const [{ name, size, sha256: hash }, content] of found) {
    assert.deepEqual([size, hash], [content.length, sha256(content)]);
    assert.equal(hash, sha256(SETTINGS[name] ?? assert.fail()), name);
  }
  const whole = await readWhole(path);
  assert.deepEqual([whole.metadata, sha256(whole.database)], [metadata, sha256(DATABASE)]);
  const bytes = Object.values(SETTINGS).reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual(metadata.settings, { count: 10, total_bytes: bytes, blocks: 4 });
});

Deno.test("writeArchive: an archive without settings says so, one that is not asked says nothing", async () => {
  using directory = new TemporaryDirectory();
  const none = await writeOwnArchive(directory, DATABASE, 6, {});
  assert.deepEqual(none.metadata.settings, { count: 0, total_bytes: 0, blocks: 0 });
  assert.deepEqual((await readWhole(none.path)).metadata, none.metadata);
  const untold = await writeOwnArchive(directory, DATABASE);
  assert.equal(untold.metadata.settings, undefined);
});

for (const length of [BLOCK - 1024, BLOCK - 512, BLOCK - 511, 2 * BLOCK - 512, 10 * MIB]) {
  Deno.test(`writeArchive: writes settings of ${length} bytes so that readArchive gives back the same`, async () => {
    using directory = new TemporaryDirectory();
    const { path } = await writeOwnArchive(directory, DATABASE, 1, { "plugins/a": noise(length) });
    const [[entry] = assert.fail(), ...others] = await readSettings(path, directory);
    assert.deepEqual([entry.sha256, others.length], [sha256(noise(length)), 0]);
  });
}

Deno.test("writeArchive: settings do not get into the first block, which a listing reads", async () => {
  using directory = new TemporaryDirectory();
  const { path, metadata, head } = await writeOwnArchive(directory, DATABASE, 6, SETTINGS);
  const bytes = Deno.readFileSync(path);
  Deno.writeFileSync(path, bytes.fill(0, head.length, bytes.length - tailBlock().length));
  using archive = Deno.openSync(path);
  assert.deepEqual(await readMetadata(archive, () => assert.fail("it reads on")), metadata);
});

// Needs Python.
Deno.test({
  name: "writeArchive: makes what Python's tarfile reads as VPO does, settings and all",
  ignore: !hasPython,
  fn: async () => {
    using directory = new TemporaryDirectory();
    const { path, metadata } = await writeOwnArchive(directory, DATABASE, 6, SETTINGS);
    const program = `
import tarfile, hashlib
with tarfile.open(input, "r:gz") as tar:
    metadata = json.load(tar.extractfile(tar.getmember("backup_metadata.json")))
    library = tar.extractfile(tar.getmember("library.db")).read()
    members = [[m.name, m.isreg(), m.mode, m.mtime, hashlib.sha256(tar.extractfile(m).read()).hexdigest()] for m in tar]
print(json.dumps([metadata, hashlib.sha256(library).hexdigest(), members[1:-1]]))
`;
    const members = Object.entries(SETTINGS)
      .map(([name, content]) => [`settings/${name}`, true, 0o600, 1_770_301_822, sha256(content)]);
    assert.deepEqual(await runPython(program, path), [metadata, sha256(DATABASE), members]);
  },
});

// Needs GNU tar.
Deno.test({
  name: "writeArchive: makes what GNU tar unpacks, settings and all",
  ignore: !isInstalled("tar", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const { path } = await writeOwnArchive(directory, DATABASE, 6, SETTINGS);
    Deno.mkdirSync(directory.file("unpacked"));
    const unpacked = await run("tar", ["-C", directory.file("unpacked"), "-xzf", path]);
    assert.deepEqual([unpacked.code, unpacked.stderr], [0, ""]);
    for (const [name, content] of Object.entries(SETTINGS)) {
      assert.equal(sha256(Deno.readFileSync(directory.file(`unpacked/settings/${name}`))), sha256(content), name);
    }
  },
});
