import type { DatabaseSync } from "node:sqlite";

/** Rows in each of the two tables; each row fills a page, so a copy takes several steps. */
export const ROWS = 1500;

/**
 * SQL for a database in which transactions move units from `debit` to `credit` and are counted: whatever the moment, the
 * sum of units is 0 and `debit` has lost as many as there were transactions.
 */
export function transfersSchema(journalMode: "wal" | "delete"): string {
  const rows = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS - 1})`;
  const tables = ["debit", "credit"].map((table) => `
    CREATE TABLE ${table} (id INTEGER PRIMARY KEY, units INTEGER NOT NULL, filler BLOB NOT NULL);
    INSERT INTO ${table} ${rows} SELECT i, 0, zeroblob(400) FROM n;`);
  return `PRAGMA page_size = 512; PRAGMA journal_mode = ${journalMode};
    BEGIN; CREATE TABLE total (transactions INTEGER NOT NULL); INSERT INTO total VALUES (0); ${tables.join("")} COMMIT`;
}

/** SQL of one transaction, the `serial`th. */
export function transfer(serial: number): string {
  const row = serial * 7919 % ROWS;
  return `BEGIN IMMEDIATE;
    UPDATE debit SET units = units - 1 WHERE id = ${row};
    UPDATE total SET transactions = transactions + 1;
    UPDATE credit SET units = units + 1 WHERE id = ${ROWS - 1 - row};
    COMMIT`;
}

/** Transactions that the database has, and the units by its two tables. */
export function readTransfers(database: DatabaseSync): { transactions: number; debit: number; credit: number } {
  const sql = `SELECT (SELECT transactions FROM total) AS transactions,
    (SELECT sum(units) FROM debit) AS debit, (SELECT sum(units) FROM credit) AS credit`;
  const row = database.prepare(sql).get();
  return {
    transactions: Number(row?.["transactions"]),
    debit: Number(row?.["debit"]),
    credit: Number(row?.["credit"]),
  };
}
