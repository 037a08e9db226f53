import assert from "node:assert/strict";
import { join } from "node:path";
import { backedUp, flipBlock } from "../../support/backed_up.ts";
import { sha256 } from "../../support/bytes.ts";
import { execute } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";
import { putArchiveWithSettings } from "../../support/settings.ts";
import { canMount, mountMemory } from "../../support/surroundings/mounts.ts";

const { present: PRESENT } = VPO_ARCHIVES;

Deno.test("extract: the library of a backup, to the byte, and nothing else", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["extract", "latest", "-o", "new/there"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(
    home.masked(stdout),
    `Extracted: HOME/new/there/library.db
  Created:       NOW UTC
  Schema:        v27
  Files:         400
  Database size: 776.0 KB
`,
  );
  const path = join(home.path, "new", "there", "library.db");
  const shown = JSON.parse((await home.run(["show", "latest", "--quick", "--json"])).stdout) as Record<string, unknown>;
  assert.equal(sha256(Deno.readFileSync(path)), shown["database_sha256"]);
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  const directory = join(home.path, "new", "there");
  assert.deepEqual(Array.from(Deno.readDirSync(directory), ({ name }) => name), ["library.db"]);
  Deno.removeSync(join(home.path, "new"), { recursive: true });
  assert.deepEqual(home.state(), before);
});

testMore("extract --json: an archive of VPO's, into the current directory, with --salvage, too", async () => {
  using home = new Home();
  home.putArchive(PRESENT);
  const there = join(home.path, "there");
  Deno.mkdirSync(there);
  const { code, stdout, stderr } = await home.run(["extract", PRESENT, "--salvage", "--json"], { cwd: there });
  assert.deepEqual([code, stderr], [0, ""]);
  const facts = archiveFacts(PRESENT);
  assert.deepEqual(home.document(stdout), {
    success: true,
    error: null,
    code: null,
    complete: true,
    path: "HOME/there/library.db",
    archive_path: `HOME/.vpo/backups/${PRESENT}`,
    database_size_bytes: facts.metadata.database_size_bytes,
    created_at: facts.metadata.created_at,
    file_count: 400,
    schema_version: 27,
    salvage: null,
    settings_path: null,
    settings_count: null,
    duration_seconds: "SECONDS",
    warnings: [],
  });
  assert.equal(sha256(Deno.readFileSync(join(there, "library.db"))), facts.library_db_sha256);
});

Deno.test("extract: never over a file, beside one that SQLite would mix in, nor in the library's own place", async () => {
  using backed = await backedUp();
  const { home, library } = backed;
  const there = join(home.path, "there");
  const other = "Name another directory with --output DIR, or put it there with: vpo-backup restore";
  const refusals = {
    "there/library.db": [
      there,
      'HOME/there/library.db": it already exists',
      "Name another directory with --output DIR.",
    ],
    "there/library.db-wal": [
      there,
      'HOME/there/library.db": "HOME/there/library.db-wal" exists, which SQLite would take for a part of it',
      "Name another directory with --output DIR.",
    ],
    "there/unrelated": [home.vpo, 'HOME/.vpo/library.db": that is where the library of this machine belongs', other],
  };
  for (const [name, [directory = "", why = "", hint = ""]] of someOf(Object.entries(refusals), 2)) {
    Deno.mkdirSync(there);
    home.file(name, new Uint8Array(3));
    const before = home.state();
    const { code, stdout, stderr } = await home.run(["extract", "latest", "--output", directory]);
    const message = `Error: Cannot extract the library to "${why}\n${hint}\n`;
    assert.deepEqual([code, stdout, home.masked(stderr)], [2, "", message]);
    assert.deepEqual(home.state(), before);
    Deno.removeSync(there, { recursive: true });
  }
  // Its place is its own while it is missing, too.
  Deno.removeSync(home.library);
  assert.equal((await home.run(["extract", "latest", "-o", home.vpo])).code, 2);
  const moved = join(home.path, "elsewhere", "library.db");
  assert.equal((await home.run(["--library", moved, "extract", backed.archive, "-o", "elsewhere"])).code, 2);
  assert.equal((await home.run(["extract", "latest", "-o", backed.archive])).code, 2);
  assert(library.length > 0);
  assert.deepEqual(Array.from(Deno.readDirSync(home.path), ({ name }) => name), [".vpo"]);
});

