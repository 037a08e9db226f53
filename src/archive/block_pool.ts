import { BackupError } from "../errors.ts";
import { packBlock, unpackBlock } from "./block.ts";

/** What a block worker is asked: to pack `bytes` at a level, or with `level` null to unpack them. */
export interface BlockJob {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly level: number | null;
}

export type BlockReply = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly why: string };

/** Packs and unpacks blocks, several at a time where there are threads for it. The bytes given are used up. */
export interface BlockCoder {
  /** Blocks to hand over before waiting for the first: enough to keep every thread busy, few enough for memory. */
  readonly window: number;
  pack(content: Uint8Array<ArrayBuffer>, level: number): Promise<Uint8Array>;
  /** Rejects with an `invalid_archive` error where the block is damaged. */
  unpack(block: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/** Does it all in the calling thread. */
export const LOCAL_CODER: BlockCoder = {
  window: 1,
  pack: (content, level) => Promise.resolve(packBlock(content, level)),
  unpack: (block) => Promise.resolve().then(() => unpackBlock(block)),
};

/** Jobs that a worker has at hand, so that it never waits for this thread. */
const JOBS_PER_WORKER = 2;

/** Block workers, each at the other end of a port. Jobs go around; each worker answers in the order it was asked. */
export class BlockPool implements BlockCoder {
  readonly window: number;
  readonly #ports: readonly Port[];
  #next = 0;

  constructor(ports: readonly MessagePort[]) {
    this.#ports = ports.map((port) => new Port(port));
    this.window = ports.length * JOBS_PER_WORKER;
  }

  pack(content: Uint8Array<ArrayBuffer>, level: number): Promise<Uint8Array> {
    return this.#ask({ bytes: content, level });
  }

  unpack(block: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return this.#ask({ bytes: block, level: null });
  }

  #ask(job: BlockJob): Promise<Uint8Array> {
    const port = this.#ports[this.#next++ % this.#ports.length];
    if (port === undefined) throw new Error("a pool without workers was asked");
    return port.ask(job);
  }
}

class Port {
  readonly #port: MessagePort;
  readonly #waiting: PromiseWithResolvers<Uint8Array>[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = (event: MessageEvent<BlockReply>) => this.#receive(event.data);
  }

  ask(job: BlockJob): Promise<Uint8Array> {
    const waiting = Promise.withResolvers<Uint8Array>();
    this.#waiting.push(waiting);
    this.#port.postMessage(job, [job.bytes.buffer]);
    return waiting.promise;
  }

  #receive(reply: BlockReply): void {
    const waiting = this.#waiting.shift();
    if ("bytes" in reply) waiting?.resolve(reply.bytes);
    else waiting?.reject(new BackupError("invalid_archive", reply.why));
  }
}

/** Results of the jobs that `starts` starts one by one, in their order, with at most `window` of them under way. */
export async function* inOrder<T>(starts: Iterable<Promise<T>>, window: number): AsyncGenerator<T> {
  const underWay: Promise<T>[] = [];
  for (const job of starts) {
    // One that fails is reported when its turn comes; until then nobody looks at it.
    job.catch(() => {});
    underWay.push(job);
    if (underWay.length >= window) yield await underWay.shift() as T;
  }
  for (const job of underWay) yield await job;
}
