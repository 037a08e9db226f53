import assert from "node:assert/strict";
import { join } from "node:path";
import { readWhole } from "../../support/archives.ts";
import { sha256 } from "../../support/bytes.ts";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

/** The archive's size and what it saves, as they are to be printed. */
function printedSizes(archive: string): string {
  const { size } = Deno.statSync(archive);
  return `${(size / 1024).toFixed(1)} KB (${Math.round((1 - size / 794_624) * 100)}% compression)`;
}

Deno.test("backup: makes one archive and says so", async () => {
  using home = Home.withLibrary();
  const before = sha256(Deno.readFileSync(home.library));
  const { code, stdout, stderr } = await home.run(["backup"]);
  const [name = "", ...more] = home.archives();
  assert.deepEqual(more, []);
  assert.equal(
    home.masked(stdout),
    `Backup created: HOME/.vpo/backups/vpo-library-NOW.tar.gz
  Database size: 776.0 KB
  Archive size:  ${printedSizes(join(home.backups, name))}
  Files in library: 400
  Verified: database structure intact, archive read back
`,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(sha256(Deno.readFileSync(home.library)), before);
  if (Deno.build.os !== "windows") {
    assert.equal((Deno.statSync(join(home.backups, name)).mode ?? 0) & 0o777, 0o600);
    assert.equal((Deno.statSync(home.backups).mode ?? 0) & 0o777, 0o700);
  }
});

Deno.test("backup --json: one document, which tells of the archive that was made", async () => {
  using home = Home.withLibrary();
  const { code, stdout, stderr } = await home.run(["backup", "--json"]);
  const path = join(home.backups, home.archives()[0] ?? "");
  const { metadata, database } = await readWhole(path);
  const { size } = Deno.statSync(path);
  assert.deepEqual(home.document(stdout), {
    success: true,
    path: "HOME/.vpo/backups/vpo-library-NOW.tar.gz",
    archive_size_bytes: size,
    database_size_bytes: 794_624,
    compression_ratio: Number((1 - size / 794_624).toFixed(3)),
    file_count: 400,
    reused_bytes: 0,
    settings: { count: 0, total_bytes: 0 },
    schema_version: 27,
    created_at: "NOW",
    database_sha256: sha256(database),
    verified: true,
    duration_seconds: "SECONDS",
    copies: [],
    warnings: [],
  });
  assert.deepEqual([code, stderr], [0, ""]);
  const { created_at } = JSON.parse(stdout) as { created_at: string };
  assert.equal(created_at, metadata.created_at);
  assert.equal(path, join(home.backups, `vpo-library-${created_at.replaceAll(":", "-")}.tar.gz`));
});

Deno.test("backup --dry-run: says what would be made, and makes nothing, not even the directory", async () => {
  using home = Home.withLibrary();
  const before = home.state();
  const human = await home.run(["backup", "--dry-run"]);
  assert.equal(
    home.masked(human.stdout),
    `Would create backup:
  Database: HOME/.vpo/library.db (776.0 KB)
  Output: HOME/.vpo/backups/vpo-library-NOW.tar.gz
  Estimated archive size: ~155.2 KB-388.0 KB
  Files in library: 400
  Schema version: 27
`,
  );
  assert.deepEqual([human.code, human.stderr], [0, ""]);
  const json = await home.run(["backup", "--dry-run", "--json", "--make-dir", "--output", "deep/er/x.tar.gz"]);
  assert.deepEqual(home.document(json.stdout), {
    success: true,
    dry_run: true,
    database_path: "HOME/.vpo/library.db",
    database_size_bytes: 794_624,
    output_path: "HOME/deep/er/x.tar.gz",
    estimated_archive_min_bytes: 158_925,
    estimated_archive_max_bytes: 397_312,
    file_count: 400,
    schema_version: 27,
    copies: [],
    warnings: [],
    settings: { count: 0, total_bytes: 0 },
  });
  assert.deepEqual([json.code, json.stderr], [0, ""]);
  assert.deepEqual(home.state(), before);
});

testMore("backup --dry-run: fails as the backup would", async () => {
  using home = Home.withLibrary();
  home.putArchive(VPO_ARCHIVES.old, "taken.tar.gz");
  const before = home.state();
  for (const output of ["taken.tar.gz", "x.zip"]) {
    const args = ["backup", "--output", join(home.backups, output)];
    const [dry, real] = [await home.run([...args, "--dry-run"]), await home.run(args)];
    assert.deepEqual([dry, real.code], [real, 2]);
  }
  assert.deepEqual(home.state(), before);
});

Deno.test("backup: two in one second get two names", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(home.backups);
  const now = Math.floor(Date.now() / 1000);
  for (let second = now - 1; second < now + 300; second++) {
    const stamp = new Date(second * 1000).toISOString().slice(0, 19).replaceAll(":", "-");
    Deno.writeTextFileSync(join(home.backups, `vpo-library-${stamp}Z.tar.gz`), "taken");
  }
  const { code, stdout } = await home.run(["backup"]);
  assert.equal(code, 0);
  assert.match(home.masked(stdout), /^Backup created: HOME\/\.vpo\/backups\/vpo-library-NOW-2\.tar\.gz\n/);
  const made = home.archives().filter((name) => Deno.readTextFileSync(join(home.backups, name)) !== "taken");
  assert.equal(made.length, 1);
});

