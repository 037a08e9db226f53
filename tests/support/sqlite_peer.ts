/**
 * Holds a connection to the database named by its argument; runs each line of SQL and says "ok" or what went wrong.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { createInterface } from "node:readline";
import process from "node:process";

const [path = ""] = process.argv.slice(2);
const database = new DatabaseSync(path);
const say = (line: string) => process.stdout.write(`${line}\n`);

say("open");
for await (const sql of createInterface({ input: process.stdin })) {
  try {
    database.exec(sql);
    say("ok");
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}
