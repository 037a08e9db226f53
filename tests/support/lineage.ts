import { DatabaseSync } from "node:sqlite";
import { readLineage } from "../../src/library/content/lineage.ts";
import { openDatabase } from "../../src/library/sqlite.ts";

/** The lineage of a library with files at these paths. */
export function lineageOf(paths: readonly string[]): string {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec("CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT)");
    const insert = database.prepare("INSERT INTO files (path) VALUES (?)");
    for (const path of paths) insert.run(path);
    return readLineage(database) ?? "";
  } finally {
    database.close();
  }
}

/** The lineage of the library in a file. */
export function lineageAt(path: string): string {
  const database = openDatabase(path, { readOnly: true, waitSeconds: 0 });
  try {
    return readLineage(database) ?? "";
  } finally {
    database.close();
  }
}
