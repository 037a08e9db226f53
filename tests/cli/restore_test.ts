import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { sha256 } from "../support/bytes.ts";
import { hasPython } from "../support/commands.ts";
import { execute, query } from "../support/database.ts";
import { crashLibrary } from "../support/holder.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../support/home.ts";

const { old: OLD, present: PRESENT, future: FUTURE } = VPO_ARCHIVES;

/** The hash of the library that is in place. */
function libraryHash(home: Home): string {
  return sha256(Deno.readFileSync(home.library));
}

/** The set-aside libraries' names, in order of the alphabet. */
function setAside(home: Home): string[] {
  return Array.from(Deno.readDirSync(home.vpo), ({ name }) => name)
    .filter((name) => name.includes(".before-restore-") && !/-(wal|shm)$/.test(name))
    .sort();
}

Deno.test("restore --yes: says what it restores, where to and what it keeps", async () => {
  using home = Home.withLibrary();
  const archive = home.putArchive(PRESENT);
  const before = libraryHash(home);
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
  assert.equal(sha256(Deno.readFileSync(join(home.vpo, kept))), before);
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
    duration_seconds: "SECONDS",
    schema_mismatch: true,
    schema_version: 25,
    file_count: 120,
  });
  const warning = "schema 25 is older than the current schema 27: VPO will migrate it at its next start";
  assert.deepEqual([code, stderr], [0, `Warning: ${warning}\n`]);
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

No changes made (dry run).
`,
  );
  assert.deepEqual([human.code, human.stderr], [0, ""]);
  const args = ["restore", PRESENT, "--dry-run", "--json", "--library", "deep/er/library.db"];
  const json = await home.run(args);
  assert.deepEqual(home.document(json.stdout), {
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
  });
  assert.deepEqual([json.code, json.stderr], [0, ""]);
  assert.deepEqual(home.state(), before);
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
      `Error: Cannot restore "HOME/.vpo/backups/${FUTURE}": its schema 99 is newer than the current schema 27
Update VPO first, or restore it all the same with --force.
`,
    );
    assert.deepEqual([code, stdout], [45, ""]);
  }
  assert.deepEqual(home.state(), before);
  const forced = await home.run(["restore", FUTURE, "--yes", "--force"]);
  const warning = "schema 99 is newer than the current schema 27: an older VPO may not open it";
  assert.deepEqual([forced.code, forced.stderr], [0, `Warning: ${warning}\n`]);
  assert.equal(libraryHash(home), archiveFacts(FUTURE).library_db_sha256);
});

Deno.test("restore: the current schema is that of the library in place", async () => {
  using home = new Home();
  for (const name of [OLD, PRESENT, FUTURE]) home.putArchive(name);
  assert.equal((await home.run(["restore", OLD, "--yes", "-q"])).code, 0);
  const newer = await home.run(["restore", PRESENT, "--yes"]);
  assert.equal(newer.code, 45);
  assert.match(newer.stderr, /its schema 27 is newer than the current schema 25\n/);
  assert.equal((await home.run(["restore", FUTURE, "--yes", "--force", "-q"])).code, 0);
  const { stdout } = await home.run(["restore", PRESENT, "--dry-run", "--json"]);
  const { current_schema_version, schema_mismatch } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([current_schema_version, schema_mismatch], [99, true]);
  // A library that cannot be read has no schema: then it is the one that the program knows.
  Deno.writeTextFileSync(home.library, "scrambled");
  assert.equal((await home.run(["restore", PRESENT, "--dry-run"])).code, 0);
  assert.equal((await home.run(["restore", FUTURE, "--dry-run"])).code, 45);
});

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
  assert.equal((await home.run(["restore", PRESENT, "--yes", "-q"])).code, 0);
  assert.deepEqual(setAside(home).map((name) => home.masked(name)), [
    days[1],
    days[2],
    "library.db.before-restore-NOW",
    ...others,
  ]);
  assert.throws(() => Deno.statSync(join(home.vpo, `${days[0]}-wal`)), Deno.errors.NotFound);
});

Deno.test("restore: a symbolic link stays, what it points to is replaced and kept", async () => {
  using home = new Home();
  const target = home.putLibrary(join(home.path, "real.db"));
  Deno.symlinkSync("../real.db", home.library);
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
  Deno.symlinkSync("../disk/library.db", home.library);
  assert.equal((await home.run(["restore", PRESENT, "--yes", "-q"])).code, 0);
  assert.equal(Deno.readLinkSync(home.library), "../disk/library.db");
  assert.equal(
    sha256(Deno.readFileSync(join(dirname(target), "disk/library.db"))),
    archiveFacts(PRESENT).library_db_sha256,
  );
});

Deno.test("restore --any-database: takes back what backup --any-database made, and says without it what it is", async () => {
  using home = new Home();
  execute(home.library, "CREATE TABLE recipes (name TEXT)");
  assert.equal((await home.run(["backup", "-q", "--any-database", "-o", "recipes.tar.gz"])).code, 0);
  const refused = await home.run(["restore", "./recipes.tar.gz", "--yes"]);
  assert.equal(refused.code, 46);
  assert.match(refused.stderr, /it has no table "_meta"\n.*--any-database/);
  Deno.removeSync(home.library);
  assert.equal((await home.run(["restore", "./recipes.tar.gz", "--yes", "--any-database", "-q"])).code, 0);
  execute(home.library, "INSERT INTO recipes VALUES ('soup')");
});
