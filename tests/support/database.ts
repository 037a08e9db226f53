import { sha256 } from "./bytes.ts";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/** Runs statements on a database that is made if it is missing. */
export function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** First column of all rows of a query. */
export function query(path: string, sql: string, ...values: SQLInputValue[]): unknown[] {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(sql).all(...values).map((row) => Object.values(row)[0]);
  } finally {
    database.close();
  }
}

/** Whether SQLite finds nothing wrong. */
export function isSound(path: string): boolean {
  const findings = query(path, "PRAGMA integrity_check");
  return findings.length === 1 && findings[0] === "ok";
}

/**
 * Hash of a database without the parts of its header that tell its journal mode and how often it was written: a library
 * that is set aside leaves WAL mode, and where there are no hard links it is a copy by SQLite.
 */
export function contentHash(path: string): string {
  const bytes = Deno.readFileSync(path);
  for (const [from, to] of [[18, 20], [24, 28], [40, 44], [92, 100]] as const) bytes.fill(0, from, to);
  return sha256(bytes);
}
