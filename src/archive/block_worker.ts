/// <reference lib="deno.worker" />
import { answerJobs, tellBreakdowns } from "../ports.ts";
import { BATCH_CONTENT_BYTES } from "./batch.ts";
import { answerBlockJob, type BlockJob, type BlockReply } from "./block_pool.ts";
import { BufferGc } from "./buffer_gc.ts";

/** Buffers that zlib discards in one job, in bytes: for each block what was packed, and what was unpacked again. */
const GARBAGE_PER_JOB_BYTES = 2 * BATCH_CONTENT_BYTES;

tellBreakdowns(self);

/** Packs and unpacks blocks for whoever has the other end of the port that it is given. It has no permissions. */
self.onmessage = (event: MessageEvent<MessagePort>) => {
  const garbage = new BufferGc();
  answerJobs<BlockJob, BlockReply>(event.data, (job) => {
    const reply = answerBlockJob(job);
    garbage.add(GARBAGE_PER_JOB_BYTES);
    return reply;
  });
};
