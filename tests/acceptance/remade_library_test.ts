import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hasPython } from "../support/commands.ts";
import { type Fault, Faults } from "../support/faults.ts";
import { isSound, query } from "../support/database.ts";
import { someOf, testMore } from "../support/extent.ts";
import { crashLibrary, holdLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";
import { StartedProgram } from "../support/started.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

/** VPO makes its library anew, as each of its commands does, while a backup is put where there was none. */

const ignore = cannotIntercept() !== null;
const RESTORE = ["restore", "latest", "--yes"];
const LOCKED = 43;
const ROWS = "SELECT row FROM made";
const MAKE = "CREATE TABLE made (row); INSERT INTO made VALUES (1)";

const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

/** A home with an archive, and what is left of a library that was moved: a log, where one is wanted. */
function homeWithout(log: boolean): Home {
  const home = new Home();
  home.putArchive(VPO_ARCHIVES.present);
  if (!log) return home;
  const database = new DatabaseSync(home.putLibrary());
  database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE files SET size_bytes = 1");
  const bytes = Deno.readFileSync(`${home.library}-wal`);
  database.close();
  Deno.removeSync(home.library);
  Deno.writeFileSync(`${home.library}-wal`, bytes);
  return home;
}

/** Runs a restore in a home, stopped when it has found no library and just before it removes what is beside none. */
async function restoreStopped(log: boolean, home: Home, meanwhile: () => void) {
  using twin = homeWithout(log);
  const calls = await faults.calls({}, twin, ...RESTORE);
  const named = calls.findIndex(({ kind, path }) => kind === "link" && path === twin.library);
  const place = calls.slice(0, named).findLast(({ kind }) => kind === "chmod")?.place;
  assert(place !== undefined);
  return await faults.runStopped({ at: place }, home, RESTORE, () => Promise.resolve(meanwhile()));
}

Deno.test({
  name: "restore: leaves the log of a library alone that VPO makes meanwhile where there was none (needs gcc)",
  ignore,
  async fn() {
    using home = homeWithout(false);
    using cast = new DisposableStack();
    const vpo: DatabaseSync[] = [];
    const { code, stderr } = await restoreStopped(false, home, () => {
      vpo.push(cast.use(new DatabaseSync(home.library)));
      vpo[0]?.exec(`PRAGMA journal_mode = WAL; ${MAKE}`);
    });
    assert.equal(code, LOCKED, stderr);
    vpo[0]?.exec("INSERT INTO made VALUES (2)");
    assert.deepEqual(query(home.library, ROWS), [1, 2]);
    assert(isSound(home.library));
  },
});

testMore({
  name: "restore: puts no log of another library beside one that VPO makes meanwhile, and keeps it (needs gcc)",
  ignore,
  async fn() {
    using home = homeWithout(true);
    const log = Deno.readFileSync(`${home.library}-wal`);
    const { code, stderr } = await restoreStopped(true, home, () => {
      using vpo = new DatabaseSync(home.library);
      vpo.exec(MAKE);
    });
    assert.equal(code, LOCKED, stderr);
    assert(!namesIn(home.vpo).includes("library.db-wal"));
    assert.deepEqual(query(home.library, ROWS), [1]);
    assert(isSound(home.library));
    const kept = namesIn(home.vpo).filter((name) => /\.before-restore-.*-wal$/.test(name));
    assert.deepEqual(kept.map((name) => Deno.readFileSync(join(home.vpo, name))), [log]);
    assert.match(stderr, new RegExp(`Warning: a log that was beside no library is kept as ".*/${kept[0]}"`));
  },
});

testMore({
  name: "restore: what VPO commits to an empty library just then is set aside without an older journal (needs gcc)",
  ignore,
  async fn() {
    using home = homeWithout(false);
    using vpo = new DatabaseSync(home.library);
    // A cache of one page writes to the disk what is not committed yet: the journal has content then.
    vpo.exec("PRAGMA cache_size = 1; BEGIN; CREATE TABLE made (row)");
    Deno.writeFileSync(`${home.library}-journal`, new Uint8Array(512).fill(7));
    const moment = { at: 1, call: { kind: "open", path: home.vpo } } as const;
    const { code, stderr } = await faults.runStopped(moment, home, RESTORE, () => {
      vpo.exec("INSERT INTO made VALUES (1); COMMIT");
      vpo.close();
      return Promise.resolve();
    });
    assert.equal(code, 0, stderr);
    const [library = "", ...others] = namesIn(home.vpo).filter((name) => /before-restore-.*Z(-\d+)?$/.test(name));
    assert.deepEqual(others, []);
    assert(!namesIn(home.vpo).includes(`${library}-journal`));
    assert.deepEqual(query(join(home.vpo, library), ROWS), [1]);
  },
});

testMore({
  name: "restore: does not blame the disk alone where VPO has used the new library before it was looked at (needs gcc)",
  ignore,
  async fn() {
    using home = homeWithout(false);
    const moment = { at: 1, call: { kind: "create", path: home.library } } as const;
    const { code, stderr } = await faults.runStopped(moment, home, RESTORE, () => {
      using vpo = new DatabaseSync(home.library);
      vpo.exec("DELETE FROM files");
      return Promise.resolve();
    });
    assert.equal(code, 40, stderr);
    assert.match(
      stderr,
      /did not hold what it should: it has 0 files and schema 27\nIf a program has used the new one/,
    );
  },
});

Deno.test({
  name: "undo: removes no log into which somebody has written beside what is put back (needs gcc)",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    const kept = home.putLibrary(`${home.library}.before-restore-2026-02-06T09-12-44Z`);
    using vpo = new DatabaseSync(kept);
    vpo.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; SELECT count(*) FROM files");
    const moment = { at: 1, call: { kind: "rename", path: home.library } } as const;
    const { code, stderr } = await faults.runStopped(moment, home, ["undo", "--yes"], () => {
      vpo.exec(MAKE);
      return Promise.resolve();
    });
    assert.equal(code, 0, stderr);
    assert(Deno.statSync(`${kept}-wal`).size > 0);
  },
});