testMore("backup --level: 1 is bigger than 9, and the archive says which it was", async () => {
  using home = Home.withLibrary();
  const archives = await Promise.all([1, 9].map(async (level) => {
    const path = join(home.path, `${level}.tar.gz`);
    const { code } = await home.run(["backup", "-o", path, "--level", String(level), "-q"]);
    return { code, size: Deno.statSync(path).size, metadata: (await readWhole(path)).metadata };
  }));
  assert.deepEqual(archives.map(({ code }) => code), [0, 0]);
  assert.deepEqual(archives.map(({ metadata }) => metadata.compression_level), [1, 9]);
  assert((archives[0]?.size ?? 0) > (archives[1]?.size ?? Infinity));
});

testWithSymlinks("backup: a symbolic link stays, and what it points to is the library", async () => {
  using home = new Home();
  const target = home.putLibrary(join(home.path, "real.db"));
  makeSymlink(target, home.library);
  const { stdout } = await home.run(["backup", "--dry-run", "--json"]);
  assert.equal((home.document(stdout) as { database_path: string }).database_path, "HOME/real.db");
  assert.equal((await home.run(["backup"])).code, 0);
  assert.equal(Deno.readLinkSync(home.library), target);
  const output = await home.run(["backup", "--output", home.library, "--force"]);
  assert.equal(output.stderr, cannot(home.library, "it is the library itself"));
  assert.equal(output.code, 2);

  Deno.removeSync(target);
  const dangling = await home.run(["backup"]);
  assert.equal(
    home.masked(dangling.stderr),
    `Error: Cannot back up: there is no library at "HOME/.vpo/library.db"
Has VPO scanned anything yet? If so, name its library with --library PATH or VPO_DATABASE_PATH. To recover a lost one: vpo-backup restore latest
`,
  );
  assert.equal(dangling.code, 20);
});

testMore("backup --any-database: takes any database, and the archive counts nothing in it", async () => {
  using home = new Home();
  execute(home.library, "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
  const before = home.state();
  const refused = await home.run(["backup"]);
  assert.equal(
    home.masked(refused.stderr),
    `Error: Cannot back up the library: "HOME/.vpo/library.db" is not a VPO library: it has no table "_meta"\n` +
      "Name VPO's library with --library PATH.\n",
  );
  assert.deepEqual([refused.code, refused.stdout], [42, ""]);
  assert.deepEqual(home.state(), before);

  const taken = await home.run(["backup", "--any-database", "--json"]);
  assert.equal(taken.code, 0);
  const { schema_version, file_count } = JSON.parse(taken.stdout) as Record<string, unknown>;
  assert.deepEqual([schema_version, file_count], [0, 0]);

  home.putLibrary();
  const known = await home.run(["backup", "--any-database", "--dry-run", "--json"]);
  assert.equal((JSON.parse(known.stdout) as Record<string, unknown>)["schema_version"], 27);
});

Deno.test("backup -q: prints nothing when all is well", async () => {
  using home = Home.withLibrary();
  assert.deepEqual(await home.run(["backup", "-q"]), { code: 0, stdout: "", stderr: "" });
  assert.equal(home.archives().length, 1);
});

function cannot(output: string, why: string): string {
  return `Error: Cannot back up to "${output}": ${why}\nName a directory or another file.\n`;
}
