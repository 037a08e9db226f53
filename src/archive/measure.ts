import { readAt } from "../store/file_bytes.ts";
import type { ReadableFile } from "../store/open_file.ts";
import { beginsBlock, BLOCK_HEADER_BYTES } from "./block.ts";
import { blocksIn } from "./blocks.ts";

/** The blocks of an archive of this program; sizes in bytes, as packed. */
export interface BlockMeasures {
  readonly count: number;
  readonly smallest: number;
  readonly largest: number;
}

/**
 * Counts the blocks of an archive by their headers alone.
 *
 * @returns null for an archive of another program, which has none
 * @throws {BackupError} `invalid_archive`, where a block is not followed by another or by the end
 */
export function measureBlocks(archive: ReadableFile): BlockMeasures | null {
  if (!beginsBlock(readAt(archive, 0, BLOCK_HEADER_BYTES))) return null;
  const measures = { count: 0, smallest: Infinity, largest: 0 };
  for (const { length } of blocksIn(archive)) {
    measures.count++;
    measures.smallest = Math.min(measures.smallest, length);
    measures.largest = Math.max(measures.largest, length);
  }
  return measures;
}
