import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { type HeldLibrary, holdLibrary } from "../../src/library/lock.ts";
import { queryValue, sqliteFailure } from "../../src/library/sqlite.ts";
import { hasPython } from "../support/commands.ts";
import { execute, isSound, query } from "../support/database.ts";
import { Peer } from "../support/peer.ts";
import { connectTo, COUNT, makeSmallLibrary } from "../support/small_library.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

function hold(library: string, waitSeconds = 0): HeldLibrary {
  const held = holdLibrary(library, waitSeconds);
  assert.equal(held.state, "held");
  return (held as Extract<typeof held, { state: "held" }>).library;
}

function count(database: DatabaseSync): unknown {
  return queryValue(database, COUNT);
}

function refusesAsBusy(library: string): void {
  assert.throws(() => holdLibrary(library, 0), (error) => sqliteFailure(error) === "busy");
}

for (const journalMode of ["wal", "delete"] as const) {
  Deno.test(`holdLibrary: takes a library in journal mode ${journalMode} that nobody uses`, () => {
    using directory = new TemporaryDirectory();
    const library = makeSmallLibrary(directory, journalMode);
    {
      using held = hold(library);
      assert.equal(held.read(count), 2);
    }
    assert.deepEqual(directory.names(), ["library.db"]);
    assert.deepEqual(query(library, "PRAGMA journal_mode"), [journalMode]);
  });

  for (
    const [state, sql] of [["reads", `BEGIN; ${COUNT}`], ["writes", "BEGIN IMMEDIATE; DELETE FROM files"]] as const
  ) {
    Deno.test(`holdLibrary: refuses a library in journal mode ${journalMode} that another process ${state}`, async () => {
      using directory = new TemporaryDirectory();
      const library = makeSmallLibrary(directory, journalMode);
      {
        await using peer = await connectTo(library);
        assert.equal(await peer.ask(sql), "ok");
        refusesAsBusy(library);
        assert.equal(await peer.ask("COMMIT"), "ok");
      }
      using held = hold(library);
      assert.equal(held.read(count), state === "reads" ? 2 : 0);
    });
  }

  Deno.test(`HeldLibrary: keeps others out of a library in journal mode ${journalMode} until it is let go`, async () => {
    using directory = new TemporaryDirectory();
    const library = makeSmallLibrary(directory, journalMode);
    await using peer = Peer.deno("./sqlite_peer.ts", library);
    assert.equal(await peer.answer(), "open");
    assert.equal(await peer.ask("PRAGMA busy_timeout = 0"), "ok");
    {
      using held = hold(library);
      for (const sql of [COUNT, "INSERT INTO files VALUES (3)", COUNT]) {
        assert.match(await peer.ask(sql), /locked/, sql);
      }
      assert.equal(held.read(count), 2);
      held[Symbol.dispose]();
    }
    assert.equal(await peer.ask("INSERT INTO files VALUES (3)"), "ok");
  });
}

Deno.test("holdLibrary: refuses a library in WAL mode that another process has open and does nothing with", async () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "wal");
  {
    await using peer = await connectTo(library);
    refusesAsBusy(library);
    assert.equal(await peer.ask(COUNT), "ok");
  }
  using held = hold(library);
  assert.equal(held.read(count), 2);
});

