import assert from "node:assert/strict";
import { join } from "node:path";
import { blocksIn } from "../../../src/archive/blocks.ts";
import { backedUp, flipBlock } from "../../support/backed_up.ts";
import { sha256 } from "../../support/bytes.ts";
import { isInstalled, run } from "../../support/commands.ts";
import { isSound, query } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { putArchiveWithSettings, SAMPLE_SETTINGS } from "../../support/settings.ts";

const { present: PRESENT } = VPO_ARCHIVES;
const BLOCK = 65_536;
const WAY_ON = `
This is not a library yet: keep VPO away from it. In its directory, sqlite.org's sqlite3 may recover rows:
  sqlite3 library.salvaged.db .recover | sqlite3 recovered.db
`;

Deno.test("extract --salvage: a flipped bit costs one block, and all else is there to the byte", async () => {
  using backed = await backedUp();
  const { home, archive, library } = backed;
  flipBlock(archive, 3);
  const { code, stdout, stderr } = await home.run(["extract", archive, "--salvage", "-o", "there"]);
  assert.deepEqual([code, stderr], [60, ""]);
  assert.equal(
    home.masked(stdout),
    `Salvaged: HOME/there/library.salvaged.db
  Damage:  the archive is damaged: the checksum of a block's data is wrong
  Missing: 64.0 KB of 776.0 KB, written as zeros
    pages 49 to 64 (bytes 196,608 to 262,143)
${WAY_ON}`,
  );
  const there = join(home.path, "there");
  assert.deepEqual(Array.from(Deno.readDirSync(there), ({ name }) => name), ["library.salvaged.db"]);
  const path = join(there, "library.salvaged.db");
  assert.equal(sha256(Deno.readFileSync(path)), sha256(library.slice().fill(0, 3 * BLOCK, 4 * BLOCK)));
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

testMore("extract --salvage --json: of an archive that was cut, what is before the cut", async () => {
  using backed = await backedUp();
  const { home, archive, library } = backed;
  {
    using file = Deno.openSync(archive);
    Deno.truncateSync(archive, (Array.from(blocksIn(file))[6]?.at ?? 0) + 500);
  }
  const { code, stdout, stderr } = await home.run(["extract", archive, "--salvage", "-o", "there", "--json"]);
  assert.deepEqual([code, stderr], [60, ""]);
  const damage = "the archive is damaged: it ends too early";
  const { archive_path: _, ...document } = home.document(stdout) as Record<string, unknown>;
  assert.deepEqual(document, {
    success: false,
    error: `The backup is damaged; what was salvaged is not a library yet: ${damage}`,
    code: "warning",
    complete: false,
    path: "HOME/there/library.salvaged.db",
    database_size_bytes: library.length,
    created_at: null,
    file_count: null,
    schema_version: null,
    salvage: {
      damage,
      page_size: 4096,
      missing_bytes: library.length - 4 * BLOCK,
      missing: [{
        start_byte: 4 * BLOCK,
        length_bytes: library.length - 4 * BLOCK,
        first_page: 65,
        last_page: library.length / 4096,
      }],
      unplaced_block_count: 0,
    },
    settings_path: null,
    settings_count: null,
    duration_seconds: "SECONDS",
    warnings: [],
  });
  const salvaged = Deno.readFileSync(join(home.path, "there", "library.salvaged.db"));
  assert.equal(sha256(salvaged), sha256(library.slice().fill(0, 4 * BLOCK)));
});

testMore("extract --salvage: an archive of VPO's has no parts to be salvaged", async () => {
  using home = new Home();
  const archive = home.putArchive(PRESENT);
  Deno.truncateSync(archive, 100_000);
  const before = home.state();
  for (const args of [[], ["--salvage"]]) {
    const { code, stderr } = await home.run(["extract", archive, "-o", "there", ...args]);
    assert.equal(code, 46);
    assert.doesNotMatch(stderr, /--salvage/);
  }
  assert.deepEqual(home.state(), before);
});

Deno.test({
  name: "extract --salvage: sqlite3's .recover makes a library of it, as it advises (needs a sqlite3 with .recover)",
  // Debian's is built without the table that .recover reads.
  ignore: Deno.build.os === "windows" || !isInstalled("sqlite3", ":memory:", "SELECT count(*) FROM sqlite_dbpage"),
  async fn() {
    using backed = await backedUp();
    const { home, archive } = backed;
    flipBlock(archive, 6);
    const { code, stdout } = await home.run(["extract", archive, "--salvage", "-o", "there"]);
    assert.equal(code, 60);
    const there = join(home.path, "there");
    const [command = ""] = /^ {2}sqlite3 .*$/m.exec(stdout) ?? [];
    const recovery = await run("sh", ["-c", `cd "$0" && ${command}`, there]);
    assert.deepEqual(recovery, { code: 0, stdout: "", stderr: "" });
    const recovered = join(there, "recovered.db");
    assert(isSound(recovered));
    assert.deepEqual(query(recovered, "SELECT value FROM _meta WHERE key = 'schema_version'"), ["27"]);
    // One block of thirteen is lost.
    const [files] = query(recovered, "SELECT count(*) FROM files");
    assert(Number(files) >= 300 && Number(files) <= 400, `${files} of 400 files`);
    for (const args of [["backup", "-q", "-o", "again.tar.gz"], ["verify", "again.tar.gz", "-q"]]) {
      const again = await home.run(["--library", recovered, ...args], { cwd: there });
      assert.equal(again.code, 0, again.stderr);
    }
  },
});

testMore("extract --settings --salvage: of a damaged backup the library alone", async () => {
  using home = Home.withLibrary();
  const archive = await putArchiveWithSettings(home, SAMPLE_SETTINGS);
  flipBlock(archive, 6);
  const { code, stderr } = await home.run(["extract", archive, "--settings", "--salvage", "-o", "there"]);
  assert.deepEqual([code, stderr], [60, "Warning: settings are not salvaged\n"]);
  const names = Array.from(Deno.readDirSync(join(home.path, "there")), ({ name }) => name);
  assert.deepEqual(names, ["library.salvaged.db"]);
});
