import { BackupError } from "../errors.ts";
import { JobPort } from "../ports.ts";
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
  readonly #ports: readonly JobPort<BlockJob, BlockReply>[];
  #next = 0;

  constructor(ports: readonly MessagePort[]) {
    this.#ports = ports.map((port) => new JobPort(port));
    this.window = ports.length * JOBS_PER_WORKER;
  }

  pack(content: Uint8Array<ArrayBuffer>, level: number): Promise<Uint8Array> {
    return this.#ask({ bytes: content, level });
  }

  unpack(block: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return this.#ask({ bytes: block, level: null });
  }

  async #ask(job: BlockJob): Promise<Uint8Array> {
    const port = this.#ports[this.#next++ % this.#ports.length];
    if (port === undefined) throw new Error("a pool without workers was asked");
    const reply = await port.ask(job, [job.bytes.buffer]);
    if ("bytes" in reply) return reply.bytes;
    throw new BackupError("invalid_archive", reply.why);
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
