import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { lstatIfPresent } from "../../store/identity.ts";

/**
 * Remembers whose the candidate and its directory are. Who owns the directory above can put another one in its place,
 * also while somebody thinks about a question, but no file or directory of ours. Numbers of files would tell more, but
 * not all file systems keep them.
 */
export class Owners {
  readonly #action: string;
  readonly #candidate: string;
  readonly #directory: string;
  #file: string;

  /** @param action "Cannot restore the backup" */
  constructor(candidate: string, action: string) {
    this.#action = action;
    this.#candidate = candidate;
    this.#directory = directoryOwner(candidate);
    this.#file = fileOwner(candidate);
  }

  /** Throws where there is something else by now. */
  requireSame(): void {
    if (fileOwner(this.#candidate) !== this.#file) throw this.#changed();
    this.#requireDirectory();
  }

  /** Remembers the owner that the file has just been given; throws where its directory is another one by now. */
  renew(): void {
    this.#requireDirectory();
    this.#file = fileOwner(this.#candidate);
  }

  #requireDirectory(): void {
    if (directoryOwner(this.#candidate) !== this.#directory) throw this.#changed();
  }

  #changed(): BackupError {
    return new BackupError(
      "operation_failed",
      `${this.#action}: "${this.#candidate}" is not what was checked any more`,
      "Run it as the user that the library belongs to.",
    );
  }
}

/** A link is no file. */
function fileOwner(path: string): string {
  const info = lstatIfPresent(path);
  return `${info?.isFile}, ${info?.uid}`;
}

/** A link is no directory. */
function directoryOwner(candidate: string): string {
  const info = lstatIfPresent(dirname(candidate));
  return `${info?.isDirectory}, ${info?.uid}`;
}
