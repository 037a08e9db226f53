import assert from "node:assert/strict";
import { Peer } from "./peer.ts";

/** Runs each line as one statement on its own connection and says "ok" or what went wrong; never waits for a lock. */
const PROGRAM = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
print("open")
for line in sys.stdin:
    try:
        connection.execute(line).fetchall()
        print("ok")
    except sqlite3.Error as error:
        print(error)
`;

/** A Python process with the library open, in the state that these statements bring its connection to. */
export async function holdLibrary(library: string, statements: readonly string[]): Promise<Peer> {
  const peer = Peer.python(PROGRAM, library);
  assert.equal(await peer.answer(), "open");
  for (const statement of statements) assert.equal(await peer.ask(statement), "ok", statement);
  return peer;
}

/** A process that was killed in that state, as by a power cut: what it had not finished stays on the disk. */
export async function crashLibrary(library: string, statements: readonly string[]): Promise<void> {
  await (await holdLibrary(library, statements)).kill();
}
