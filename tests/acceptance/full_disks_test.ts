import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../support/database.ts";
import { Faults } from "../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { isInstalled } from "../support/commands.ts";
import { someOf, testMore } from "../support/extent.ts";
import { temporariesIn } from "../support/large_home.ts";
import { strangersIn } from "../support/strangers.ts";
import { canMount, mountMemory, mountReadOnly } from "../support/surroundings/mounts.ts";
import { fillUp } from "../torture/support/disk_room.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

function assertTidy(home: Home): void {
  assert.deepEqual([...temporariesIn(home.vpo), ...temporariesIn(home.backups)], []);
}

// Issue 12, B23.
const FULL = [
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "this user's disk quota is used up"],
  ["EFBIG", "the file would exceed a size limit"],
] as const;

for (const [errno, why] of someOf(FULL, 1)) {
  Deno.test({
    name: `backup: ${errno} when the archive is written is insufficient space, in words (needs gcc)`,
    ignore: cannotIntercept() !== null,
    async fn() {
      using home = Home.withLibrary();
      Deno.mkdirSync(home.backups);
      const calls = await faults.calls({}, home, "backup", "--output", `${home.backups}/first.tar.gz`);
      const call = calls.find(({ kind, path }) => kind === "write" && /backups\/\.vpo-backup-.*\.tar\.gz$/.test(path));
      assert(call !== undefined);
      const { code, stderr } = await faults.run({ at: call.place, mishap: errno }, home, "backup", "--no-reuse");
      assert.equal(stderr.split("\n")[0], `Error: Cannot back up the library: ${why}`);
      assert.equal(code, 44);
      assertTidy(home);
    },
  });
}

testMore({
  name: "backup: a limit of the size of files ends it in words, and not the process (needs prlimit)",
  ignore: !isInstalled("prlimit", "--version"),
  async fn() {
    using home = Home.withLibrary();
    // More than Deno keeps in any file of its own.
    execute(home.library, "CREATE TABLE padding AS SELECT zeroblob(60000000)");
    const through = ["prlimit", `--fsize=${40_000_000}`];
    const { code, stderr } = await home.run(["backup"], { through });
    assert.equal(code, 44, stderr);
    assert.equal(stderr.split("\n")[0], "Error: Cannot back up the library: the file would exceed a size limit");
    assert.equal(code, 44);
    assertTidy(home);
  },
});

testMore({
  name: "backup, doctor: a file system without inodes is no full disk (needs root, to mount one)",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    using _ = mountMemory(home.backups, { bytes: 64 * 1024 * 1024, files: 2 });
    Deno.writeTextFileSync(join(home.backups, "the only file"), "");
    const why = "it has no inodes left for more files";
    for (const args of [["backup"], ["backup", "--dry-run"]]) {
      const { code, stderr } = await home.run(args);
      assert.equal(
        home.masked(stderr),
        `Error: Cannot back up the library: nothing can be written in "HOME/.vpo/backups": ${why}\n` +
          "Remove files there, however small, or name another directory.\n",
      );
      assert.equal(code, 44);
    }
    const { stdout } = await home.run(["doctor"]);
    assert.match(
      home.masked(stdout),
      new RegExp(`problem +Directory +HOME/.vpo/backups: it cannot be written to: ${why}`),
    );
  },
});

Deno.test({
  name: "backup, doctor: a read-only file system is told in words, with a hint (needs root, to mount one)",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    Deno.mkdirSync(home.backups);
    using _ = mountReadOnly(home.backups);
    for (const args of [["backup"], ["backup", "--dry-run"]]) {
      const { code, stderr } = await home.run(args);
      assert.equal(
        home.masked(stderr),
        'Error: Cannot back up the library: nothing can be written in "HOME/.vpo/backups": the file system is read-only\n' +
          "Mount it for writing, or name another directory.\n",
      );
      assert.equal(code, 40);
    }
    const { stdout } = await home.run(["doctor"]);
    assert.match(
      home.masked(stdout),
      /problem +Directory +HOME.* it cannot be written to: the file system is read-only\n +Mount it for writing\.\n/,
    );
  },
});

Deno.test({
  name: "restore: on a read-only disk the hint is to mount it for writing, and no chmod (needs root, to mount one)",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    using _ = mountReadOnly(home.vpo);
    const { code, stderr } = await home.run(["restore", VPO_ARCHIVES.present, "--yes"]);
    const why = 'nothing can be written in "HOME/.vpo": the file system is read-only\nMount it for writing.\n';
    assert.deepEqual([code, home.masked(stderr)], [40, `Error: Cannot restore the backup: ${why}`]);
  },
});

