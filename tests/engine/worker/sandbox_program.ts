import { runEngine } from "../../../src/engine/worker/client.ts";
import type { Request } from "../../../src/engine/protocol/mod.ts";

/**
 * Has the request that is the first argument served as the program does, but by `sandbox_worker.ts`, and prints what
 * that found. A process of its own, because it has no terminal on which Deno would ask for a permission.
 */

const [request = "", places = ""] = Deno.args;
const stand = new URL(`./sandbox_worker.ts?places=${encodeURIComponent(places)}`, import.meta.url);

globalThis.Worker = class extends Worker {
  constructor(_module: string | URL, options?: WorkerOptions) {
    super(stand, options);
  }
};

const attendant = { event() {}, ask: () => Promise.resolve(true) };
const found = await runEngine(JSON.parse(request) as Request, attendant, new AbortController().signal);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(found)));
