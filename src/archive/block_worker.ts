/// <reference lib="deno.worker" />
import { BackupError } from "../errors.ts";
import { answerJobs, tellBreakdowns } from "../ports.ts";
import { BLOCK_CONTENT_BYTES, packBlock, unpackBlock } from "./block.ts";
import type { BlockJob, BlockReply } from "./block_pool.ts";
import { BufferGc } from "./buffer_gc.ts";

/** What one job lets go of: its content, packed and unpacked, and zlib's pieces of it. */
const GARBAGE_PER_JOB_BYTES = 2 * BLOCK_CONTENT_BYTES;

tellBreakdowns(self);

/** Packs and unpacks blocks for whoever has the other end of the port that it is given. It has no permissions. */
self.onmessage = (event: MessageEvent<MessagePort>) => {
  const garbage = new BufferGc();
  const collecting = (job: BlockJob) => {
    const reply = answer(job);
    garbage.add(GARBAGE_PER_JOB_BYTES);
    return reply;
  };
  answerJobs<BlockJob, BlockReply>(event.data, collecting, (reply) => "bytes" in reply ? [reply.bytes.buffer] : []);
};

function answer({ bytes, level }: BlockJob): BlockReply {
  try {
    // What zlib gives may lie in a buffer that it uses for other things, too; that one cannot be given away.
    return { bytes: level === null ? new Uint8Array(unpackBlock(bytes)) : packBlock(bytes, level) };
  } catch (error) {
    // Anything else, such as too little memory, is no fault of the block: this thread dies of it, and that is told.
    if (!(error instanceof BackupError)) throw error;
    return { why: error.message };
  }
}