Deno.test({
  name: "undo: a disk with no room for what SQLite keeps beside a database is full (needs root, to mount one)",
  ignore: !canMount,
  async fn() {
    using home = new Home();
    using _ = mountMemory(home.vpo, { bytes: 4 * 1024 * 1024 });
    home.putLibrary();
    const previous = `${home.library}.before-restore-2026-02-05T14-30-22Z`;
    Deno.copyFileSync(home.library, previous);
    // A directory and its small files still fit: what SQLite makes beside a database does not.
    fillUp(home.vpo, 16 * 1024);
    const { code, stderr } = await home.run(["undo", "--yes"]);
    assert.deepEqual([code, stderr.split("\n")[0]], [44, "Error: Cannot undo the restore: the disk is full"]);
    assert(Deno.statSync(previous).isFile);
  },
});

Deno.test({
  name:
    "backup: a disk that is full when SQLite needs a file beside the library to read it is told as such (needs gcc)",
  ignore: cannotIntercept() !== null,
  async fn() {
    using home = Home.withLibrary();
    const call = { kind: "create", path: `${home.library}-wal` } as const;
    const { code, stderr } = await faults.run({ at: 1, call, mishap: "ENOSPC", onward: true }, home, "backup");
    assert.match(stderr, /cannot create one there: no space is left\nFree some space there\./);
    assert.equal(code, 44);
  },
});

Deno.test({
  name: "backup, doctor: a snapshot of a file system, which says that it is full, may be read-only (needs root)",
  ignore: !canMount,
  async fn() {
    using home = new Home();
    using disk = mountMemory(home.vpo, { bytes: 4 * 1024 * 1024 });
    execute(home.putLibrary(), "PRAGMA journal_mode = WAL");
    fillUp(home.vpo, 0);
    using image = mountReadOnly(disk.path);
    const output = home.file("elsewhere");
    Deno.mkdirSync(output);
    const hint = "Free some space there. On a read-only file system, copy it to another one first.";
    const { code, stderr } = await home.run(["backup", "--make-dir", "--output", output]);
    assert.deepEqual([code, stderr.split("\n")[1]], [44, hint], stderr);
    const { stdout } = await home.run(["doctor"]);
    assert.match(stdout, new RegExp(`cannot create one there\\n +${hint}$`, "m"), image.path);
  },
});

testMore({
  name: "backup: a library's disk without inodes is told as such (needs root, to mount one)",
  ignore: !canMount,
  async fn() {
    using home = new Home();
    using _ = mountMemory(home.vpo, { bytes: 64 * 1024 * 1024, files: 2 });
    home.putLibrary();
    const elsewhere = home.file("elsewhere");
    Deno.mkdirSync(elsewhere);
    const { code, stderr } = await home.run(["backup", "--output", `${elsewhere}/a.tar.gz`, "--temp-dir", elsewhere]);
    assert.match(stderr, /cannot create one there: no inodes are left for more files\nRemove files there/);
    assert.equal(code, 44);
  },
});

testMore({
  name: "config init: says on a full disk that the configuration cannot be written (needs gcc)",
  ignore: cannotIntercept() !== null,
  async fn() {
    using home = Home.withLibrary();
    const args = ["config", "init"];
    const written = (await faults.calls({}, home, ...args)).find(({ kind }) => kind === "write");
    Deno.removeSync(join(home.vpo, "backup.toml"));
    const { code, stderr } = await faults.run({ at: written?.place ?? 0, mishap: "ENOSPC" }, home, ...args);
    assert.equal(code, 44);
    assert.match(stderr, /^Error: Cannot write the configuration: the disk is full\n/);
    assertTidy(home);
  },
});

Deno.test({
  name: "backup: a claim that cannot be written for lack of space does not stay (needs gcc)",
  ignore: cannotIntercept() !== null,
  async fn() {
    using home = Home.withLibrary();
    const call = { kind: "write", path: join(home.backups, "*.claim") } as const;
    home.putArchive(VPO_ARCHIVES.present);
    const { code } = await faults.run({ at: 1, call, mishap: "ENOSPC", noLinks: true }, home, "backup");
    assert.equal(code, 44);
    assert.deepEqual(strangersIn(home), []);
  },
});
