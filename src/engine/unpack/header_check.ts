import type { ArchiveSink } from "../../archive/member_parts.ts";
import { BackupError } from "../../errors.ts";
import { HEADER_BYTES, parseFileHeader, whyWrongSize } from "../../library/file_header.ts";

/**
 * Stops reading an archive whose database does not begin like one, or is longer than its header says: it may go on as
 * endless zeros.
 */
export class HeaderCheck implements ArchiveSink {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #filled = 0;
  #size = 0;

  /**
   * Expects a database of `size` bytes.
   *
   * @throws {BackupError} `invalid_archive`
   */
  begin(size: number): void {
    if (size < HEADER_BYTES) throw notADatabase();
    this.#size = size;
  }

  /**
   * Takes the next bytes of the database.
   *
   * @throws {BackupError} `invalid_archive`
   */
  write(chunk: Uint8Array): void {
    if (this.#filled === HEADER_BYTES) return;
    const part = chunk.subarray(0, HEADER_BYTES - this.#filled);
    this.#header.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === HEADER_BYTES) this.#check();
  }

  #check(): void {
    const header = parseFileHeader(this.#header);
    if (header === null) throw notADatabase();
    const why = whyWrongSize(header, this.#size);
    if (why !== null) throw new BackupError("invalid_archive", `the library in it is damaged: ${why}`);
  }
}

function notADatabase(): BackupError {
  return new BackupError("invalid_archive", "the library in it is not a SQLite database");
}
