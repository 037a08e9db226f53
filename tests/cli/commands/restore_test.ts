import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { sha256 } from "../../support/bytes.ts";
import { hasPython } from "../../support/commands.ts";
import { contentHash, execute, query } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { crashLibrary } from "../../support/holder.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

const { old: OLD, present: PRESENT, future: FUTURE } = VPO_ARCHIVES;

/** The hash of the library that is in place. */
function libraryHash(home: Home): string {
  return sha256(Deno.readFileSync(home.library));
}

const OLDER =
  "schema 25 is older than 27, that of the library in place: only vpo scan and vpo serve migrate it; vpo db info fails until then";

/** The set-aside libraries' names, in order of the alphabet. */
function setAside(home: Home): string[] {
  return Array.from(Deno.readDirSync(home.vpo), ({ name }) => name)
    .filter((name) => name.includes(".before-restore-") && !/-(wal|shm)$/.test(name))
    .sort();
}

Deno.test("restore --yes: says what it restores, where to and what it keeps", async () => {
  using home = Home.withLibrary();
  const archive = home.putArchive(PRESENT);
  const before = contentHash(home.library);
  const { code, stdout, stderr } = await home.run(["restore", archive, "--yes"]);
  assert.equal(
    home.masked(stdout),
    `Restoring from: HOME/.vpo/backups/${PRESENT}
  Created: 2026-11-22 19:41:12 UTC
  Files: 400
  Schema: v27

Restore complete.
  Database restored to: HOME/.vpo/library.db
  Previous library kept: HOME/.vpo/library.db.before-restore-NOW
  Undo with: vpo-backup undo
  Duration: SECONDS seconds
`,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(libraryHash(home), archiveFacts(PRESENT).library_db_sha256);
  const [kept = "", ...more] = setAside(home);
  assert.deepEqual(more, []);
  assert.equal(contentHash(join(home.vpo, kept)), before);
});

Deno.test("restore --json: one document", async () => {
  using home = Home.withLibrary();
  home.putArchive(OLD);
  const { code, stdout, stderr } = await home.run(["restore", OLD, "--yes", "--json"]);
  assert.deepEqual(home.document(stdout), {
    success: true,
    source_path: `HOME/.vpo/backups/${OLD}`,
    database_path: "HOME/.vpo/library.db",
    previous_library_path: "HOME/.vpo/library.db.before-restore-NOW",
    previous_library_usable: true,
    kept_log_paths: [],
    removed_library_paths: [],
    duration_seconds: "SECONDS",
    schema_mismatch: true,
    schema_version: 25,
    file_count: 120,
    unfinished_job_count: 0,
    settings: null,
    kept_settings_paths: [],
    warnings: [OLDER],
  });
  assert.deepEqual([code, stderr], [0, `Warning: ${OLDER}\n`]);
});

Deno.test("restore: brings back VPO's own archives byte for byte, also where no library was", async () => {
  using home = new Home();
  Deno.removeSync(home.vpo);
  for (const name of [OLD, PRESENT]) {
    home.putArchive(name);
    // The schema of a library that is in place would count.
    if (name === PRESENT) Deno.removeSync(home.library);
    const { code, stdout } = await home.run(["restore", name, "-y", "--json"]);
    assert.equal(code, 0);
    const document = home.document(stdout) as Record<string, unknown>;
    assert.equal(document["previous_library_path"], null);
    assert.equal(libraryHash(home), archiveFacts(name).library_db_sha256);
  }
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(home.library).mode ?? 0) & 0o777, 0o600);
});

Deno.test("restore: a newer schema is refused, and restored with --force", async () => {
  using home = Home.withLibrary();
  home.putArchive(FUTURE);
  const before = home.state();
  for (const more of [["--yes"], ["--dry-run"]]) {
    const { code, stdout, stderr } = await home.run(["restore", FUTURE, ...more]);
    assert.equal(
      home.masked(stderr),
      `Error: Cannot restore "HOME/.vpo/backups/${FUTURE}": its schema is 99, while the library in place has schema 27, \
and this program knows schemas up to 27
Update VPO first, or restore it all the same with --force.
`,
    );
    assert.deepEqual([code, stdout], [45, ""]);
  }
  assert.deepEqual(home.state(), before);
  const forced = await home.run(["restore", FUTURE, "--yes", "--force"]);
  const warning = "schema 99 is newer than 27, that of the library in place: an older VPO may not open it";
  assert.deepEqual([forced.code, forced.stderr], [0, `Warning: ${warning}\n`]);
  assert.equal(libraryHash(home), archiveFacts(FUTURE).library_db_sha256);
});

testMore(
  "restore: a schema between that of the library in place and the newest that is known is a warning",
  async () => {
    using home = new Home();
    for (const name of [OLD, PRESENT]) home.putArchive(name);
    assert.equal((await home.run(["restore", OLD, "--yes", "-q"])).code, 0);
    const newer = await home.run(["restore", PRESENT, "--yes"]);
    const warning = "Warning: schema 27 is newer than 25, that of the library in place: an older VPO may not open it\n";
    assert.deepEqual([newer.code, newer.stderr], [0, warning]);
    const older = await home.run(["restore", OLD, "--yes"]);
    assert.equal(older.stderr, `Warning: ${OLDER}\n`);
  },
);

testMore("restore: the schema of the library in place may be newer than any that is known", async () => {
  using home = Home.withLibrary();
  for (const name of [PRESENT, FUTURE]) home.putArchive(name);
  assert.equal((await home.run(["restore", FUTURE, "--yes", "--force", "-q"])).code, 0);
  assert.equal((await home.run(["restore", FUTURE, "--yes", "-q"])).code, 0, "no newer than what is in place");
  const { stdout } = await home.run(["restore", PRESENT, "--dry-run", "--json"]);
  const { current_schema_version, schema_mismatch } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([current_schema_version, schema_mismatch], [99, true]);
});

