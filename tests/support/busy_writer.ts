import assert from "node:assert/strict";
import { Peer } from "./peer.ts";

/**
 * Moves one unit from a row of `debit` to a row of `credit` in each transaction, as fast as it can, and never waits for
 * a lock. The rows are spread over many pages, so a copy that mixes two moments has a wrong sum.
 */
const PROGRAM = `
import random, sqlite3, sys, threading

ROWS = 2000
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = OFF")
connection.execute("BEGIN")
for table in ("debit", "credit"):
    connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, units INTEGER NOT NULL, filler BLOB)")
    connection.executemany(f"INSERT INTO {table} VALUES (?, 1000, zeroblob(1000))", [(row,) for row in range(ROWS)])
connection.execute("COMMIT")

state = {"commits": 0, "refused": 0, "stop": False}
def answer():
    for _ in sys.stdin:
        print(state["commits"], state["refused"])
    state["stop"] = True
threading.Thread(target=answer, daemon=True).start()
print("open")

choose = random.Random(1)
while not state["stop"]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE debit SET units = units - 1 WHERE id = ?", (choose.randrange(ROWS),))
        connection.execute("UPDATE credit SET units = units + 1 WHERE id = ?", (choose.randrange(ROWS),))
        connection.execute("COMMIT")
        state["commits"] += 1
    except sqlite3.OperationalError:
        state["refused"] += 1
        if connection.in_transaction:
            connection.execute("ROLLBACK")
connection.close()
`;

/** Units in both tables together, after every commit. */
export const UNITS = 4_000_000;
/** Gives {@link UNITS} for a database that holds one moment. */
export const COUNT_UNITS = "SELECT (SELECT sum(units) FROM debit) + (SELECT sum(units) FROM credit)";

/** A process that writes to a library without a pause. */
export class BusyWriter implements AsyncDisposable {
  readonly #peer: Peer;

  private constructor(peer: Peer) {
    this.#peer = peer;
  }

  static async start(library: string): Promise<BusyWriter> {
    const peer = Peer.python(PROGRAM, library);
    assert.equal(await peer.answer(), "open");
    return new BusyWriter(peer);
  }

  /** Transactions so far: those that were committed, and those that SQLite refused because of somebody's lock. */
  async counts(): Promise<{ commits: number; refused: number }> {
    const [commits = 0, refused = 0] = (await this.#peer.ask("counts")).split(" ").map(Number);
    return { commits, refused };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }
}
