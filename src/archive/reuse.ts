import { readAt } from "../store/file_bytes.ts";
import { beginsBlock, BLOCK_HEADER_BYTES, blockContentHash, isIntact } from "./block.ts";
import { type BlockPlace, blocksIn } from "./blocks.ts";

/** All that is kept of a block until it is asked for. */
type Place = Pick<BlockPlace, "at" | "length">;

/**
 * The blocks of an earlier archive, by the SHA-256 of their content: what is in a library again need not be compressed
 * again.
 */
export class EarlierBlocks implements Disposable {
  readonly path: string;
  readonly #archive: Deno.FsFile;
  readonly #places: ReadonlyMap<string, Place>;
  #damaged = false;

  private constructor(path: string, archive: Deno.FsFile, places: ReadonlyMap<string, Place>) {
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
  static open(path: string): EarlierBlocks | null {
    const archive = Deno.openSync(path);
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

  /** Whether a block that was asked for had been damaged. */
  get isDamaged(): boolean {
    return this.#damaged;
  }

  /**
   * The block whose content has this hash, or null. Its compressed data are as they were written; that they give the
   * content is for the read-back of the new archive to see.
   *
   * @param sha256 in hexadecimal
   */
  find(sha256: string): Uint8Array | null {
    const place = this.#places.get(sha256);
    if (place === undefined) return null;
    const block = readAt(this.#archive, place.at, place.length);
    if (block.length === place.length && blockContentHash(block) === sha256 && isIntact(block)) return block;
    this.#damaged = true;
    return null;
  }

  [Symbol.dispose](): void {
    this.#archive.close();
  }
}

function placesIn(archive: Deno.FsFile): Map<string, Place> | null {
  if (!beginsBlock(readAt(archive, 0, BLOCK_HEADER_BYTES))) return null;
  return new Map(blocksIn(archive).map(({ at, length, header }) => [blockContentHash(header), { at, length }]));
}
