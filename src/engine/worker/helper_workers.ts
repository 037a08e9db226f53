import { BackupError } from "../../errors.ts";
import type { Breakdown } from "../../ports.ts";
import { WORKERS } from "../../workers.ts";
import type { HelperPorts } from "../protocol/mod.ts";
import type { Workload } from "./verbs.ts";

/** Less than this is packed before a worker has started, in bytes. */
const BYTES_PER_BLOCK_WORKER = 4 * 1024 * 1024;
/** What one core packs at the usual level in the time that one more thread has to save, in bytes. */
const BYTES_SAVED_BY_ONE = 16 * 1024 * 1024;
/** A library smaller than this is checked before a worker has started, in bytes. */
const MIN_CHECK_BYTES = 16 * 1024 * 1024;
/** More would only wait for the one thread that reads and writes. */
const MAX_BLOCK_WORKERS = 8;

const HELPER = "A helper thread";

interface Helper {
  readonly module: URL;
  readonly permissions: Deno.PermissionOptions;
  /** Our end of its port, until it is started. */
  readonly port: MessagePort;
}

/**
 * The workers that share the engine's work: some that pack and unpack blocks, without any permission, and for a backup
 * one that checks the copy and may access only the work directory.
 */
export class Helpers {
  readonly ports: HelperPorts;
  readonly #waiting: Helper[] = [];
  readonly #workers: Worker[] = [];
  readonly #breakDown: (reason: BackupError) => void;

  /** @param breakDown is called when one of them dies: the answer to its job never comes */
  constructor(
    { blocks, check }: Workload,
    workDirectory: string | null,
    breakDown: (reason: BackupError) => void,
  ) {
    this.#breakDown = breakDown;
    const own = workDirectory === null ? [] : [workDirectory];
    const work = { read: own, write: own };
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

  /** Starts them, once: not before the engine is at work, which they would otherwise delay. */
  start(): void {
    for (const { module, permissions, port } of this.#waiting.splice(0)) {
      const worker = new Worker(module, { type: "module", deno: { permissions } });
      this.#workers.push(worker);
      onBreakdown(worker, HELPER, this.#breakDown);
      worker.onmessage = ({ data: { why } }: MessageEvent<Breakdown>) => this.#breakDown(breakdown(HELPER, why));
      worker.postMessage(port, [port]);
    }
  }

  terminate(): void {
    this.#waiting.length = 0;
    for (const worker of this.#workers) worker.terminate();
  }
}

/**
 * How many threads are worth their memory, some 25 MB each, for so many bytes to pack or to unpack: none for small
 * amounts, which the engine handles itself, two for most libraries, and one more for each fifth of a second that it
 * saves. With n threads, the next one saves 1/n - 1/(n + 1) of the time that one alone would take.
 */
export function blockWorkersFor(bytes: number, cores = navigator.hardwareConcurrency): number {
  const worth = Math.max(2, Math.floor(Math.sqrt(bytes / BYTES_SAVED_BY_ONE)));
  return Math.min(cores, MAX_BLOCK_WORKERS, worth, Math.floor(bytes / BYTES_PER_BLOCK_WORKER));
}

function needsCheckWorker(bytes: number): boolean {
  return navigator.hardwareConcurrency > 1 && bytes >= MIN_CHECK_BYTES;
}

/** Reports a worker's death as an error: without a listener it would end the process. */
export function onBreakdown(worker: Worker, name: string, tell: (reason: BackupError) => void): void {
  worker.onerror = (event) => {
    event.preventDefault();
    tell(breakdown(name, event.message));
  };
  worker.onmessageerror = () => tell(breakdown(name, "its message could not be read"));
}

/** The error that a run ends with when one of its threads has died. */
export function breakdown(name: string, why: string): BackupError {
  const hint = "Free some memory and try again.";
  return new BackupError("operation_failed", `${name} crashed: ${why}`, hint);
}
