import { WORKERS } from "../../workers.ts";
import type { HelperPorts } from "../protocol/mod.ts";
import type { Grants, Workload } from "./verbs.ts";

/** A worker takes longer to start than this takes to be packed, in bytes. */
const BYTES_PER_BLOCK_WORKER = 4 * 1024 * 1024;
/** A worker takes longer to start than a library of this size takes to be checked, in bytes. */
const MIN_CHECK_BYTES = 16 * 1024 * 1024;
/** More would wait for the one thread that reads and writes. */
const MAX_BLOCK_WORKERS = 8;

interface Helper {
  readonly module: URL;
  readonly permissions: Deno.PermissionOptions;
  /** Our end of the line to it, until it is started. */
  readonly port: MessagePort;
}

/**
 * The workers that share the engine's work: some without any permission that pack and unpack blocks, and for
 * a backup one that checks the copy and may use just what the engine writes.
 */
export class Helpers {
  readonly ports: HelperPorts;
  readonly #waiting: Helper[] = [];
  readonly #workers: Worker[] = [];

  constructor({ blocks, check }: Workload, grants: Grants) {
    const work = { read: [...grants.write], write: [...grants.write] };
    this.ports = {
      blocks: Array.from({ length: blockWorkersFor(blocks) }, () => this.#add(WORKERS.blocks, "none")),
      check: needsCheckWorker(check) ? this.#add(WORKERS.check, work) : null,
    };
  }

  #add(module: URL, permissions: Deno.PermissionOptions): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#waiting.push({ module, permissions, port: port1 });
    return port2;
  }

  /** Starts them, if they have not been: only once the engine is at work, which they would otherwise keep from it. */
  start(): void {
    for (const { module, permissions, port } of this.#waiting.splice(0)) {
      const worker = new Worker(module, { type: "module", deno: { permissions } });
      worker.postMessage(port, [port]);
      this.#workers.push(worker);
    }
  }

  terminate(): void {
    this.#waiting.length = 0;
    for (const worker of this.#workers) worker.terminate();
  }
}

/** One for each core, where there is that much to pack or to unpack; a little of it the engine does itself. */
function blockWorkersFor(bytes: number): number {
  return Math.min(navigator.hardwareConcurrency, MAX_BLOCK_WORKERS, Math.floor(bytes / BYTES_PER_BLOCK_WORKER));
}

function needsCheckWorker(bytes: number): boolean {
  return navigator.hardwareConcurrency > 1 && bytes >= MIN_CHECK_BYTES;
}
