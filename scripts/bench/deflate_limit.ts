import type { Batch } from "../../src/archive/batch.ts";
import { BlockPool, inBatches } from "../../src/archive/block_pool.ts";

/**
 * The limit that a backup cannot beat: the library's bytes deflated on all cores, in memory, and thrown away.
 *
 * deflate_limit.ts LIBRARY LEVEL
 */
const [library = "", level = "6"] = Deno.args;

const workers = Array.from({ length: navigator.hardwareConcurrency }, () => {
  const module = new URL("../../src/archive/block_worker.ts", import.meta.url);
  const worker = new Worker(module, { type: "module", deno: { permissions: "none" } });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(port1, [port1]);
  return { worker, port: port2 };
});
const pool = new BlockPool(workers.map(({ port }) => port));
const bytes = Deno.readFileSync(library);

let at = 0;
function fill(batch: Batch): boolean {
  const content = bytes.subarray(at, at + batch.content.length);
  batch.content.set(content);
  batch.setContent(content.length);
  at += content.length;
  return content.length > 0;
}

for await (const _ of inBatches(pool, fill, (batch) => pool.pack(batch, Number(level))));
for (const { worker } of workers) worker.terminate();
