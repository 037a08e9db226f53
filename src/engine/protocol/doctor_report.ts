/**
 * What an examination finds: plain data, like everything that crosses to the worker and back. It is judged elsewhere.
 *
 * @module
 */
import type { ToldRemarks } from "../../library/structure.ts";
import type { Leftover } from "../../store/leftovers.ts";
import type { SettingsTotal } from "./settings.ts";

export type { Leftover };

/** The versions of what is running, and the system that it runs on. */
export interface RuntimeFacts {
  readonly program: string;
  readonly deno: string;
  /** Null where the engine was not started. */
  readonly sqlite: string | null;
  readonly system: string;
}

/** Who may do what with a file; null on systems without such modes. */
export interface AccessFacts {
  readonly mode: number | null;
  /** User ID of its owner. */
  readonly owner: number | null;
}

/** What was found out about the library. */
export interface LibraryExamination {
  readonly path: string;
  /**
   * `held`: another process has locked it. `unfinished`: a killed program left a transaction that only a program with
   * write access can roll back.
   */
  readonly state: "sound" | "missing" | "held" | "damaged" | "not a library" | "unfinished" | "unreadable";
  /** Why it is not sound. */
  readonly reason: string | null;
  /** What to do about that, where the state does not tell. */
  readonly advice: string | null;
  /** In bytes. */
  readonly size: number;
  /** Size of its write-ahead log before it was examined, in bytes; null where there was none. */
  readonly logSize: number | null;
  /** What SQLite calls the journal mode: `wal`, `delete` and others; null where it cannot be read. */
  readonly journal: string | null;
  readonly fileCount: number;
  readonly schemaVersion: number;
  /** Indexes that do not match their tables, and what SQLite here could not check. */
  readonly remarks: ToldRemarks;
  readonly access: AccessFacts;
  /** Whether its file also has another name, beside which its log may be. */
  readonly file: LibraryFile;
}

/**
 * `mounted`: the file itself is a mount point, so nothing can replace it. `second name`: it has a hard link that no run
 * of ours made.
 */
export type LibraryFile = "plain" | "mounted" | "second name";

/** Where SQLite would work on the copy. */
export interface WorkExamination {
  /** Null where there is no place for it. */
  readonly directory: string | null;
  /** Why there is none. */
  readonly refusal: string | null;
}

/** What was found out about the backup directory. */
export interface DirectoryExamination {
  readonly path: string;
  readonly found: boolean;
  /** Why no archive can be written there; null where one can, or where the directory is missing. */
  readonly unwritable: string | null;
  /** How its file system refuses to sync names in a directory; null where it does not. */
  readonly unsynced: string | null;
  /** Whether a file there is private where it is to be; null where that was not tried. */
  readonly keepsModes: boolean | null;
  readonly access: AccessFacts;
  /** Names of archives that others than their owner can read or write. */
  readonly readableByOthers: readonly string[];
  readonly writableByOthers: readonly string[];
  /** Names of archives that do not belong to the library's owner. */
  readonly foreign: readonly string[];
  /** Why it cannot be read. */
  readonly error: string | null;
}

/** The settings of this machine, and whether they are backed up. */
export interface SettingsExamination {
  /** Those that a backup takes. */
  readonly here: SettingsTotal;
  /** How many the newest good backup of the library holds; null where there is none. */
  readonly inNewest: number | null;
  /** Those that no backup takes, and why not. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}
