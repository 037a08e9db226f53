import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { someOf, testMore } from "../support/extent.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";
import { readThrough } from "../support/archives.ts";
import { noise, sha256 } from "../support/bytes.ts";
import { contentHash, isSound } from "../support/database.ts";
import { check } from "../support/failures.ts";
import { type Fault, Faults } from "../support/faults.ts";
import { putBackups } from "../support/history.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../support/modes.ts";

/** What is left where the system refuses the program one call in its middle. */

/** LD_PRELOAD, which brings in what comes between the program and the system, is Linux's; gcc has to compile that. */
const ignore = cannotIntercept() !== null;
const DISK_ERROR = "Input/output error";
const SET_ASIDE = ".before-restore-2026-02-06T09-12-44Z";

const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

/** The disk fails when names in this directory are to be made lasting for the nth time. */
function unsynced(directory: string, noLinks: boolean, at = 1): Fault {
  return { at, call: { kind: "fsync", path: directory }, mishap: "EIO", noLinks };
}

/** A home with a set-aside library and no other. */
function homeWithoutLibrary(): { home: Home; aside: string; [Symbol.dispose](): void } {
  const home = new Home();
  const aside = home.putLibrary(home.library + SET_ASIDE);
  // Not the mode that it gets where it is put in place.
  Deno.chmodSync(aside, 0o640);
  return { home, aside, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

testMore({
  name: "undo: a disk error when the library in place is to lose its earlier name is an error that says so",
  ignore,
  async fn() {
    using made = homeWithoutLibrary();
    const { home, aside } = made;
    const fault = { at: 1, call: { kind: "unlink", path: aside }, mishap: "EIO" } as const;
    const { code, stdout, stderr } = await faults.run(fault, home, "undo", "--yes");
    const what = `"HOME/.vpo/library.db" was replaced, but its earlier name is still there`;
    const why = `${DISK_ERROR}: remove 'HOME/.vpo/library.db${SET_ASIDE}'`;
    assert.equal(stderr, `Error: ${what}: ${why}\nCheck the disk.\n`);
    assert.deepEqual([code, stdout], [40, ""]);
    assert(isSound(home.library));
    assert.equal((await home.run(["undo", "--yes"])).code, 20, "it is no other library");
  },
});

for (const noLinks of someOf([false, true], 1)) {
  const where = noLinks ? " on a file system without hard links" : "";

  for (const [at, when] of someOf([[1, "before"], [2, "after"]] as const, 1)) {
    Deno.test({
      name:
        `undo: a disk error ${when} it puts a library where there is none${where} leaves the set-aside one as it was`,
      ignore,
      async fn() {
        using made = homeWithoutLibrary();
        const { home } = made;
        const before = home.state();
        const { code, stdout, stderr } = await faults.run(unsynced(home.vpo, noLinks, at), home, "undo", "--yes");
        assert.equal(stderr, `Error: Cannot undo the restore: ${DISK_ERROR}\n`);
        assert.deepEqual([code, stdout], [40, ""]);
        assert.deepEqual(home.state(), before);
      },
    });
  }

  Deno.test({
    name: `undo: a disk error after all is in place${where} is an error that says so`,
    ignore,
    async fn() {
      using made = homeWithoutLibrary();
      const { home, aside } = made;
      const content = Deno.readFileSync(aside);
      const { code, stdout, stderr } = await faults.run(unsynced(home.vpo, noLinks, 3), home, "undo", "--yes");
      const what = `"HOME/.vpo/library.db" was replaced, but that may not survive a power cut`;
      assert.equal(stderr, `Error: ${what}: ${DISK_ERROR}\nCheck the disk.\n`);
      assert.deepEqual([code, stdout], [40, ""]);
      assert.deepEqual(namesIn(home.vpo), [basename(home.library)]);
      assert.deepEqual(Deno.readFileSync(home.library), content);
    },
  });

  for (const directory of ["there was", "it makes itself"] as const) {
    Deno.test({
      name: `backup: a disk error after the archive got its name${where} leaves none, in a directory that ${directory}`,
      ignore,
      async fn() {
        using home = Home.withLibrary();
        if (directory === "there was") home.putArchive(VPO_ARCHIVES.present);
        const before = home.state();
        const { code, stdout, stderr } = await faults.run(unsynced(home.backups, noLinks), home, "backup");
        assert.equal(stderr, `Error: Cannot back up the library: ${DISK_ERROR}\n`);
        assert.deepEqual([code, stdout], [40, ""]);
        assert.deepEqual(home.state(), before);
      },
    });
  }
}

testMore({
  name: "backup --force: a disk error after the archive got a name that was free leaves none",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    Deno.mkdirSync(home.backups);
    const before = home.state();
    const args = ["backup", "--output", join(home.backups, "mine.tar.gz"), "--force"];
    const { code, stdout, stderr } = await faults.run(unsynced(home.backups, false), home, ...args);
    assert.equal(stderr, `Error: Cannot back up the library: ${DISK_ERROR}\n`);
    assert.deepEqual([code, stdout], [40, ""]);
    assert.deepEqual(home.state(), before);
  },
});

Deno.test({
  name: "backup --force: a disk error after the archive took another one's place is an error that says so",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    const path = home.putArchive(VPO_ARCHIVES.present, "mine.tar.gz");
    const args = ["backup", "--output", path, "--force"];
    const { code, stdout, stderr } = await faults.run(unsynced(home.backups, false), home, ...args);
    const what = `"HOME/.vpo/backups/mine.tar.gz" was replaced, but that may not survive a power cut`;
    assert.equal(stderr, `Error: ${what}: ${DISK_ERROR}\nThe new backup in its place is whole. Check the disk.\n`);
    assert.deepEqual([code, stdout], [40, ""]);
    assert.deepEqual(home.archives(), ["mine.tar.gz"]);
    assert.equal((await readThrough(path)).tool?.startsWith("vpo-backup"), true);
  },
});