Deno.test("extract: a damaged backup is refused, and nothing of it is written", async () => {
  using backed = await backedUp();
  const { home, archive } = backed;
  flipBlock(archive, 3);
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["extract", archive, "-o", "new"]);
  assert.deepEqual([code, stdout], [46, ""]);
  assert.match(stderr, /the checksum of a block's data is wrong\nTry another backup first; --salvage writes .*\.\n$/);
  assert.deepEqual(home.state(), before);
});

testMore("extract --any-database: a database that is not VPO's is one only on demand", async () => {
  using home = new Home();
  const other = join(home.path, "other.db");
  execute(other, "CREATE TABLE notes (note)");
  const archive = join(home.path, "other.tar.gz");
  const backup = ["--library", other, "backup", "--any-database", "-q", "-o", archive];
  assert.equal((await home.run(backup)).code, 0);
  assert.equal((await home.run(["extract", archive, "-o", "there"])).code, 46);
  assert.equal((await home.run(["extract", archive, "-o", "there", "--any-database"])).code, 0);
});

testMore({
  name: "extract: a full disk has nothing left on it (needs root, to mount a small disk)",
  ignore: !canMount,
  async fn() {
    using backed = await backedUp();
    const { home, archive } = backed;
    const there = join(home.path, "small");
    using _disk = mountMemory(there, { bytes: 512 * 1024 });
    const whole = await home.run(["extract", archive, "-o", there]);
    assert.equal(whole.code, 44, whole.stderr);
    flipBlock(archive, 3);
    const salvaged = await home.run(["extract", archive, "--salvage", "-o", there]);
    assert.equal(salvaged.code, 44, salvaged.stderr);
    assert.deepEqual(Array.from(Deno.readDirSync(there)), []);
  },
});

const SETTINGS = { "config.toml": "[server]\n", "policies/more/a.yaml": "a", "plugins/p.py": "print()" };

testMore(
  "extract: not where VPO looks for a library either, where config.toml names another one or is broken",
  async () => {
    using backed = await backedUp();
    const { home, archive } = backed;
    Deno.removeSync(home.library);
    for (const config of [`database_path = "${home.path.replaceAll("\\", "/")}/other.db"`, "database_path = ["]) {
      Deno.writeTextFileSync(join(home.vpo, "config.toml"), config);
      const before = home.state();
      const { code, stderr } = await home.run(["extract", archive, "-o", home.vpo]);
      assert.match(stderr, /that is where the library of this machine belongs$/m);
      assert.equal(code, 2);
      assert.deepEqual(home.state(), before);
    }
  },
);

Deno.test("extract --settings: into a new directory beside the library, private, and nothing else", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SETTINGS);
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["extract", archive, "--settings", "-o", "there"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const there = join(home.path, "there");
  assert(stdout.endsWith(`\n  Settings:      3 files in ${join(there, "settings")}\n`), stdout);
  for (const [name, text] of Object.entries(SETTINGS)) {
    const path = join(there, "settings", ...name.split("/"));
    assert.equal(Deno.readTextFileSync(path), text);
    if (Deno.build.os !== "windows") assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  }
  assert.deepEqual(Array.from(Deno.readDirSync(there), ({ name }) => name).sort(), ["library.db", "settings"]);
  // A second time the names are taken: not even the library is written anew.
  Deno.removeSync(join(there, "library.db"));
  const again = await home.run(["extract", archive, "--settings", "-o", "there"]);
  assert.equal(again.code, 2);
  assert.match(
    home.masked(again.stderr),
    /^Error: Cannot extract the library to "HOME\/there\/settings": it already exists/,
  );
  assert.deepEqual(Array.from(Deno.readDirSync(there), ({ name }) => name), ["settings"]);
  Deno.removeSync(there, { recursive: true });
  assert.deepEqual(home.state(), before);
});

testMore("extract --settings: a backup without any is extracted, and that is said", async () => {
  using home = new Home();
  home.putArchive(PRESENT);
  const { code, stderr } = await home.run(["extract", PRESENT, "--settings", "-o", "there"]);
  assert.deepEqual([code, stderr], [0, "Warning: the backup holds no settings\n"]);
  assert.deepEqual(Array.from(Deno.readDirSync(join(home.path, "there")), ({ name }) => name), ["library.db"]);
});
