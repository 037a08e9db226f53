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

Deno.test("restore --dry-run: checks the archive and changes nothing", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const before = home.state();
  const human = await home.run(["restore", PRESENT, "--dry-run"]);
  assert.equal(
    home.masked(human.stdout),
    `Archive valid: HOME/.vpo/backups/${PRESENT}
  Created: 2026-11-22 19:41:12 UTC
  VPO version: 0.2.0
  Schema version: 27 (current: 27)
  Database size: 776.0 KB
  Files: 400

Compared with the current library:
  Lost:    0 files only in the library
  Gained:  0 files only in the backup
  Changed: 0 files; unchanged: 400 files
  Newest scan in the library: 2026-02-28 21:30:42 UTC
  Newest scan in the backup:  2026-02-28 21:30:42 UTC

No changes made (dry run).
`,
  );
  assert.deepEqual([human.code, human.stderr], [0, ""]);
  const bare = 'VPO does not start without settings, and there is no "HOME/.vpo/config.toml"';
  const args = ["restore", PRESENT, "--dry-run", "--json", "--library", "deep/er/library.db"];
  const json = await home.run(args);
  assert.deepEqual(home.document(json.stdout), {
    success: true,
    dry_run: true,
    valid: true,
    backup_path: `HOME/.vpo/backups/${PRESENT}`,
    created_at: archiveFacts(PRESENT).metadata.created_at,
    vpo_version: "0.2.0",
    schema_version: 27,
    current_schema_version: 27,
    schema_mismatch: false,
    database_size_bytes: 794_624,
    file_count: 400,
    unfinished_job_count: 0,
    comparison: null,
    comparison_error: 'there is no library at "HOME/deep/er/library.db"',
    settings: null,
    warnings: [`${bare}: this backup holds none, make a new one with: vpo init`],
  });
  const said = `Warning: ${bare}: this backup holds none, make a new one with: vpo init\n`;
  assert.deepEqual([json.code, home.masked(json.stderr)], [0, said]);
  assert.deepEqual(home.state(), before);
});

Deno.test("restore --dry-run: says what would be lost and what gained", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  execute(
    home.library,
    `PRAGMA foreign_keys = ON; DELETE FROM files WHERE id % 50 = 0;
    UPDATE files SET size_bytes = size_bytes + 1 WHERE id = 1;
    INSERT INTO files (path, filename, directory, extension, size_bytes, modified_at, scanned_at)
      VALUES ('/new.mkv', 'n', 'd', '.mkv', 5000000, 'x', '2026-06-01T00:00:00+00:00')`,
  );
  const human = await home.run(["restore", PRESENT, "--dry-run"]);
  assert.equal(
    human.stdout.slice(human.stdout.indexOf("Compared")),
    `Compared with the current library:
  Lost:    1 file (4.8 MB) only in the library
  Gained:  8 files (221.0 GB) only in the backup
  Changed: 1 file; unchanged: 391 files
  Newest scan in the library: 2026-06-01 00:00:00 UTC
  Newest scan in the backup:  2026-02-28 21:30:42 UTC

No changes made (dry run).
`,
  );
  const json = await home.run(["restore", PRESENT, "--dry-run", "--json"]);
  const { comparison, comparison_error } = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual([comparison, comparison_error], [{
    only_in_library_count: 1,
    only_in_library_bytes: 5_000_000,
    only_in_backup_count: 8,
    only_in_backup_bytes: 237_299_571_107,
    changed_count: 1,
    unchanged_count: 391,
    newest_scan_in_library_at: "2026-06-01T00:00:00Z",
    newest_scan_in_backup_at: "2026-02-28T21:30:42Z",
  }, null]);
});

testMore("restore: a library that cannot be compared is said so, and keeps nothing from being done", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const said = async (...args: string[]) => {
    const { code, stdout } = await home.run(["restore", PRESENT, "--dry-run", ...args]);
    assert.equal(code, 0);
    return /^ {2}Not compared with the current library: (.*)$/m.exec(home.masked(stdout))?.[1];
  };
  const name = '"HOME/.vpo/library.db"';
  execute(home.library, "ALTER TABLE files RENAME TO f; CREATE TABLE files AS SELECT * FROM f");
  assert.equal(
    await said(),
    `the files of ${name} cannot be read in order: its table of files has no index on the paths`,
  );
  execute(home.library, "DROP TABLE files");
  assert.equal(await said(), `${name} is not a VPO library: it has no table "files"`);
  // A page of the table: the schema can be read, the files cannot.
  home.putLibrary();
  {
    using file = Deno.openSync(home.library, { write: true });
    file.seekSync(60 * 4096, Deno.SeekMode.Start);
    for (let page = 60; page < 190; page++) file.writeSync(new Uint8Array(4096).fill(0xff));
  }
  assert.match(await said() ?? "", /^"HOME\/\.vpo\/library\.db" is damaged or not a library: /);
  Deno.writeTextFileSync(home.library, "scrambled");
  assert.equal(await said(), `${name} is damaged or not a library: file is not a database`);
  Deno.removeSync(home.library);
  assert.equal(await said(), `there is no library at ${name}`);
  assert.equal((await home.run(["restore", PRESENT, "--yes", "-q"])).code, 0);
  assert.equal(libraryHash(home), archiveFacts(PRESENT).library_db_sha256);
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
