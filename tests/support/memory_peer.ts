/**
 * Reads the archive named by its argument, and says how long its database is and how much memory that took, in bytes.
 *
 * @module
 */
import process from "node:process";
import { readArchive } from "../../src/archive/read.ts";

const SAMPLE_EVERY_BYTES = 4 * 1024 * 1024;

const [path = ""] = process.argv.slice(2);
using archive = Deno.openSync(path);
const before = Deno.memoryUsage().rss;
let most = 0;
let size = 0;
const write = (chunk: Uint8Array) => {
  size += chunk.length;
  if (size % SAMPLE_EVERY_BYTES < chunk.length) most = Math.max(most, Deno.memoryUsage().rss - before);
};
await readArchive(archive, { begin() {}, write }, () => {});
process.stdout.write(`${JSON.stringify({ size, most })}\n`);
