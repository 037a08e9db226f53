import { join } from "node:path";
import { BackupError } from "../errors.ts";
import { writeAll } from "../store/file_bytes.ts";
import { createPrivateFile } from "../store/private_file.ts";
import { requireWorkSpace } from "../store/space.ts";
import { PIPED_ARCHIVE, type WorkDirectory } from "../store/work_directory.ts";
import { explainSystem } from "./worker/explain_system.ts";
import { makeWorkDirectory } from "./worker/work_place.ts";

/** What helps where something else than a sound archive comes through a pipe. */
export const CHECK_PIPE = "Check the command before the pipe.";
/** How every gzip stream begins (RFC 1952, 2.3.1). */
const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** Bytes after which free space is checked for as many again. */
const SPACE_STEP_BYTES = 8 * 1024 * 1024;

/** Where an archive may be kept while it comes or goes through a pipe. */
export interface PipeNeeds {
  /** What cannot be done otherwise: "Cannot restore the backup". */
  readonly action: string;
  /** Directories that it may be in, best first: real paths. */
  readonly places: readonly string[];
  /** What to do where none of these will do; null for nothing. */
  readonly otherWays: string | null;
}

/** An archive on its way in or out through a pipe, in a private directory until it is disposed of. */
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
   * Writes the archive, whose length is unknown, as long as there is space.
   *
   * @param read gives the next bytes, or null at the end
   * @throws {BackupError} `insufficient_space`, or `invalid_archive` where nothing comes, or something else
   */
  async receive(read: () => Promise<Uint8Array | null>): Promise<void> {
    using file = createPrivateFile(this.path);
    let size = 0;
    let checked = 0;
    try {
      for (let bytes = await read(); bytes !== null; bytes = await read()) {
        if (!mayBeGzip(bytes, size)) throw this.#refused("standard input is not a VPO backup");
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
    throw this.#refused("nothing came from standard input");
  }

  #refused(why: string): BackupError {
    return new BackupError("invalid_archive", `${this.#action}: ${why}`, CHECK_PIPE);
  }

  [Symbol.dispose](): void {
    this.#work[Symbol.dispose]();
  }
}

/** Whether bytes that come after `size` others may be those of a gzip stream, by how it begins. */
function mayBeGzip(bytes: Uint8Array, size: number): boolean {
  return GZIP_MAGIC.every((byte, at) => at < size || at >= size + bytes.length || bytes[at - size] === byte);
}
