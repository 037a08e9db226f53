import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { countRows, readNewestScan } from "./tables.ts";

/** What tells cheaply whether a library has changed. */
export interface LibraryState {
  /** As VPO wrote it; null where nothing was scanned. */
  readonly newestScan: string | null;
  /** SHA-256 in hex over the rows of each table and the newest scan. */
  readonly fingerprint: string;
}

/**
 * Counts the rows of a library's tables and finds its newest scan. A change that adds no row, removes none and is no
 * scan leaves the fingerprint as it is.
 */
export function readState(database: DatabaseSync): LibraryState {
  const newestScan = readNewestScan(database);
  const counted = [...countRows(database).map(({ name, rows }) => [name, rows]), newestScan];
  return { newestScan, fingerprint: createHash("sha256").update(JSON.stringify(counted)).digest("hex") };
}
