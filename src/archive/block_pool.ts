import { BackupError } from "../errors.ts";
import { JobPort } from "../ports.ts";
import { Batch, type BatchMemory, hashBatch, packBatch, unpackBatch } from "./batch.ts";

/** What a block worker is to do with a batch: hash its content, pack it at a level, or unpack it. */
export type BlockTask = { readonly kind: "hash" | "unpack" } | { readonly kind: "pack"; readonly level: number };

/** A batch and what a block worker is to do with it. */
export interface BlockJob {
  readonly task: BlockTask;
  readonly memory: BatchMemory;
  readonly count: number;
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
  readonly contentLengths: readonly number[];
}

/**
 * What a block worker answers: the lengths and hashes that it found, and damaged blocks; or why a block is damaged.
 */
export type BlockReply =
  | {
    readonly lengths: readonly number[];
    readonly contentLengths: readonly number[];
    readonly hashes: readonly string[];
    readonly damaged: readonly number[];
  }
  | { readonly why: string };

/** Packs and unpacks batches of blocks, several at a time if there are threads for it. */
export interface BlockCoder {
  /** Batches to hand over before waiting for the first: enough to keep every thread busy, few enough for memory. */
  readonly window: number;
  /** SHA-256 of each block's content, in hexadecimal. */
  hash(batch: Batch): Promise<readonly string[]>;
  /** Resolves to the indexes of blocks that were already there and damaged; see {@link packBatch}. */
  pack(batch: Batch, level: number): Promise<readonly number[]>;
  /** Rejects with an `invalid_archive` error where a block is damaged. */
  unpack(batch: Batch): Promise<void>;
}

/** Does everything in the calling thread. */
export const LOCAL_CODER: BlockCoder = {
  window: 1,
  hash: (batch) => Promise.resolve(hashBatch(batch)),
  pack: (batch, level) => Promise.resolve().then(() => packBatch(batch, level)),
  unpack: (batch) => Promise.resolve().then(() => unpackBatch(batch)),
};

/** Jobs queued per worker, so that it never waits for this thread. */
const JOBS_PER_WORKER = 2;

/** Block workers, each at the other end of a port. Jobs are dealt in turn; each worker answers in order. */
export class BlockPool implements BlockCoder {
  readonly window: number;
  readonly #ports: readonly JobPort<BlockJob, BlockReply>[];
  #next = 0;

  constructor(ports: readonly MessagePort[]) {
    this.#ports = ports.map((port) => new JobPort(port));
    this.window = ports.length * JOBS_PER_WORKER;
  }

  async hash(batch: Batch): Promise<readonly string[]> {
    return (await this.#ask(batch, { kind: "hash" })).hashes;
  }

  async pack(batch: Batch, level: number): Promise<readonly number[]> {
    return (await this.#ask(batch, { kind: "pack", level })).damaged;
  }

  async unpack(batch: Batch): Promise<void> {
    await this.#ask(batch, { kind: "unpack" });
  }

  async #ask(batch: Batch, task: BlockTask): Promise<Exclude<BlockReply, { readonly why: string }>> {
    const port = this.#ports[this.#next++ % this.#ports.length];
    if (port === undefined) throw new Error("a pool without workers was asked");
    const { memory, count, starts, lengths, contentLengths } = batch;
    const reply = await port.ask({ task, memory, count, starts, lengths, contentLengths });
    if ("why" in reply) throw new BackupError("invalid_archive", reply.why);
    Object.assign(lengths, reply.lengths);
    Object.assign(contentLengths, reply.contentLengths);
    return reply;
  }
}

/** The reply to a job, for the worker that runs it. */
export function answerBlockJob({ task, memory, ...lists }: BlockJob): BlockReply {
  const batch = Object.assign(new Batch(memory), lists);
  try {
    const hashes = task.kind === "hash" ? hashBatch(batch) : [];
    const damaged = task.kind === "pack" ? packBatch(batch, task.level) : [];
    if (task.kind === "unpack") unpackBatch(batch);
    return { lengths: batch.lengths, contentLengths: batch.contentLengths, hashes, damaged };
  } catch (error) {
    // Anything else, such as a lack of memory, is no fault of the block: this thread dies of it, which is reported.
    if (!(error instanceof BackupError)) throw error;
    return { why: error.message };
  }
}

/**
 * Processes batches, as many at a time as `coder` can use, and yields them in order. A batch is reused once the next
 * one is asked for.
 *
 * @param fill fills the next batch; false where there is none left
 * @param work is under way for several batches at a time
 */
export async function* inBatches<T>(
  coder: BlockCoder,
  fill: (batch: Batch) => boolean | Promise<boolean>,
  work: (batch: Batch) => Promise<T>,
): AsyncGenerator<{ readonly batch: Batch; readonly result: T }> {
  const free: Batch[] = [];
  const underWay: { readonly batch: Batch; readonly result: Promise<T> }[] = [];
  for (let isMore = true; isMore || underWay.length > 0;) {
    while (isMore && underWay.length < coder.window) {
      const batch = free.pop() ?? new Batch();
      const filling = fill(batch);
      isMore = typeof filling === "boolean" ? filling : await filling;
      if (!isMore) break;
      const result = work(batch);
      // A failed one is reported when its turn comes; until then nobody handles it.
      result.catch(() => {});
      underWay.push({ batch, result });
    }
    const first = underWay.shift();
    if (first === undefined) return;
    yield { batch: first.batch, result: await first.result };
    free.push(first.batch);
  }
}
