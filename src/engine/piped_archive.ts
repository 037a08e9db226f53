import { join } from "node:path";
import { BackupError } from "../errors.ts";
import { writeAll } from "../store/file_bytes.ts";
import { createPrivateFile } from "../store/private_file.ts";
import { requireWorkSpace } from "../store/space.ts";
import { PIPED_ARCHIVE, type WorkDirectory } from "../store/work_directory.ts";
import { explainSystem } from "./worker/explain_system.ts";
import { makeWorkDirectory } from "./worker/work_place.ts";

/** Bytes after which it is looked once more whether there is room for as many again. */
const SPACE_STEP_BYTES = 8 * 1024 * 1024;

/** Where an archive may be kept while it comes or goes through a pipe. */
export interface PipeNeeds {
  /** What cannot be done without it: "Cannot restore the backup". */
  readonly action: string;
  /** Directories that it may be in, the best first: real paths. */
  readonly places: readonly string[];
  /** What can be done where none of these will do; null for nothing. */
  readonly otherWays: string | null;
}

/** An archive that comes or goes through a pipe, in a private directory until the end of the block. */
export class PipedArchive implements Disposable {
  /** Path of the directory. */
  readonly directory: string;
  /** Name of the archive in it. */
  readonly filename = PIPED_ARCHIVE;
  readonly #work: WorkDirectory;
  readonly #action: string;

  private constructor(work: WorkDirectory, action: string) {
    this.#work = work;
    this.#action = action;
    this.directory = work.path;
  }

  /** @throws {BackupError} where none of the places will do */
  static async make({ action, places, otherWays }: PipeNeeds): Promise<PipedArchive> {
    const needs = { action, places, mayGoElsewhere: true, bytes: 0, otherWays, trustsOwner: false };
    return new PipedArchive((await makeWorkDirectory(needs)).work, action);
  }

  get path(): string {
    return join(this.directory, this.filename);
  }

  /**
   * Writes the archive, which may be of any length: no more than there is room for.
   *
   * @param read gives the next bytes, or null at the end
   * @throws {BackupError} `insufficient_space`, or `invalid_archive` where nothing comes
   */
  async receive(read: () => Promise<Uint8Array | null>): Promise<void> {
    using file = createPrivateFile(this.path);
    let size = 0;
    let checked = 0;
    try {
      for (let bytes = await read(); bytes !== null; bytes = await read()) {
        if (size + bytes.length > checked) {
          requireWorkSpace(this.directory, SPACE_STEP_BYTES, this.#action);
          checked = size + SPACE_STEP_BYTES;
        }
        size += writeAll(file, bytes);
      }
    } catch (error) {
      throw explainSystem(error, this.#action);
    }
    if (size > 0) return;
    const hint = "Check the command in front of the pipe.";
    throw new BackupError("invalid_archive", `${this.#action}: nothing came from standard input`, hint);
  }

  [Symbol.dispose](): void {
    this.#work[Symbol.dispose]();
  }
}
