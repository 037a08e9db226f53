import assert from "node:assert/strict";
import { join } from "node:path";
import { namingOptions } from "../../../src/program.ts";
import { hasPython } from "../../support/commands.ts";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { ago, flipBit, putBackups, putTheirs } from "../../support/history.ts";
import { holdLibrary } from "../../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";

const HOUR = 3600;

/** The line that status prints, with its exit code; what changes from disk to disk is masked. */
async function status(home: Home, ...args: string[]): Promise<readonly [number, string]> {
  const { code, stdout, stderr } = await home.run(["status", ...args]);
  assert.equal(stderr, "");
  return [code, home.masked(stdout).replace(/\d+(\.\d)? [KMGT]?B free/, "SPACE free").replace(/\d+\.\d KB/, "SIZE")];
}

Deno.test("status: all is well", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3 * HOUR), ago(30 * HOUR));
  const line = "OK: the newest good backup is 3 hours old (2 backups, SIZE, SPACE free on the library's own disk)\n";
  assert.deepEqual(await status(home), [0, line]);
});

Deno.test("status: the command that checks VPO's own newest backup means the library and the backups of this run", async () => {
  using home = Home.withLibrary();
  const theirs = putTheirs(home, home.library, ago(HOUR));
  const directory = join(home.path, "b 2");
  Deno.mkdirSync(directory);
  Deno.renameSync(join(home.backups, theirs), join(directory, theirs));
  const { stdout } = await home.run(["status", "--backup-dir", directory]);
  const command = `vpo-backup verify${namingOptions({ library: null, directory })}`;
  assert(stdout.endsWith(`, made by VPO: check its library with ${command})\n`), stdout);
});

Deno.test("status: whether the library has changed since the newest backup", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const before = home.state();
  assert.match(
    (await status(home))[1],
    /^OK: the newest good backup is \d+ seconds? old \(.*library with as many rows as then\)\n$/,
  );
  assert.deepEqual(home.state(), before);
  // No rows more or fewer, and no scan.
  execute(home.library, "UPDATE files SET content_hash = 'other'");
  const { library_changed } = JSON.parse((await home.run(["status", "--json"])).stdout) as { library_changed: unknown };
  assert.equal(library_changed, null);
  execute(home.library, "CREATE TABLE another (x)");
  assert.match((await status(home))[1], /, library changed since\)\n$/);
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  execute(home.library, "UPDATE files SET scanned_at = '2099-01-01T00:00:00Z'");
  assert.match((await status(home))[1], /, library changed since\)\n$/);
});

testMore("status: VPO's own archives tell only by their counts whether the library has changed", async () => {
  using home = Home.withLibrary();
  home.putArchive(VPO_ARCHIVES.present);
  const changed = async () =>
    (JSON.parse((await home.run(["status", "--json"])).stdout) as { library_changed: boolean | null }).library_changed;
  assert.equal(await changed(), null);
  execute(home.library, "DELETE FROM files WHERE id = (SELECT max(id) FROM files)");
  assert.equal(await changed(), true);
});

Deno.test("status: the newest is too old", async () => {
  using home = new Home();
  await putBackups(home, ago(50 * HOUR));
  const line = (allowed: string) =>
    `CRITICAL: the newest good backup is 2 days old, more than ${allowed} (1 backup, SIZE, SPACE free, library missing)\n`;
  assert.deepEqual(await status(home), [61, line("26 hours")]);
  assert.deepEqual(await status(home, "--max-age", "2d"), [61, line("2 days")]);
  assert.equal((await status(home, "--max-age", "3d"))[0], 0);
});

Deno.test("status: no directory, no backup, none that is sound", async () => {
  using home = new Home();
  const facts = (rest: string) => `${rest}, library missing)\n`;
  assert.deepEqual(await status(home), [
    61,
    facts('CRITICAL: there is no backup directory "HOME/.vpo/backups" (0 backups, 0 B'),
  ]);
  Deno.mkdirSync(home.backups);
  assert.deepEqual(await status(home), [
    61,
    facts('CRITICAL: there is no backup in "HOME/.vpo/backups" (0 backups, 0 B, SPACE free'),
  ]);
  const [name = ""] = await putBackups(home, ago(HOUR));
  flipBit(join(home.backups, name));
  assert.deepEqual(await status(home), [
    61,
    facts('CRITICAL: no backup in "HOME/.vpo/backups" is sound (1 backup, 1 damaged, SIZE, SPACE free'),
  ]);
});

