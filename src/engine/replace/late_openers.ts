import { isSameFile, lstatIfPresent } from "../../store/identity.ts";
import { pathExists } from "../../store/publish.ts";
import type { BackupError } from "../../errors.ts";
import { lockedLibrary } from "../worker/explain_system.ts";
import { LOGS } from "./set_aside.ts";

/** Windows does not remove, rename or replace a file that SQLite has open: there the lock is released just before. */
const MUST_LET_GO = Deno.build.os === "windows";
/** "Access is denied", "The process cannot access the file because it is being used by another process". */
const OPEN_ELSEWHERE = /\(os error (5|32)\)/;

/**
 * Programs that open the old library on Windows between the release of our lock and the rename. While one has it open
 * the rename fails; what a killed one leaves belongs to the old library. Elsewhere the lock outlasts the rename, and
 * nothing here does anything.
 */
export class LateOpeners {
  readonly #library: string;
  #stamp: string | null = null;

  constructor(library: string) {
    this.#library = library;
  }

  /** @param letGo lets others use the library */
  letIn(letGo: () => void): void {
    if (!MUST_LET_GO) return;
    this.#stamp = stampOf(this.#library);
    letGo();
  }

  /**
   * Sets aside, with the old library at `previous`, the logs that stand at its path by now. After the rename, a log
   * that somebody has open is the new library's: whoever had the old one open would have kept it from being replaced.
   */
  setLogsAside(previous: string | null, when: "before the rename" | "after the rename" = "before the rename"): void {
    if (!MUST_LET_GO || previous === null) return;
    for (const suffix of LOGS) {
      const [from, to] = [this.#library + suffix, previous + suffix];
      if ((lstatIfPresent(from)?.size ?? 0) === 0 || pathExists(to)) continue;
      try {
        Deno.renameSync(from, to);
      } catch (error) {
        if (when === "before the rename" || !isOpenElsewhere(error)) throw error;
      }
    }
  }

  /**
   * A second name is the library itself, but a copy lacks what has been written since.
   *
   * @throws {BackupError} `database_locked`
   */
  requireUnchanged(previous: string | null): void {
    if (this.#stamp === null || previous === null || isSameFile(previous, this.#library)) return;
    if (stampOf(this.#library) !== this.#stamp) throw inUse(this.#library);
  }
}

/** Explains that Windows does not remove or replace a file because a program has it open. */
export function explainLate(error: unknown, library: string): unknown {
  return MUST_LET_GO && isOpenElsewhere(error) ? inUse(library, error) : error;
}

function isOpenElsewhere(error: unknown): boolean {
  return error instanceof Error && OPEN_ELSEWHERE.test(error.message);
}

function inUse(library: string, cause?: unknown): BackupError {
  return lockedLibrary({ action: "Cannot replace the library", library }, cause);
}

/** What changes when a file is written to; null where there is none. */
export function stampOf(path: string): string | null {
  const info = lstatIfPresent(path);
  return info === null ? null : `${info.size} ${info.mtime?.getTime()}`;
}
