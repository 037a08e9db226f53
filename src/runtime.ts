import { DatabaseSync } from "node:sqlite";
import { TOOL } from "./version.ts";

/** The program, its runtime and its system. */
export const RUNTIME = {
  program: TOOL,
  deno: Deno.version.deno,
  system: `${Deno.build.os} ${Deno.build.arch}`,
} as const;

/** SQLite's version, from SQLite itself: `process.versions` is not always right. */
export function sqliteVersion(): string {
  const database = new DatabaseSync(":memory:");
  try {
    return String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
  } finally {
    database.close();
  }
}
