import assert from "node:assert/strict";
import { join } from "node:path";
import { hasPython } from "../support/commands.ts";
import { isSound } from "../support/database.ts";
import { Faults } from "../support/faults.ts";
import { holdLibrary } from "../support/holder.ts";
import { Home } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

/** LD_PRELOAD, which brings in what comes between the program and the system, is Linux's; gcc has to compile that. */
const ignore = cannotIntercept() !== null;
const PAGE_BYTES = 4096;

const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

/** Overwrites a page in the middle of a database. */
function overwritePage(path: string): void {
  using database = Deno.openSync(path, { write: true });
  database.seekSync(20 * PAGE_BYTES, Deno.SeekMode.Start);
  database.writeSync(new Uint8Array(PAGE_BYTES).fill(0xff));
}

/** A backup during which the copy goes bad in the work directory, after what happens to the library meanwhile. */
async function backUpBadly(home: Home, meanwhile: () => void = () => {}) {
  Deno.writeTextFileSync(join(home.vpo, "config.toml"), "# The first thing that is made after the copy is its own.\n");
  const call = { kind: "create", path: `${home.vpo}/*/settings` } as const;
  const { code, stderr } = await faults.runStopped({ at: 1, call }, home, ["backup"], () => {
    for (const name of namesIn(home.vpo).filter((name) => name.startsWith(".vpo-backup-"))) {
      overwritePage(join(home.vpo, name, "library.db"));
    }
    meanwhile();
    return Promise.resolve();
  });
  return { code, stderr: home.masked(stderr) };
}

Deno.test({
  name: "backup: a copy that went bad in the work directory is not blamed on the library",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    const { code, stderr } = await backUpBadly(home);
    assert.equal(code, 40, stderr);
    assert.match(
      stderr,
      /^Error: Cannot back up the library: the copy made of it in "HOME\/\.vpo" is damaged, though the library is not: /,
    );
    const hint = "That disk, or this computer's memory, may be failing. " +
      "Name a directory of your own on a local disk: vpo-backup backup --temp-dir DIR\n";
    assert(stderr.endsWith(hint), stderr);
    assert(isSound(home.library));
    assert.deepEqual(namesIn(home.vpo).filter((name) => name.startsWith(".")), [], "nothing is left");
  },
});

Deno.test({
  name: "backup: a library that is damaged, too, is said to be, and how to replace it",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    const { code, stderr } = await backUpBadly(home, () => overwritePage(home.library));
    assert.equal(code, 42, stderr);
    assert.match(
      stderr,
      /^Error: Cannot back up the library: "HOME\/\.vpo\/library\.db" is damaged or not a library: /,
    );
    assert.match(stderr, /\nReplace a damaged library with: vpo-backup restore latest --library HOME/);
  },
});

Deno.test({
  name: "verify: a lock on the copy in the work directory is not blamed on the archive",
  // SQLite waits for a minute.
  ignore: Deno.env.get("VPO_TEST_LARGE") !== "1" || ignore || !hasPython,
  async fn() {
    using home = Home.withLibrary();
    assert.equal((await home.run(["backup"])).code, 0);
    await using holders = new AsyncDisposableStack();
    // It is whole by then: the check of its size opens it.
    const call = { kind: "open", path: `${home.backups}/*/library.db` } as const;
    const { code, stdout, stderr } = await faults.runStopped({ at: 1, call }, home, ["verify", "latest"], async () => {
      for (const name of namesIn(home.backups).filter((name) => /^\.vpo-backup-[^.]*$/.test(name))) {
        const copy = join(home.backups, name, "library.db");
        holders.use(await holdLibrary(copy, ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"]));
      }
    });
    assert.equal(code, 40, stdout + stderr);
    assert.match(
      home.masked(stdout + stderr),
      /SQLite cannot use the copy of its library in "HOME\/\.vpo\/backups\/\.vpo-backup-[^"]*": database is locked/,
    );
    assert.doesNotMatch(stdout + stderr, /damaged/);
  },
});
