/**
 * A journal that names another file.
 *
 * A transaction in several attached databases has a super-journal, a file with the names of their journals, and each of
 * these ends with its name. Whoever rolls such a journal back then deletes the file of that name, wherever it is and
 * whatever is in it: SQLite knows nothing of Deno's permissions. VPO attaches no databases, so a journal of this kind
 * beside a library was put there by somebody else.
 *
 * Only a connection that may write rolls back: one that only reads is refused (SQLITE_READONLY_ROLLBACK) before SQLite
 * looks for a name. A write-ahead log names no files.
 *
 * Source: SQLite's pager.c: writeSuperJournal (the record), readSuperJournal (found from the end of the file, whatever
 * precedes it), sqlite3PagerSharedLock (who rolls back), pager_playback and pager_delsuper (what is deleted).
 *
 * @module
 */
import { readAt } from "../store/file_bytes.ts";
import { NotRegular, openFile } from "../store/open_file.ts";

/**
 * The last bytes of such a journal. Before them are the name, its length and its checksum; which names SQLite refuses
 * differs from system to system, so any record counts.
 */
const MAGIC = Uint8Array.of(0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7);

/** SQLite would delete the file that a database's journal names. */
export class NamesAnotherFile extends Error {
  override readonly name = "NamesAnotherFile";
}

/**
 * Refuses a database that is to be opened for writing, if that could delete a file that its journal names.
 *
 * @throws {NamesAnotherFile}
 */
export function requireOwnJournal(database: string): void {
  if (namesAnotherFile(database)) throw new NamesAnotherFile("its journal names another file");
}

/** Whether the journal beside a database names another file, which SQLite would delete. */
export function namesAnotherFile(database: string): boolean {
  return endsWithName(`${realPathOf(database)}-journal`);
}

/** SQLite follows links to a database before it names the journal, but not on Windows. */
export function realPathOf(path: string): string {
  if (Deno.build.os === "windows") return path;
  try {
    return Deno.realPathSync(path);
  } catch {
    // What keeps us from following it keeps SQLite from it, too.
    return path;
  }
}

function endsWithName(journal: string): boolean {
  try {
    using file = openFile(journal);
    const end = readAt(file, file.statSync().size - MAGIC.length, MAGIC.length);
    return end.length === MAGIC.length && MAGIC.every((byte, index) => end[index] === byte);
  } catch (error) {
    // Nor can SQLite read it then.
    const { NotFound, PermissionDenied } = Deno.errors;
    if ([NotFound, PermissionDenied, NotRegular].some((kind) => error instanceof kind)) return false;
    throw error;
  }
}
