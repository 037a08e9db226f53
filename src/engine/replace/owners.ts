import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { renamersIn } from "../../store/trust.ts";
import { currentUser, ROOT } from "../../store/user.ts";

type Facts = Pick<Deno.FileInfo, "isFile" | "uid" | "size" | "mtime">;

/**
 * Remembers what the candidate and its directory were before the check. Whoever owns the directory above can put
 * another one in its place, even while somebody thinks about a question, but cannot make a file or directory ours.
 * Inodes would tell more, but not all file systems keep them; nor do all keep the change time, which matters where
 * somebody could make root give its own files away.
 */
export class Owners {
  readonly #action: string;
  readonly #candidate: string;
  readonly #directory: string;
  readonly #isStrict: boolean;
  #file: string;

  /**
   * @param action "Cannot restore the backup"
   * @param file the candidate as it is; {@link renew} takes that of one which is still to be made
   */
  constructor(candidate: string, action: string, file: Facts | null = null) {
    this.#action = action;
    this.#candidate = candidate;
    this.#directory = directoryOwner(candidate);
    this.#isStrict = currentUser() === ROOT && renamersIn(dirname(dirname(candidate)), ROOT) !== "nobody";
    this.#file = this.#describe(file);
  }

  /** Throws where something else is there by now. */
  requireSame(): void {
    this.requireFile(lstatIfPresent(this.#candidate));
    this.#requireDirectory();
  }

  /** Throws where the file that was opened under the candidate's name is another one. */
  requireFile(file: Facts | null): void {
    if (this.#describe(file) !== this.#file) throw this.#changed();
  }

  /** Remembers what has just been made, or given to another owner; throws where its directory has been replaced. */
  renew(file: Facts): void {
    this.#requireDirectory();
    this.#file = this.#describe(file);
  }

  /** Throws where what has been put in place, at `library`, is not the candidate. */
  requireInPlace(library: string): void {
    if (this.#isStrict) this.requireFile(lstatIfPresent(library));
  }

  #requireDirectory(): void {
    if (directoryOwner(this.#candidate) !== this.#directory) throw this.#changed();
  }

  /** A symbolic link is not a file. */
  #describe(file: Facts | null): string {
    const more = this.#isStrict ? [file?.size, file?.mtime?.getTime()] : [];
    return [file?.isFile, file?.uid, ...more].join(", ");
  }

  #changed(): BackupError {
    return new BackupError(
      "operation_failed",
      `${this.#action}: "${this.#candidate}" is no longer what was checked`,
      "Run it as the library's owner.",
    );
  }
}

/** A symbolic link is not a directory. */
function directoryOwner(candidate: string): string {
  const info = lstatIfPresent(dirname(candidate));
  return `${info?.isDirectory}, ${info?.uid}`;
}
