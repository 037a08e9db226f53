import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { TableRow } from "./row_values.ts";

/** Inserts rows into the tables of a library; a column that a row does not have becomes null. */
export class RowWriter {
  readonly #database: DatabaseSync;
  readonly #inserts = new Map<string, (row: TableRow[1]) => void>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  insert([table, row]: TableRow): void {
    let insert = this.#inserts.get(table);
    if (insert === undefined) this.#inserts.set(table, insert = this.#insertInto(table));
    insert(row);
  }

  #insertInto(table: string): (row: TableRow[1]) => void {
    const columns = this.#database.prepare("SELECT name FROM pragma_table_info(?)").all(table)
      .map(({ name }) => String(name));
    const statement = this.#database.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => "?").join(", ")})`);
    return (row) => {
      const values: SQLInputValue[] = columns.map((column) => row[column] ?? null);
      statement.run(...values);
    };
  }
}
