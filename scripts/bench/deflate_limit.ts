import { BLOCK_CONTENT_BYTES } from "../../src/archive/block.ts";
import { BlockPool, inOrder } from "../../src/archive/block_pool.ts";

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

function* blocks(): Generator<Promise<Uint8Array>> {
  for (let at = 0; at < bytes.length; at += BLOCK_CONTENT_BYTES) {
    yield pool.pack(bytes.slice(at, at + BLOCK_CONTENT_BYTES), Number(level));
  }
}

for await (const _ of inOrder(blocks(), pool.window));
for (const { worker } of workers) worker.terminate();
