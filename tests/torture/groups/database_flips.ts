import { join } from "node:path";
import { BLOCK_CONTENT_BYTES, packBlock, unpackBlock } from "../../../src/archive/block.ts";
import { concat } from "../../support/bytes.ts";
import { RestoreGround } from "../archives/attempt.ts";
import { splitBlocks } from "../archives/blocks.ts";
import { bitName, flipBit } from "../archives/bytes.ts";
import { backUpHere } from "../archives/engine.ts";
import { makeWideLibrary } from "../archives/library.ts";
import type { Group } from "../group.ts";

const FLIPS = 2000;
const LEVEL = 1;
/** Blocks before the library: the metadata and its tar header. */
const FRAME_BLOCKS = 2;

/**
 * One wrong bit in the library itself, as if it changed after the archive's own checks were made: those of gzip and of
 * the blocks are all right, and only the hash in the metadata tells.
 */
export const databaseFlips: Group = {
  name: "flips in the extracted database",
  async *trials(ground) {
    const range = new RestoreGround(ground.directory, "flips");
    const library = join(ground.directory, "library.db");
    const { length } = makeWideLibrary(library);
    const archive = join(ground.directory, "sound.tar.gz");
    await backUpHere(library, archive, LEVEL);
    const blocks = splitBlocks(Deno.readFileSync(archive));

    yield { name: "no bit", run: () => range.requireAccepted(concat(...blocks)) };
    for (let index = 1; index <= ground.count(FLIPS); index++) {
      const bit = ground.random(index).below(length * 8);
      yield {
        name: `${bitName(bit)} of ${length}`,
        run: () => range.requireRefused(withDatabaseBit(blocks, bit)),
      };
    }
  },
};

/** The archive with one bit of its library the other way round and every checksum of its block right again. */
function withDatabaseBit(blocks: readonly Uint8Array[], bit: number): Uint8Array {
  const bitsOfBlock = BLOCK_CONTENT_BYTES * 8;
  const index = FRAME_BLOCKS + Math.floor(bit / bitsOfBlock);
  const content = unpackBlock(blocks[index] ?? new Uint8Array());
  return concat(...blocks.with(index, packBlock(flipBit(content, bit % bitsOfBlock), LEVEL)));
}
