/**
 * Commits transfers to the database named by its argument, as fast as it can, until its input ends.
 *
 * @module
 */
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { transfer } from "./transfers.ts";

const [path = ""] = process.argv.slice(2);
const database = new DatabaseSync(path);
database.exec("PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000");

let stopped = false;
process.stdin.on("end", () => stopped = true).resume();
for (let serial = 1; !stopped; serial++) {
  database.exec(transfer(serial));
  if (serial === 1) process.stdout.write("writing\n");
  await setImmediate();
}
database.close();
