import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Snapshot } from "../../src/library/snapshot.ts";
import { queryValue, sqliteFailure } from "../../src/library/sqlite.ts";
import { createPrivateFile } from "../../src/store/private_file.ts";
import { sha256 } from "../support/bytes.ts";
import { execute, isSound } from "../support/database.ts";
import { Peer } from "../support/peer.ts";
import { TemporaryDirectory } from "../support/temporary.ts";
import { readTransfers, ROWS, transfer, transfersSchema } from "../support/transfers.ts";

/** For a writer that hangs, not for a busy machine. */
const DEADLINE_MS = 120_000;
const ignoreProgress = () => {};

/** A fresh database with three transactions in it. */
function makeLibrary(directory: TemporaryDirectory, journalMode: "wal" | "delete"): string {
  const path = directory.file("library.db");
  execute(path, transfersSchema(journalMode));
  for (const serial of [1, 2, 3]) execute(path, transfer(serial));
  return path;
}

/** An empty file for a copy. */
function newCopy(directory: TemporaryDirectory): string {
  const path = directory.file("copy.db");
  createPrivateFile(path).close();
  return path;
}

function transfersIn(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return readTransfers(database);
  } finally {
    database.close();
  }
}

function isBusy(error: unknown): true {
  assert.equal(sqliteFailure(error), "busy");
  return true;
}

for (const journalMode of ["wal", "delete"] as const) {
  Deno.test(`Snapshot: copies a library in journal mode ${journalMode} and does not change it`, async () => {
    using directory = new TemporaryDirectory();
    const library = makeLibrary(directory, journalMode);
    const copy = newCopy(directory);
    const before = sha256(Deno.readFileSync(library));
    {
      using snapshot = Snapshot.pin(library, 0);
      assert.equal(snapshot.size, Deno.statSync(library).size);
      assert.deepEqual(snapshot.read(readTransfers), { transactions: 3, debit: -3, credit: 3 });
      await snapshot.copyTo(copy, ignoreProgress);
    }
    assert.equal(sha256(Deno.readFileSync(library)), before);
    assert.equal(Deno.statSync(copy).size, Deno.statSync(library).size);
    assert.deepEqual(transfersIn(copy), { transactions: 3, debit: -3, credit: 3 });
    assert(isSound(copy));
  });
}

Deno.test("Snapshot: holds one moment while another process commits during the whole copy", async () => {
  using directory = new TemporaryDirectory();
  const library = makeLibrary(directory, "wal");
  const copy = newCopy(directory);
  await using writer = Peer.deno("./transfers_peer.ts", library);
  assert.equal(await writer.answer(), "writing");

  using snapshot = Snapshot.pin(library, 5);
  const pinned = snapshot.read(readTransfers);
  const live = new DatabaseSync(library, { readOnly: true });
  const started = performance.now();
  let seen = pinned.transactions;
  let steps = 0;
  await snapshot.copyTo(copy, () => {
    steps++;
    const last = seen;
    while (seen === last) {
      seen = readTransfers(live).transactions;
      assert(performance.now() - started < DEADLINE_MS, "the other process no longer commits");
    }
  });
  live.close();

  assert(steps >= 2, `${steps} steps`);
  assert(seen >= pinned.transactions + steps);
  assert.deepEqual(snapshot.read(readTransfers), pinned);
  assert.deepEqual(transfersIn(copy), pinned);
  assert.deepEqual(pinned, {
    transactions: pinned.transactions,
    debit: -pinned.transactions,
    credit: pinned.transactions,
  });
  assert(isSound(copy));
});

Deno.test("Snapshot: takes what is committed to the write-ahead log only, and nothing uncommitted", async () => {
  using directory = new TemporaryDirectory();
  const library = makeLibrary(directory, "wal");
  const copy = newCopy(directory);
  await using peer = Peer.deno("./sqlite_peer.ts", library);
  assert.equal(await peer.answer(), "open");
  assert.equal(await peer.ask("PRAGMA wal_autocheckpoint = 0"), "ok");
  assert.equal(await peer.ask(transfer(4).replaceAll("\n", " ")), "ok");
  assert.equal(await peer.ask("BEGIN IMMEDIATE; UPDATE total SET transactions = 99"), "ok");
  assert(Deno.statSync(`${library}-wal`).size > 0);

  using snapshot = Snapshot.pin(library, 0);
  await snapshot.copyTo(copy, ignoreProgress);
  assert.deepEqual(transfersIn(copy), { transactions: 4, debit: -4, credit: 4 });
});

