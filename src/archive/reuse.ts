import { isOfSystem } from "../store/errno.ts";
import { fillAt, readAt } from "../store/file_bytes.ts";
import { openFile, type ReadableFile } from "../store/open_file.ts";
import { beginsBlock, BLOCK_HEADER_BYTES, blockContentHash } from "./block.ts";
import { type BlockPlace, blocksIn } from "./blocks.ts";

/** What is remembered of a block until it is needed. */
type Place = Pick<BlockPlace, "at" | "length">;

/**
 * The blocks of an earlier archive, by the SHA-256 of their content: what is in the library again need not be
 * compressed again.
 */
export class EarlierBlocks implements Disposable {
  readonly path: string;
  readonly #archive: ReadableFile;
  readonly #places: ReadonlyMap<string, Place>;
  #failure: Error | null = null;

  private constructor(path: string, archive: ReadableFile, places: ReadonlyMap<string, Place>) {
    this.path = path;
    this.#archive = archive;
    this.#places = places;
  }

  /**
   * Reads the headers of the blocks of the archive at `path`, and nothing else.
   *
   * @returns null where it is not an archive of this program
   * @throws {BackupError} `invalid_archive`, where its blocks do not follow each other to its end
   */
  static open(path: string, archive: ReadableFile = openFile(path)): EarlierBlocks | null {
    try {
      const places = placesIn(archive);
      if (places !== null) return new EarlierBlocks(path, archive, places);
      archive.close();
      return null;
    } catch (error) {
      archive.close();
      throw error;
    }
  }

  /** Why it could not be read further; null where it could. */
  get failure(): Error | null {
    return this.#failure;
  }

  /**
   * Copies the block whose content should have this hash; packing verifies that it has. From the first block on that
   * cannot be read there is none: a failing disk takes its time for each.
   *
   * @param sha256 in hexadecimal
   * @param room where the block is to begin
   * @returns the block's length in bytes; 0 where there is none
   */
  copy(sha256: string, room: Uint8Array): number {
    const place = this.#places.get(sha256);
    if (place === undefined || this.#failure !== null) return 0;
    try {
      return fillAt(this.#archive, place.at, room.subarray(0, place.length));
    } catch (error) {
      if (!(error instanceof Error) || !isOfSystem(error)) throw error;
      this.#failure = error;
      return 0;
    }
  }

  [Symbol.dispose](): void {
    this.#archive.close();
  }
}

function placesIn(archive: ReadableFile): Map<string, Place> | null {
  if (!beginsBlock(readAt(archive, 0, BLOCK_HEADER_BYTES))) return null;
  return new Map(blocksIn(archive).map(({ at, length, header }) => [blockContentHash(header), { at, length }]));
}