/** Side files of the library, and how often a restore makes them before it replaces the library. */
for (const [suffix, at] of someOf([["-wal", 1], ["-shm", 1], ["-wal", 2]] as const, 1)) {
  Deno.test({
    name: `restore: a disk that is full from the ${
      at === 1 ? "first" : "second"
    } library.db${suffix} on is told as such`,
    ignore,
    async fn() {
      using home = Home.withLibrary();
      const archive = home.putArchive(VPO_ARCHIVES.present);
      const before = home.state();
      const call = { kind: "create", path: home.library + suffix } as const;
      const fault = { at, call, mishap: "ENOSPC", onward: true } as const;
      const { code, stdout, stderr } = await faults.run(fault, home, "restore", archive, "--yes");
      const why = at === 1
        ? 'not enough space in "HOME/.vpo": 16.0 MB are needed, 0.0 MB are free'
        : "the disk is full";
      assert.equal(
        stderr,
        `Error: Cannot restore the backup: ${why}\nFree some space there, or name another directory.\n`,
      );
      assert.deepEqual([code, stdout], [44, ""]);
      assert.deepEqual(home.state(), before);
      assert(isSound(home.library));
    },
  });
}

Deno.test({
  name: "restore: a disk that is full when the new library is in place and opened is told as such",
  ignore,
  async fn() {
    const restore = ["restore", "latest", "--yes"];
    const opening = (home: Home) => ({ kind: "create", path: `${home.library}-wal` }) as const;
    using undisturbed = Home.withLibrary();
    undisturbed.putArchive(VPO_ARCHIVES.present);
    const at = await faults.count({ call: opening(undisturbed) }, undisturbed, ...restore);

    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const old = contentHash(home.library);
    const fault = { at, call: opening(home), mishap: "ENOSPC", onward: true } as const;
    const { code, stdout, stderr } = await faults.run(fault, home, ...restore);
    assert.equal(
      stderr,
      `Error: "HOME/.vpo/library.db" was replaced by what had been checked, but could not be opened afterwards: the disk is full
The previous library is kept: "HOME/.vpo/library.db.before-restore-NOW". Free some space there: \
SQLite needs a file beside a library to open it. Look at the new library with: vpo-backup doctor --library HOME/.vpo/library.db
`,
    );
    assert.deepEqual([code, stdout], [44, ""]);
    assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(VPO_ARCHIVES.present).library_db_sha256);
    const [kept] = namesIn(home.vpo).filter((name) => /before-restore-.*Z$/.test(name));
    assert.equal(contentHash(join(home.vpo, kept ?? "")), old);
  },
});

