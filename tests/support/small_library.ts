import assert from "node:assert/strict";
import { execute } from "./database.ts";
import { Peer } from "./peer.ts";
import type { TemporaryDirectory } from "./temporary.ts";

/** Counts the rows of a small library. */
export const COUNT = "SELECT count(*) FROM files";

/** A small library: a table with two rows. */
export function makeSmallLibrary(directory: TemporaryDirectory, journalMode: "wal" | "delete"): string {
  const path = directory.file("library.db");
  execute(
    path,
    `PRAGMA journal_mode = ${journalMode}; CREATE TABLE files (path TEXT); INSERT INTO files VALUES (1), (2)`,
  );
  return path;
}

/** Another process with a connection to the database that it has used. */
export async function connectTo(library: string): Promise<Peer> {
  const peer = Peer.deno("./sqlite_peer.ts", library);
  assert.equal(await peer.answer(), "open");
  for (const sql of ["PRAGMA busy_timeout = 0", COUNT]) assert.equal(await peer.ask(sql), "ok");
  return peer;
}