testMore(
  "restore: without a library that can be read a newer schema is refused, for nothing tells which VPO there is",
  async () => {
    using home = new Home();
    for (const name of [OLD, PRESENT, FUTURE]) home.putArchive(name);
    for (const library of [null, "scrambled", ""]) {
      if (library !== null) Deno.writeTextFileSync(home.library, library);
      assert.equal((await home.run(["restore", PRESENT, "--dry-run"])).code, 0);
      const { code, stderr } = await home.run(["restore", FUTURE, "--dry-run"]);
      const why = "this program knows schemas up to 27, and no library in place tells which VPO is installed";
      assert.equal(
        home.masked(stderr),
        `Error: Cannot restore "HOME/.vpo/backups/${FUTURE}": its schema is 99, while ${why}
Update VPO first, or restore it all the same with --force.
`,
      );
      assert.equal(code, 45);
      const { stderr: old } = await home.run(["restore", OLD, "--dry-run"]);
      assert.match(
        old,
        /^Warning: schema 25 is older than 27, the newest that this program knows: only vpo scan and vpo serve migrate it/m,
      );
    }
  },
);

Deno.test({
  name: "restore: replaces a library whose writer was killed in the middle of a transaction",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    const unfinished = ["PRAGMA cache_size = 1", "BEGIN IMMEDIATE", "UPDATE files SET size_bytes = 1"];
    await crashLibrary(home.library, ["PRAGMA journal_mode = DELETE", ...unfinished]);
    assert((Deno.statSync(`${home.library}-journal`).size) > 0);
    const before = home.state();
    const planned = await home.run(["restore", PRESENT, "--dry-run"]);
    assert.deepEqual([planned.code, planned.stderr], [0, ""]);
    assert.deepEqual(home.state(), before);
    const { code, stdout, stderr } = await home.run(["restore", PRESENT, "--yes", "--json"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const { previous_library_path: kept } = JSON.parse(stdout) as { previous_library_path: string };
    assert.deepEqual(query(kept, "SELECT count(*) FROM files WHERE size_bytes = 1"), [0]);
    assert.equal(libraryHash(home), archiveFacts(PRESENT).library_db_sha256);
  },
});

Deno.test("restore: the last three libraries are kept", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const days = [1, 2, 3].map((day) => `library.db.before-restore-2026-01-0${day}T00-00-00Z`);
  for (const name of days) Deno.writeTextFileSync(join(home.vpo, name), name);
  Deno.writeTextFileSync(join(home.vpo, `${days[0]}-wal`), "its log");
  const others = ["library.db.before-restore-monday", "other.db.before-restore-2026-01-01T00-00-00Z"];
  for (const name of others) Deno.writeTextFileSync(join(home.vpo, name), name);
  const { code, stdout } = await home.run(["restore", PRESENT, "--yes"]);
  assert.equal(code, 0);
  assert.match(
    home.masked(stdout),
    new RegExp(`^  Removed \\(only the last 3 are kept\\): HOME/\\.vpo/${days[0]}$`, "m"),
  );
  assert.deepEqual(setAside(home).map((name) => home.masked(name)), [
    days[1],
    days[2],
    "library.db.before-restore-NOW-2",
    ...others,
  ]);
  assert.throws(() => Deno.statSync(join(home.vpo, `${days[0]}-wal`)), Deno.errors.NotFound);
});

testWithSymlinks("restore: a symbolic link stays, what it points to is replaced and kept", async () => {
  using home = new Home();
  const target = home.putLibrary(join(home.path, "real.db"));
  makeSymlink("../real.db", home.library);
  home.putArchive(PRESENT);
  if (Deno.build.os !== "windows") Deno.chmodSync(target, 0o640);
  const { code, stdout } = await home.run(["restore", PRESENT, "--yes", "--json"]);
  assert.equal(code, 0);
  const document = home.document(stdout) as Record<string, unknown>;
  assert.deepEqual(
    [document["database_path"], document["previous_library_path"]],
    ["HOME/real.db", "HOME/real.db.before-restore-NOW"],
  );
  assert.equal(Deno.readLinkSync(home.library), "../real.db");
  assert.equal(sha256(Deno.readFileSync(target)), archiveFacts(PRESENT).library_db_sha256);
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(target).mode ?? 0) & 0o777, 0o640);

  // A link that leads to nothing still says where the library is to be.
  Deno.removeSync(home.library);
  makeSymlink("../disk/library.db", home.library);
  assert.equal((await home.run(["restore", PRESENT, "--yes", "-q"])).code, 0);
  assert.equal(Deno.readLinkSync(home.library), "../disk/library.db");
  assert.equal(
    sha256(Deno.readFileSync(join(dirname(target), "disk/library.db"))),
    archiveFacts(PRESENT).library_db_sha256,
  );
});

testMore(
  "restore --any-database: takes back what backup --any-database made, and says without it what it is",
  async () => {
    using home = new Home();
    execute(home.library, "CREATE TABLE recipes (name TEXT)");
    assert.equal((await home.run(["backup", "-q", "--any-database", "-o", "recipes.tar.gz"])).code, 0);
    const refused = await home.run(["restore", "./recipes.tar.gz", "--yes"]);
    assert.equal(refused.code, 46);
    assert.match(refused.stderr, /it has no table "_meta"\n.*--any-database/);
    Deno.removeSync(home.library);
    assert.equal((await home.run(["restore", "./recipes.tar.gz", "--yes", "--any-database", "-q"])).code, 0);
    execute(home.library, "INSERT INTO recipes VALUES ('soup')");
  },
);
