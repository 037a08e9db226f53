import { BackupError } from "../errors.ts";

/** SQLite, "Database File Format", section 1.3.1. */
const MAGIC = new TextEncoder().encode("SQLite format 3\0");

/** Stops the reading of an archive whose database is none at its very start: it may go on as endless zeros. */
export class MagicCheck {
  #seen = 0;

  /**
   * Takes the next bytes of the database.
   *
   * @throws {BackupError} `invalid_archive`
   */
  add(chunk: Uint8Array): void {
    const expected = MAGIC.subarray(this.#seen, this.#seen + chunk.length);
    if (!expected.every((byte, index) => chunk[index] === byte)) {
      throw new BackupError("invalid_archive", "the library in it is not a SQLite database");
    }
    this.#seen += expected.length;
  }
}