// Needs Python, in which VPO is written.
Deno.test({
  name: "holdLibrary: refuses a library in WAL mode that a Python program has open and does nothing with",
  ignore: !hasPython,
  fn: async () => {
    using directory = new TemporaryDirectory();
    const library = makeSmallLibrary(directory, "wal");
    const program = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM files").fetchone()[0])
sys.stdin.read()
`;
    {
      await using peer = Peer.python(program, library);
      assert.equal(await peer.answer(), "2");
      refusesAsBusy(library);
    }
    using _held = hold(library);
  },
});

Deno.test("holdLibrary: refuses a library that this process has open in another connection", () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "wal");
  using _first = hold(library);
  refusesAsBusy(library);
});

Deno.test("holdLibrary: cannot see an idle connection to a library in rollback mode, but keeps it out", async () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "delete");
  await using peer = await connectTo(library);
  using _held = hold(library);
  assert.match(await peer.ask(COUNT), /locked/);
});

Deno.test("holdLibrary: waits as long as it may, and takes the library as soon as it is free", async () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "delete");
  await using peer = await connectTo(library);
  assert.equal(await peer.ask("BEGIN EXCLUSIVE"), "ok");
  const started = performance.now();
  assert.throws(() => holdLibrary(library, 0.3), (error) => sqliteFailure(error) === "busy");
  assert(performance.now() - started >= 290);

  const slow = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT sum(i) FROM n";
  await peer.tell(`${slow}; INSERT INTO files VALUES (3); COMMIT`);
  using held = hold(library, 20);
  assert.equal(held.read(count), 3);
});

Deno.test("holdLibrary: brings what a killed process committed to the write-ahead log into the library", async () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "wal");
  {
    await using peer = await connectTo(library);
    assert.equal(await peer.ask("PRAGMA wal_autocheckpoint = 0; INSERT INTO files VALUES (3), (4), (5)"), "ok");
    assert.equal(await peer.ask("BEGIN; INSERT INTO files VALUES (6)"), "ok");
    await peer.kill();
  }
  assert(Deno.statSync(`${library}-wal`).size > 0);
  using held = hold(library);
  assert.equal(held.read(count), 5);
  assert.equal(Deno.statSync(`${library}-wal`).size, 0);

  // As a restore keeps it: the file alone, by a second name, while the library is held.
  Deno.linkSync(library, directory.file("kept.db"));
  held[Symbol.dispose]();
  assert.deepEqual(query(directory.file("kept.db"), COUNT), [5]);
});

Deno.test("holdLibrary: takes back what a killed process had not committed in rollback mode", async () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "delete");
  execute(library, "CREATE TABLE filler (text TEXT)");
  {
    await using peer = await connectTo(library);
    const fill = "INSERT INTO filler SELECT printf('%.4000c', 'x') FROM n";
    const rows = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 200)";
    assert.equal(await peer.ask(`PRAGMA cache_size = 2; BEGIN; DELETE FROM files; ${rows} ${fill}`), "ok");
    await peer.kill();
  }
  assert(Deno.statSync(`${library}-journal`).size > 0);
  {
    using held = hold(library);
    assert.equal(held.read(count), 2);
  }
  assert.deepEqual(directory.names(), ["library.db"]);
  assert(isSound(library));
});

testWithSymlinks("holdLibrary: says that there is nothing", () => {
  using directory = new TemporaryDirectory();
  makeSymlink(directory.file("nowhere"), directory.file("dangling"));
  for (const name of ["missing.db", "missing/library.db", "dangling"]) {
    assert.deepEqual(holdLibrary(directory.file(name), 0), { state: "absent" });
  }
  assert.deepEqual(directory.names(), ["dangling"]);
});

Deno.test({
  name: "HeldLibrary: deletes no log of a library that has taken the old one's place",
  ignore: Deno.build.os === "windows", // It removes nothing that is open.
  async fn() {
    using directory = new TemporaryDirectory();
    const library = makeSmallLibrary(directory, "wal");
    const candidate = directory.file("candidate.db");
    execute(candidate, `PRAGMA journal_mode = wal; CREATE TABLE files (path TEXT); INSERT INTO files VALUES (7)`);
    const held = hold(library);
    Deno.linkSync(library, directory.file("kept.db"));
    for (const suffix of ["-wal", "-shm", "-journal"]) {
      try {
        Deno.removeSync(library + suffix);
      } catch (error) {
        assert(error instanceof Deno.errors.NotFound);
      }
    }
    Deno.renameSync(candidate, library);

    await using peer = await connectTo(library);
    assert.equal(await peer.ask("PRAGMA wal_autocheckpoint = 0; INSERT INTO files VALUES (8), (9)"), "ok");
    const log = Deno.readFileSync(`${library}-wal`);
    held[Symbol.dispose]();

    assert.deepEqual(Deno.readFileSync(`${library}-wal`), log);
    await peer.kill();
    assert.deepEqual(query(library, "SELECT path FROM files ORDER BY path"), ["7", "8", "9"]);
    assert.deepEqual(query(directory.file("kept.db"), "SELECT path FROM files ORDER BY path"), ["1", "2"]);
    assert(isSound(library));
  },
});
