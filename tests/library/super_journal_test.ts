import assert from "node:assert/strict";
import { join } from "node:path";
import { holdLibrary } from "../../src/library/lock.ts";
import { openDatabase, resultCode, sqliteFailure } from "../../src/library/sqlite.ts";
import { NamesAnotherFile, namesAnotherFile } from "../../src/library/super_journal.ts";
import { hasPython } from "../support/commands.ts";
import { execute, query } from "../support/database.ts";
import { Peer } from "../support/peer.ts";
import { connectTo, makeSmallLibrary } from "../support/small_library.ts";
import { plantSuperJournal } from "../support/super_journal.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

/** SQLITE_READONLY_ROLLBACK. */
const READONLY_ROLLBACK = 776;

/** A library with a journal that names another file. */
class Planted extends TemporaryDirectory {
  readonly victim = this.file("victim", new Uint8Array(100).fill(1));
  readonly library = makeSmallLibrary(this, "delete");
  readonly journal = `${this.library}-journal`;

  constructor() {
    super();
    plantSuperJournal(this.library, this.victim);
  }

  isVictimThere(): boolean {
    return this.names().includes("victim");
  }
}

Deno.test({
  name: "namesAnotherFile: says so of all journals by which SQLite deletes a file",
  // There SQLite ends with an error instead.
  ignore: Deno.build.os === "windows",
  fn() {
    const planted = (change: (journal: Uint8Array) => Uint8Array) => {
      using directory = new Planted();
      Deno.writeFileSync(directory.journal, change(Deno.readFileSync(directory.journal)));
      const isNamed = namesAnotherFile(directory.library);
      query(directory.library, "SELECT count(*) FROM files");
      return { isNamed, isDeleted: !directory.isVictimThere() };
    };
    const harmless = { isNamed: false, isDeleted: false };
    const harmful = { isNamed: true, isDeleted: true };
    assert.deepEqual(planted((journal) => journal), harmful);
    assert.deepEqual(planted((journal) => journal.fill(1, 0, 512)), harmful, "its header is of no account");
    assert.deepEqual(planted((journal) => journal.slice(0, -1)), harmless, "cut");
    assert.deepEqual(planted((journal) => Uint8Array.from([...journal, 0])), harmless, "more behind it");
    assert.deepEqual(planted((journal) => journal.slice(0, 100)), harmless, "a header alone");
    assert.deepEqual(planted(() => new Uint8Array()), harmless);
    // It is not hot: it begins with a zero. A transaction would put its own header there, and leave the end as it is.
    assert.deepEqual(planted((journal) => journal.slice(512)), { isNamed: true, isDeleted: false });
  },
});

Deno.test("namesAnotherFile: no journal, or no file in its place, names none", () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "delete");
  assert.equal(namesAnotherFile(library), false);
  assert.equal(namesAnotherFile(join(directory.path, "missing.db")), false);
  Deno.mkdirSync(`${library}-journal`);
  assert.equal(namesAnotherFile(library), false);
});

testWithSymlinks("namesAnotherFile: the journal of a library behind a link is where SQLite looks for it", () => {
  using directory = new Planted();
  const link = join(directory.path, "link.db");
  makeSymlink("library.db", link);
  assert.equal(namesAnotherFile(link), Deno.build.os !== "windows");
  query(link, "SELECT count(*) FROM files");
  assert.equal(directory.isVictimThere(), Deno.build.os === "windows");
});

Deno.test("openDatabase: opens no database for writing whose journal names another file", () => {
  using directory = new Planted();
  assert.throws(() => openDatabase(directory.library, { readOnly: false, waitSeconds: 0 }), NamesAnotherFile);
  assert(directory.isVictimThere());
});

Deno.test("openDatabase: a connection that only reads rolls nothing back, and deletes nothing", () => {
  using directory = new Planted();
  const database = openDatabase(directory.library, { readOnly: true, waitSeconds: 0 });
  try {
    const read = () => database.prepare("PRAGMA schema_version").get();
    assert.throws(read, (error) => resultCode(error) === READONLY_ROLLBACK);
  } finally {
    database.close();
  }
  assert(directory.isVictimThere());
});

Deno.test("holdLibrary: a library whose journal names another file is unusable, and is not opened", () => {
  using directory = new Planted();
  assert.deepEqual(holdLibrary(directory.library, 0), { state: "unusable", library: null });
  assert(directory.isVictimThere());
});

/** Plants beside the library, once it is asked to, a journal that was made elsewhere, and only then lets go of the lock. */
const PLANTING = `
import os, sqlite3, sys, time
library, journal = sys.argv[1:]
connection = sqlite3.connect(library, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked")
sys.stdin.readline()
time.sleep(0.3)
os.rename(journal, library + "-journal")
connection.execute("COMMIT")
sys.stdin.read()
`;

Deno.test({
  name:
    "holdLibrary: deletes nothing that a journal names which was planted while it waited for the lock (needs Python)",
  ignore: !hasPython,
  async fn() {
    using directory = new Planted();
    const journal = join(directory.path, "planted");
    Deno.renameSync(directory.journal, journal);
    await using peer = Peer.python(PLANTING, directory.library, journal);
    assert.equal(await peer.answer(), "locked");
    await peer.tell("plant");
    // It is seen at the first look of an attempt, or at the second.
    try {
      assert.deepEqual(holdLibrary(directory.library, 30), { state: "unusable", library: null });
    } catch (error) {
      assert(error instanceof NamesAnotherFile, String(error));
    }
    assert(directory.isVictimThere());
  },
});

Deno.test("holdLibrary: a library whose journal names a file is in use as long as another process has it locked", async () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "delete");
  await using peer = await connectTo(library);
  assert.equal(await peer.ask("BEGIN EXCLUSIVE"), "ok");
  plantSuperJournal(library, library);
  assert.throws(() => holdLibrary(library, 0), (error) => sqliteFailure(error) === "busy");
  assert.equal(await peer.ask("COMMIT"), "ok");
  assert.equal(holdLibrary(library, 0).state, "unusable");
});

Deno.test("HeldLibrary.leaveWal: rolls back no journal that was planted beside a library in WAL mode", () => {
  using directory = new TemporaryDirectory();
  const victim = directory.file("victim", new Uint8Array(100).fill(1));
  const library = makeSmallLibrary(directory, "wal");
  const held = holdLibrary(library, 0);
  assert(held.state === "held");
  using _ = held.library;
  plantSuperJournal(library, victim);
  assert.throws(() => held.library.leaveWal(), NamesAnotherFile);
  held.library.returnToWal();
  assert(directory.names().includes("victim"));
});

Deno.test("HeldLibrary.returnToWal: opens no library beside which such a journal was planted meanwhile", () => {
  using directory = new TemporaryDirectory();
  const victim = directory.file("victim", new Uint8Array(100).fill(1));
  const library = makeSmallLibrary(directory, "wal");
  const held = holdLibrary(library, 0);
  assert(held.state === "held");
  held.library.leaveWal();
  held.library[Symbol.dispose]();
  plantSuperJournal(library, victim);
  assert.throws(() => held.library.returnToWal(), NamesAnotherFile);
  assert(directory.names().includes("victim"));
  Deno.removeSync(`${library}-journal`);
  execute(library, "DELETE FROM files");
});