testMore({
  name: "restore: a disk error when the oldest set-aside library is to go is an error that says what is done",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const [oldest = ""] = [1, 2, 3].map((day) =>
      home.putLibrary(`${home.library}.before-restore-2026-01-0${day}T00-00-00Z`)
    );
    const fault = { at: 1, call: { kind: "unlink", path: oldest }, mishap: "EIO" } as const;
    const { code, stdout, stderr } = await faults.run(fault, home, "restore", "latest", "--yes");
    const what = `"HOME/.vpo/library.db" was replaced, but an older one that is set aside could not be removed`;
    const why = `${DISK_ERROR}: remove 'HOME/.vpo/library.db.before-restore-2026-01-01T00-00-00Z'`;
    const hint = `The previous library is kept: "HOME/.vpo/library.db.before-restore-NOW-2". Check the disk.`;
    assert.equal(stderr, `Error: ${what}: ${why}\n${hint}\n`);
    assert.deepEqual([code, stdout], [40, ""]);
  },
});

/** A home with a broken library that has a journal, a set-aside library and an archive. */
function homeWithBrokenLibrary(): Home {
  const home = new Home();
  home.putArchive(VPO_ARCHIVES.present);
  home.putLibrary(home.library + SET_ASIDE);
  Deno.writeFileSync(home.library, noise(20_000));
  Deno.writeFileSync(`${home.library}-journal`, noise(1000, 2));
  return home;
}

testMore({
  name: "restore: over a broken library whose journal cannot be copied, no half of it is kept for an undo to find",
  ignore,
  async fn() {
    const restore = ["restore", "latest", "--yes"];
    using undisturbed = homeWithBrokenLibrary();
    const journal = (home: Home) => ({ kind: "open", path: `${home.library}-journal` }) as const;
    const calls = await faults.calls({ noLinks: true }, undisturbed, ...restore);
    const copied = calls.findIndex(({ path }) => path.endsWith("/previous.db-journal"));
    const looked = `${undisturbed.library}-journal`;
    const at = calls.slice(0, copied).filter(({ kind, path }) => kind === "open" && path === looked).length;
    using home = homeWithBrokenLibrary();
    const before = home.state();
    const fault = { at, call: journal(home), mishap: "EIO", noLinks: true } as const;
    const { code, stdout, stderr } = await faults.run(fault, home, ...restore);
    assert.match(stderr, /^Error: Cannot restore the backup: Input\/output error: open '/);
    assert.deepEqual([code, stdout], [40, ""]);
    assert.deepEqual(home.state(), before);
    assert.equal((await home.run(["undo", "--yes"])).code, 0, "the library that was set aside before is the newest");
  },
});

const DAYS = [1, 2, 3, 4, 5, 6];

/** A disk error at one of five removals, and how many it says had gone before it. */
for (
  const [what, fault, count] of someOf(
    [
      ["at the third removal", { kind: "unlink", at: 1 }, 2],
      ["after the third removal", { kind: "fsync", at: 3 }, 3],
    ] as const,
    1,
  )
) {
  Deno.test({
    name: `prune: a disk error ${what} of five is an error that says how many there were before it`,
    ignore,
    async fn() {
      using home = Home.withLibrary();
      const names = await putBackups(home, ...DAYS.map((day) => `2024-03-0${day}T03:00:00Z`));
      const path = fault.kind === "unlink" ? join(home.backups, names[2] ?? "") : home.backups;
      const { kind, at } = fault;
      const prune = ["prune", "--keep-last", "1", "--yes", "--json"];
      const { code, stdout, stderr } = await faults.run({ at, call: { kind, path }, mishap: "EIO" }, home, ...prune);
      const why = kind === "unlink" ? `${DISK_ERROR}: remove 'HOME/.vpo/backups/${names[2]}'` : DISK_ERROR;
      assert.deepEqual(home.document(stdout), {
        success: false,
        error: `Cannot prune the backups in "HOME/.vpo/backups": ${why}; removed before that: ${count} of 5 backups`,
        code: "operation_failed",
        hint: null,
        warnings: [],
      });
      assert.deepEqual([code, stderr], [40, ""]);
      assert.deepEqual(home.archives(), names.slice(count));
    },
  });
}

// Windows has no modes, and without setpriv root writes to whatever it wants.
testMore({
  name: "restore: over a library that the user may not write to, it says so",
  ignore: cannotObeyModes() !== null,
  fn: () =>
    check({
      code: "operation_failed",
      args: ["restore", "latest", "--yes"],
      prepare(home) {
        home.putArchive(VPO_ARCHIVES.present);
        Deno.chmodSync(home.library, 0o444);
      },
      surroundings: () => ({ through: OBEYING_MODES }),
      error: 'Cannot replace the library: "HOME/.vpo/library.db" may not be written to by this user',
      hint: "Run this as a user who may, or change its mode.",
    }),
});