/** Moments at which the library of a home goes, and VPO makes one anew; `LIBRARY` and `WORK` stand for paths. */
const SWAPS: readonly (readonly [string, Fault, { readonly isBroken?: boolean; readonly hasLog?: boolean }])[] = [
  ["while it is copied", { at: 1, noLinks: true, call: { kind: "fsync", path: "WORK/previous.db" } }, {}],
  ["while a damaged one is copied", { at: 1, noLinks: true, call: { kind: "fsync", path: "WORK/previous.db" } }, {
    isBroken: true,
  }],
  ["when it has been set aside", { at: 1, call: { kind: "link", path: "LIBRARY.before-restore-*" } }, {}],
  ["while its log is merged into it", { at: 1, call: { kind: "fsync", path: "LIBRARY" } }, { hasLog: true }],
];

for (const [when, { call, ...moment }, { isBroken = false, hasLog = false }] of someOf(SWAPS, 1)) {
  Deno.test({
    name:
      `restore: replaces no library that VPO makes in the place of the one that was taken, ${when} (needs gcc, Python)`,
    ignore: ignore || !hasPython,
    async fn() {
      using home = Home.withLibrary();
      home.putArchive(VPO_ARCHIVES.present);
      if (isBroken) Deno.writeFileSync(home.library, new Uint8Array(100_000).fill(7));
      if (hasLog) await crashLibrary(home.library, ["PRAGMA journal_mode = WAL", "UPDATE files SET size_bytes = 1"]);
      assert(call !== undefined);
      const path = call.path.replace("LIBRARY", home.library).replace("WORK", join(home.vpo, ".vpo-backup-*"));
      using cast = new DisposableStack();
      const vpo: DatabaseSync[] = [];
      const { code, stderr } = await faults.runStopped({ ...moment, call: { ...call, path } }, home, RESTORE, () => {
        // The next file gets the inode of one that is removed, unless somebody has that open.
        if (isBroken) Deno.removeSync(home.library);
        else Deno.renameSync(home.library, join(home.path, "moved.db"));
        vpo.push(cast.use(new DatabaseSync(home.library)));
        vpo[0]?.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${MAKE}`);
        return Promise.resolve();
      });
      assert.equal(code, LOCKED, stderr);
      assert.match(stderr, /there is one now/);
      vpo[0]?.exec("INSERT INTO made VALUES (2)");
      assert.deepEqual(query(home.library, ROWS), [1, 2]);
      assert.equal(Deno.statSync(home.library).nlink, 1);
      if (!isBroken) assert(isSound(join(home.path, "moved.db")));
    },
  });
}

Deno.test({
  name: "restore: replaces no library that somebody has put in the place of the one that was set aside (needs gcc)",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const moved = join(home.path, "moved.db");
    const calls = await faults.calls({}, home, ...RESTORE);
    const at = calls.filter(({ kind, path }, index) =>
      kind === "fsync" && path === home.vpo && index < calls.findIndex((one) =>
          one.kind === "rename"
        )
    ).length;
    const moment = { at, call: { kind: "fsync", path: home.vpo } } as const;
    const { code, stderr } = await faults.runStopped(moment, home, RESTORE, () => {
      Deno.renameSync(home.library, moved);
      using vpo = new DatabaseSync(home.library);
      vpo.exec(MAKE);
      return Promise.resolve();
    });
    assert.equal(code, LOCKED, stderr);
    assert.deepEqual(query(home.library, ROWS), [1]);
    assert(isSound(moved));
  },
});

/** Brings a library into a state in which its log holds all that was committed to it last. */
const WRITE_LOG = ["PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "UPDATE files SET size_bytes = 1"];

/** Whether the log that a library has now is kept beside it later. */
function watchLog({ vpo, library }: Home): () => boolean {
  const log = Deno.readFileSync(`${library}-wal`);
  return () => {
    const [kept, ...more] = namesIn(vpo).filter((name) => /\.before-restore-.*-wal$/.test(name));
    return kept !== undefined && more.length === 0 && Buffer.compare(log, Deno.readFileSync(join(vpo, kept))) === 0;
  };
}

Deno.test({
  name: "restore: keeps the log of a library that is moved while it waits for the lock (needs Python)",
  // Windows lets nobody move a library that is open.
  ignore: !hasPython || Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    await using _vpo = await holdLibrary(home.library, WRITE_LOG);
    const isKept = watchLog(home);
    await using restore = StartedProgram.start([...RESTORE, "--wait", "60", "-v"], { home: home.path });
    await restore.said("step lock library");
    Deno.renameSync(home.library, join(home.path, "moved.db"));
    const { code, stdout, stderr } = await restore.ended();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ {2}Found a log without its library; kept as: .*-wal$/m);
    assert(isKept());
  },
});

Deno.test({
  name: "restore: keeps the log of a library that is moved just before SQLite opens it (needs gcc, Python)",
  ignore: ignore || !hasPython,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    await crashLibrary(home.library, WRITE_LOG);
    const isKept = watchLog(home);
    const moment = { at: 1, call: { kind: "create", path: home.library } } as const;
    const { code, stderr } = await faults.runStopped(moment, home, RESTORE, () => {
      Deno.renameSync(home.library, join(home.path, "moved.db"));
      return Promise.resolve();
    });
    assert.equal(code, 0, stderr);
    assert(isKept());
  },
});

Deno.test({
  name: "restore: sets libraries aside in the order in which runs that wait for one lock replace them (needs Python)",
  // Windows replaces no library that the other one just looks at.
  ignore: !hasPython || Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const vpo = await holdLibrary(home.library, ["BEGIN IMMEDIATE"]);
    const start = () => StartedProgram.start([...RESTORE, "--wait", "60", "-v"], { home: home.path });
    await using one = start();
    await using other = start();
    await Promise.all([one, other].map((run) => run.said("step lock library")));
    await vpo.kill();
    for (const { code, stderr } of await Promise.all([one.ended(), other.ended()])) assert.equal(code, 0, stderr);
    const serials = namesIn(home.vpo).map((name) => /\.before-restore-.*Z(-2)?$/.exec(name)).filter((one) =>
      one !== null
    );
    assert.deepEqual(serials.map(([, serial]) => serial).sort(), ["-2", undefined]);
  },
});
