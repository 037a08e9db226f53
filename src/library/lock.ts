import type { DatabaseSync } from "node:sqlite";
import { openFile } from "../store/open_file.ts";
import { removeIfPresent } from "../store/publish.ts";
import { readFileHeader } from "./file_header.ts";
import { isDamage, limitWaiting, lookTwice, openDatabase, queryValue, sqliteFailure } from "./sqlite.ts";
import { lockStable } from "./stable_lock.ts";
import { namesAnotherFile, requireOwnJournal } from "./super_journal.ts";
import { tryUntilFree } from "./try_until_free.ts";

/** Files that SQLite keeps beside a database and that take effect when it is opened. */
export const SIDE_FILES = ["-wal", "-shm", "-journal"] as const;

/** A library that only this process can use until it is released. */
export class HeldLibrary implements Disposable {
  /** Whether SQLite can use it. */
  readonly isUsable: boolean;
  readonly #path: string;
  readonly #database: DatabaseSync;
  #hasLeftWal = false;

  constructor(path: string, database: DatabaseSync, isUsable: boolean) {
    this.#path = path;
    this.#database = database;
    this.isUsable = isUsable;
  }

  /** Runs a query on the library. */
  read<T>(query: (database: DatabaseSync) => T): T {
    return query(this.#database);
  }

  /**
   * Puts the library into rollback mode, because it is to lose its name.
   *
   * A connection that was opened before, and has read nothing yet or waits for the lock, cannot be seen. In WAL mode,
   * when its turn comes, it would find by name the log of whatever stands at that path; in rollback mode it notices
   * that its file has moved, and refuses to write (SQLite, "How To Corrupt An SQLite Database File", sections 1.4 and
   * 2.4).
   */
  leaveWal(): void {
    if (journalMode(this.#database) === "wal") {
      // SQLite now looks for a journal: it had none as long as there was a log.
      requireOwnJournal(this.#path);
      this.#hasLeftWal = true;
      const mode = journalMode(this.#database, "delete");
      if (mode !== "delete") throw new Error(`the library cannot be taken out of WAL mode: it stays in ${mode} mode`);
    }
    // In exclusive locking mode the connection keeps a journal that it had, and would unlink it by name when it closes:
    // by then it may be another's.
    journalMode(this.#database, "memory");
    removeIfPresent(this.#path + "-journal");
  }

  /** Reverts {@link leaveWal}, for a library that is still at its path. */
  returnToWal(): void {
    if (!this.#hasLeftWal) return;
    if (this.#database.isOpen) return void journalMode(this.#database, "wal");
    const database = openDatabase(this.#path, { readOnly: false, waitSeconds: 0 });
    try {
      journalMode(database, "wal");
    } finally {
      database.close();
    }
  }

  /** Lets others use it again. */
  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** What stands at the library's path: a library that is now held, something SQLite cannot use, or nothing. */
export type Hold =
  | { readonly state: "held"; readonly library: HeldLibrary }
  /**
   * If SQLite opened the file before it found that out, release the connection only when the file is no longer at its
   * path: SQLite would otherwise write the log into the damaged file, and remove the log, when it closes.
   */
  | { readonly state: "unusable"; readonly library: HeldLibrary | null }
  | { readonly state: "absent" };

/**
 * Locks the library for this process alone and merges its write-ahead log into it.
 *
 * Exclusive locking mode comes before the exclusive transaction: in WAL mode the transaction alone succeeds beside
 * open, idle connections, while exclusive locking mode is refused if there is any connection (SQLite, "Write-Ahead
 * Logging", section 8). In rollback mode SQLite shows an idle connection to nobody.
 *
 * @param locked is called when the lock is taken, before the log is merged, which can take a while
 * @param nearing is called before SQLite looks at what is there, each time: meanwhile that may have been moved
 * @throws an error of kind "busy" when another process holds it for longer than `waitSeconds`
 */
export function holdLibrary(
  library: string,
  waitSeconds: number,
  locked: () => void = () => {},
  nearing: () => void = () => {},
): Hold {
  const hold = tryUntilFree(waitSeconds, (secondsLeft) => takeWhatIsThere(library, secondsLeft, nearing));
  if (hold.state !== "held") return hold;
  const held = hold.library;
  try {
    locked();
    const busy = held.read((database) => lookTwice(() => queryValue(database, "PRAGMA wal_checkpoint(TRUNCATE)")));
    if (busy !== 0) throw new Error("the write-ahead log could not be brought into the library");
    return { state: "held", library: held };
  } catch (error) {
    if (isDamage(error)) return { state: "unusable", library: held };
    held[Symbol.dispose]();
    throw error;
  }
}

function takeWhatIsThere(library: string, readersSeconds: number, nearing: () => void): Hold {
  nearing();
  const found = findDatabase(library);
  if (found === "absent") {
    nearing();
    return { state: "absent" };
  }
  if (found === "unusable") return { state: "unusable", library: null };
  const held = lockStable(library, () => takeAlone(library, readersSeconds, nearing));
  return held.isUsable ? { state: "held", library: held } : { state: "unusable", library: held };
}

/** @param readersSeconds how long it waits for others that read, once nobody else can write or begin to read */
function takeAlone(library: string, readersSeconds: number, nearing: () => void): HeldLibrary {
  const database = openDatabase(library, { readOnly: false, waitSeconds: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    // To open a library that has just been moved is to make an empty one.
    nearing();
    requireOwnJournal(library);
    // Now SQLite looks for a journal; then it does not again, because it keeps its locks in exclusive mode.
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
    limitWaiting(database, readersSeconds);
    // By the header alone: reading a damaged schema might never end. A commit would turn an empty file into a database.
    database.exec("BEGIN EXCLUSIVE; PRAGMA schema_version; ROLLBACK");
    return new HeldLibrary(library, database, true);
  } catch (error) {
    if (isDamage(error)) return new HeldLibrary(library, database, false);
    database.close();
    throw error;
  }
}

function journalMode(database: DatabaseSync, wanted?: "wal" | "delete" | "memory"): unknown {
  return lookTwice(() => queryValue(database, `PRAGMA journal_mode${wanted === undefined ? "" : ` = ${wanted}`}`));
}

/** Looks at a file that no connection of this process has open. */
function findDatabase(library: string): "database" | "unusable" | "absent" {
  try {
    using file = openFile(library);
    // To SQLite an empty file is a database, and a program may be about to fill it.
    if (file.statSync().size > 0 && readFileHeader(file) === null) return "unusable";
    if (namesAnotherFile(library)) {
      requireIdle(library);
      return "unusable";
    }
    // For a library without write permission SQLite says "disk I/O error"; the system says why.
    openFile(library, { writable: true }).close();
    return "database";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "absent";
    throw error;
  }
}

/**
 * Where another program is just committing to several databases, their journals have such a name in them.
 *
 * @throws an error of kind "busy"
 */
function requireIdle(library: string): void {
  const database = openDatabase(library, { readOnly: true, waitSeconds: 0 });
  try {
    database.exec("PRAGMA schema_version");
  } catch (error) {
    if (sqliteFailure(error) === "busy") throw error;
  } finally {
    database.close();
  }
}
