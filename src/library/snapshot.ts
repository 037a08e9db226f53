import { backup, type DatabaseSync } from "node:sqlite";
import { lstatIfPresent } from "../store/identity.ts";
import { openFile } from "../store/open_file.ts";
import { currentUser, ROOT } from "../store/user.ts";
import { readFileHeader } from "./file_header.ts";
import { NotALibrary } from "./content/library_facts.ts";
import { lockStable } from "./stable_lock.ts";
import { limitWaiting, openDatabase, queryValue, resultCode, sqliteFailure } from "./sqlite.ts";
import { NamesAnotherFile, namesAnotherFile } from "./super_journal.ts";
import { tryUntilFree } from "./try_until_free.ts";

/** Pages copied between two reports: fewer cost time, more delay an interruption. */
const PAGES_PER_STEP = 1000;

/**
 * A killed program has left a transaction in a rollback journal; only a connection with write access can roll it back.
 */
export class UnfinishedTransaction extends Error {
  override readonly name = "UnfinishedTransaction";
}

/** SQLite needs side files to read this library, and this user cannot create any there. */
export class NoSideFiles extends Error {
  override readonly name = "NoSideFiles";
}

/** SQLITE_READONLY_ROLLBACK: a hot journal has to be rolled back. Other "readonly" codes concern side files. */
const READONLY_ROLLBACK = 776;

/** Reading it would leave this user's files beside another user's library, and keep that user from writing to it. */
export class ForeignLibrary extends Error {
  override readonly name = "ForeignLibrary";
}

/**
 * One moment of a library, held by an open read transaction. Writers continue beside it; the library is never written.
 *
 * Source: SQLite, "Isolation In SQLite" (a read transaction sees one snapshot) and "SQLite Backup API" (a backup made
 * on the connection that holds the transaction is not restarted by other connections' commits).
 */
export class Snapshot implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Opens the library read-only and pins its present moment, waiting for a lock no longer than `waitSeconds`.
   *
   * @throws {UnfinishedTransaction}
   * @throws {NamesAnotherFile} where whoever rolled that transaction back would delete a file
   * @throws {NoSideFiles}
   * @throws {NotALibrary} where it is empty
   * @throws {ForeignLibrary}
   */
  static pin(library: string, waitSeconds: number): Snapshot {
    requireHarmless(library);
    return tryUntilFree(waitSeconds, () => lockStable(library, () => Snapshot.#pinOpened(library, waitSeconds)));
  }

  static #pinOpened(library: string, waitSeconds: number): Snapshot {
    // SQLite deletes the log that it finds beside an empty database, even if it only reads.
    if (lstatIfPresent(library)?.size === 0) throw new NotALibrary("it is empty");
    const database = openDatabase(library, { readOnly: true, waitSeconds: 0 });
    try {
      database.exec("BEGIN");
      // Takes the read lock by the header alone: reading a damaged schema might never end.
      database.prepare("PRAGMA schema_version").get();
      limitWaiting(database, waitSeconds);
      return new Snapshot(database);
    } catch (error) {
      database.close();
      throw whyNotPinned(error, library);
    }
  }

  /** In bytes. */
  get pageSize(): number {
    return Number(queryValue(this.#database, "PRAGMA page_size"));
  }

  /** In bytes. */
  get size(): number {
    return this.pageSize * Number(queryValue(this.#database, "PRAGMA page_count"));
  }

  /** Runs a query on the snapshot. */
  read<T>(query: (database: DatabaseSync) => T): T {
    return query(this.#database);
  }

  /**
   * Copies the snapshot to `path`, an empty file, page by page.
   *
   * @param advance is called with pages done and pages in all; what it throws ends the copying
   */
  async copyTo(path: string, advance: (done: number, total: number) => void): Promise<void> {
    await backup(this.#database, path, {
      rate: PAGES_PER_STEP,
      progress: ({ totalPages, remainingPages }) => advance(totalPages - remainingPages, totalPages),
    });
    // SQLite's backup does not report the last pages.
    const pages = this.size / this.pageSize;
    advance(pages, pages);
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function whyNotPinned(error: unknown, library: string): unknown {
  const failure = sqliteFailure(error);
  if (failure === "read-only" && resultCode(error) === READONLY_ROLLBACK) {
    if (namesAnotherFile(library)) return new NamesAnotherFile("its journal names another file");
    return new UnfinishedTransaction("it must be rolled back first");
  }
  if (failure !== "read-only" && failure !== "cannot open") return error;
  const why = "SQLite needs a file beside a library to read it, and cannot create one there";
  return new NoSideFiles(why, { cause: error });
}

/**
 * Refuses to read somebody else's library in WAL mode without side files: SQLite would create them for this user. As
 * root, SQLite gives them to the owner of the library (os_unix.c, robustFchown).
 */
function requireHarmless(library: string): void {
  const user = currentUser();
  if (user === null || user === ROOT || Deno.statSync(library).uid === user) return;
  if (["-wal", "-shm"].every((suffix) => lstatIfPresent(library + suffix) !== null)) return;
  if (!isInWalMode(library)) return;
  throw new ForeignLibrary("it belongs to another user, and nobody has it open");
}

function isInWalMode(library: string): boolean {
  using file = openFile(library);
  return readFileHeader(file)?.isWal ?? false;
}
