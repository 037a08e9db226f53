import { BackupError } from "../errors.ts";
import { isZeroFrom, readAt } from "../store/file_bytes.ts";
import type { ReadableFile } from "../store/open_file.ts";
import { BLOCK_HEADER_BYTES, blockLength } from "./block.ts";

/** Where a block stands in an archive. */
export interface BlockPlace {
  /** In bytes from the start of the archive. */
  readonly at: number;
  /** Of the whole block, in bytes. */
  readonly length: number;
  readonly header: Uint8Array<ArrayBuffer>;
}

/**
 * Walks the blocks of an archive of this program by their headers alone; zeros may follow the last one.
 *
 * @throws {BackupError} `invalid_archive`, where a block is not followed by another or by the end
 */
export function* blocksIn(archive: ReadableFile): Generator<BlockPlace> {
  const total = archive.statSync().size;
  for (let at = 0; at < total;) {
    const header = readAt(archive, at, BLOCK_HEADER_BYTES);
    if (header[0] === 0 && isZeroFrom(archive, at, total)) return;
    const length = blockLength(header);
    if (at + length > total) throw new BackupError("invalid_archive", "the archive is damaged: it ends too early");
    yield { at, length, header };
    at += length;
  }
}