Deno.test("status: the newest is damaged, though one good bit from being sound, and the one before it is young", async () => {
  using home = new Home();
  const [newest = ""] = await putBackups(home, ago(HOUR), ago(2 * HOUR));
  flipBit(join(home.backups, newest));
  const [code, line] = await status(home);
  assert.equal(code, 61);
  const [said = "", facts = ""] = line.split("; ");
  assert(
    said.startsWith(`CRITICAL: the newest backup, ${home.masked(newest)}, cannot be used: the archive is damaged: `),
    said,
  );
  assert.equal(
    facts,
    "the newest good backup is 2 hours old (2 backups, 1 damaged, SIZE, SPACE free, library missing)\n",
  );
});

Deno.test("status: a backup from the future is a warning", async () => {
  using home = new Home();
  await putBackups(home, ago(-3.5 * HOUR));
  const [code, line] = await status(home);
  assert.equal(code, 60);
  assert.match(line, /^WARNING: the newest good backup is dated 3 hours in the future \(/);
});

Deno.test("status --json: one document", async () => {
  using home = Home.withLibrary();
  const [old = ""] = await putBackups(home, ago(30 * HOUR));
  Deno.removeSync(home.library);
  Deno.writeTextFileSync(home.library, "scrambled");
  const { code, stdout, stderr } = await home.run(["status", "--json", "--max-age", "1d"]);
  const document = home.document(stdout) as Record<string, unknown> & {
    newest: { age_seconds: number; created_at: string };
    free_bytes: number;
  };
  const size = Deno.statSync(join(home.backups, old)).size;
  const { newest: { age_seconds, created_at }, free_bytes } = document;
  assert(age_seconds >= 30 * HOUR && age_seconds < 30 * HOUR + 60);
  assert(free_bytes > 0);
  assert.deepEqual(document, {
    success: false,
    status: "critical",
    reasons: [{
      code: "too_old",
      level: "critical",
      message: "the newest good backup is 30 hours old, more than 24 hours",
    }],
    directory: "HOME/.vpo/backups",
    newest: {
      filename: old,
      path: `HOME/.vpo/backups/${old}`,
      created_at,
      age_seconds,
      unchanged_at: null,
      archive_size_bytes: size,
      database_size_bytes: 794_624,
      file_count: 400,
      schema_version: 27,
      library_checked: true,
    },
    checked_at: "NOW",
    max_age_seconds: 86_400,
    newest_damaged: null,
    newest_unreadable: null,
    total_count: 1,
    damaged_count: 0,
    unreadable_count: 0,
    total_size_bytes: size,
    free_bytes,
    needed_bytes: 2 * size + 794_624 + 16 * 1024 * 1024,
    library_path: "HOME/.vpo/library.db",
    library_state: "unreadable",
    library_changed: null,
    library_error: "file is not a database",
    library_file_count: null,
    on_library_disk: null,
    copy_max_age_seconds: 8 * 86_400,
    copies: [],
    warnings: [],
  });
  assert.deepEqual([code, stderr], [61, ""]);
});

testMore({
  name: "status: a library that another process holds says nothing against the backups",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    await putBackups(home, ago(HOUR));
    await using _ = await holdLibrary(home.library, ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"]);
    const [code, line] = await status(home, "--wait", "0");
    assert.match(line, /, library cannot be read\)\n$/);
    assert.equal(code, 0);
  },
});

testMore("status: without anything to tell where the library is", async () => {
  using home = new Home();
  await putBackups(home, ago(HOUR));
  const { code, stdout } = await home.run(["status", "--backup-dir", home.backups], { home: null, cwd: home.path });
  assert.match(stdout, /^OK: the newest good backup is \d+ minutes old \(1 backup, [^,]+, [^,]+ free\)\n$/);
  assert.equal(code, 0);
});