Deno.test("Snapshot: keeps writers of a library in rollback mode waiting until it is let go", async () => {
  using directory = new TemporaryDirectory();
  const library = makeLibrary(directory, "delete");
  const copy = newCopy(directory);
  await using peer = Peer.deno("./sqlite_peer.ts", library);
  assert.equal(await peer.answer(), "open");
  assert.equal(await peer.ask("PRAGMA busy_timeout = 0"), "ok");
  {
    using snapshot = Snapshot.pin(library, 0);
    assert.match(await peer.ask("UPDATE total SET transactions = 99"), /locked/);
    await snapshot.copyTo(copy, ignoreProgress);
    assert.match(await peer.ask("UPDATE total SET transactions = 99"), /locked/);
  }
  assert.equal(await peer.ask("UPDATE total SET transactions = 99"), "ok");
  assert.equal(transfersIn(copy).transactions, 3);
});

Deno.test("Snapshot.pin: is refused while another process writes in rollback mode, after the wait and not before", async () => {
  using directory = new TemporaryDirectory();
  const library = makeLibrary(directory, "delete");
  await using peer = Peer.deno("./sqlite_peer.ts", library);
  assert.equal(await peer.answer(), "open");
  assert.equal(await peer.ask("BEGIN EXCLUSIVE"), "ok");
  assert.throws(() => Snapshot.pin(library, 0), isBusy);
  const started = performance.now();
  assert.throws(() => Snapshot.pin(library, 0.3), isBusy);
  assert(performance.now() - started >= 290);

  await peer.tell(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    SELECT sum(i) FROM n; COMMIT`.replaceAll("\n", " "));
  using snapshot = Snapshot.pin(library, 20);
  assert.equal(snapshot.read(readTransfers).transactions, 3);
});

Deno.test("Snapshot.copyTo: reports pages, the last time with none left at most a step away", async () => {
  using directory = new TemporaryDirectory();
  const library = makeLibrary(directory, "wal");
  using snapshot = Snapshot.pin(library, 0);
  const pages = snapshot.read((database) => queryValue(database, "PRAGMA page_count"));
  const reports: number[] = [];
  await snapshot.copyTo(newCopy(directory), (done, total) => {
    assert.equal(total, pages);
    reports.push(done);
  });
  assert(Number(pages) > 2 * ROWS);
  assert.deepEqual(reports.slice(0, 3), [1000, 2000, 3000]);
});

Deno.test("Snapshot.copyTo: ends with what the report of progress throws", async () => {
  using directory = new TemporaryDirectory();
  const library = makeLibrary(directory, "wal");
  using snapshot = Snapshot.pin(library, 0);
  const stop = new Error("stop");
  let calls = 0;
  const advance = () => {
    calls++;
    throw stop;
  };
  await assert.rejects(snapshot.copyTo(newCopy(directory), advance), (error) => error === stop);
  assert.equal(calls, 1);
  assert.equal(snapshot.read(readTransfers).transactions, 3);
});

// Windows has no such modes.
Deno.test({
  name: "Snapshot.copyTo: keeps the mode of the file that it fills",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using directory = new TemporaryDirectory();
    using snapshot = Snapshot.pin(makeLibrary(directory, "wal"), 0);
    const copy = newCopy(directory);
    await snapshot.copyTo(copy, ignoreProgress);
    assert.equal((Deno.statSync(copy).mode ?? 0) & 0o777, 0o600);
  },
});

Deno.test("Snapshot.pin: fails where there is no library, or no database, and makes none", () => {
  using directory = new TemporaryDirectory();
  const failure = (path: string) => {
    try {
      Snapshot.pin(path, 0);
    } catch (error) {
      return sqliteFailure(error);
    }
  };
  assert.equal(failure(directory.file("missing.db")), "cannot open");
  assert.equal(failure(directory.file("text.db", new TextEncoder().encode("text ".repeat(500)))), "not a database");
  assert.deepEqual(directory.names(), ["text.db"]);
});

Deno.test("Snapshot: lets the library go once, however often it is told to", () => {
  using directory = new TemporaryDirectory();
  const library = makeLibrary(directory, "delete");
  const snapshot = Snapshot.pin(library, 0);
  snapshot[Symbol.dispose]();
  snapshot[Symbol.dispose]();
  execute(library, "BEGIN EXCLUSIVE; COMMIT");
});
