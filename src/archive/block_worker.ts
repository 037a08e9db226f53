/// <reference lib="deno.worker" />
import { answerJobs } from "../ports.ts";
import { BLOCK_CONTENT_BYTES, packBlock, unpackBlock } from "./block.ts";
import type { BlockJob, BlockReply } from "./block_pool.ts";
import { Garbage } from "./garbage.ts";

/** What one job lets go of: its content, packed and unpacked, and zlib's pieces of it. */
const GARBAGE_PER_JOB_BYTES = 2 * BLOCK_CONTENT_BYTES;

/** Packs and unpacks blocks for whoever has the other end of the port that it is given. It has no permissions. */
self.onmessage = (event: MessageEvent<MessagePort>) => {
  const garbage = new Garbage();
  const collecting = (job: BlockJob) => {
    const reply = answer(job);
    garbage.add(GARBAGE_PER_JOB_BYTES);
    return reply;
  };
  answerJobs<BlockJob, BlockReply>(event.data, collecting, (reply) => "bytes" in reply ? [reply.bytes.buffer] : []);
};

function answer({ bytes, level }: BlockJob): BlockReply {
  try {
    return { bytes: alone(level === null ? unpackBlock(bytes) : packBlock(bytes, level)) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** Bytes in a buffer of their own: giving a buffer away takes all that is in it. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return new Uint8Array(buffer);
  return bytes.slice();
}
