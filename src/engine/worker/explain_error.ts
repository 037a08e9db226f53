import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { DamagedDatabase } from "../../library/integrity.ts";
import { NotALibrary } from "../../library/content/library_facts.ts";
import { UnorderedFiles } from "../../library/content/media_files.ts";
import { ForeignLibrary, NoSideFiles, UnfinishedTransaction } from "../../library/snapshot.ts";
import { type SqliteFailure, sqliteFailure } from "../../library/sqlite.ts";
import { PlantedFile } from "../../library/side_files.ts";
import { NamesAnotherFile } from "../../library/super_journal.ts";
import { FIND_SOUND_BACKUPS, replaceDamaged } from "../../program.ts";
import { isFull, lacksInodes } from "../../store/space.ts";
import { diskFull, explainSystem, lockedLibrary } from "./explain_system.ts";

const NAME_LIBRARY = "Name VPO's library with --library PATH.";

/** What a verb works on, for the text of its errors. */
export interface Task {
  /** "Cannot back up the library". */
  readonly action: string;
  /** Path of the library that is opened; null where only our own copies are. */
  readonly library: string | null;
  /** Path of the one archive that is read; null for none. */
  readonly archive: string | null;
  /** Directory that is written to; null for none. */
  readonly directory: string | null;
}

/** Turns whatever went wrong in a verb into the error that the user sees. */
export function explain(error: unknown, task: Task): BackupError {
  const failure = sqliteFailure(error);
  if (failure !== null) return explainSqlite(failure, error as Error, task);
  if (error instanceof BackupError) return named(error, task);
  const { action } = task;
  const subject = subjectOf(task);
  if (error instanceof NotALibrary) {
    const message = `${action}: "${subject}" is not a VPO library: ${error.message}`;
    return new BackupError("not_a_library", message, NAME_LIBRARY, { cause: error });
  }
  if (error instanceof UnorderedFiles) {
    return new BackupError("not_a_library", `${action}: ${error.message}`, null, { cause: error });
  }
  if (error instanceof DamagedDatabase) return damagedLibrary(task, error);
  if (error instanceof ForeignLibrary) {
    const message =
      `${action}: "${subject}" belongs to another user, and reading it now would keep that user from writing to it`;
    const hint = "Run this as its owner or root, or while VPO has it open.";
    return new BackupError("operation_failed", message, hint, { cause: error });
  }
  if (error instanceof UnfinishedTransaction) {
    return failed(
      `${action}: "${subject}" has an unfinished transaction left by a killed program`,
      error,
      "Start VPO once to roll it back, then try again: a backup never writes to the library.",
    );
  }
  if (error instanceof NoSideFiles) {
    const message = `${action}: "${subject}" cannot be read: ${error.message}`;
    const lack = task.library === null ? null : lackIn(dirname(task.library));
    if (lack === null) return failed(message, error, `Run this as the library's owner. ${ON_READ_ONLY}`);
    return new BackupError("insufficient_space", `${message}: ${lack.what}`, lack.hint, { cause: error });
  }
  if (error instanceof PlantedFile) {
    return failed(`${action}: ${error.message}`, error, "Find out who has put it there, and move it away.");
  }
  if (error instanceof NamesAnotherFile) {
    const message = `${action}: "${subject}-journal" names another file, which SQLite would delete`;
    const hint = "VPO makes no such journal: find out who has, and move it away.";
    return new BackupError("not_a_library", message, hint, { cause: error });
  }
  return explainSystem(error, action);
}

/** Names the archive in an error that arose where its name was not known. */
function named(error: BackupError, { action, archive }: Task): BackupError {
  if (error.code !== "invalid_archive" || archive === null) return error;
  // "Cannot restore the backup" loses its noun to the name.
  const message = `${action.replace(/ the \w+$/, "")} "${archive}": ${error.message}`;
  return new BackupError("invalid_archive", message, error.hint ?? FIND_SOUND_BACKUPS, { cause: error });
}

function explainSqlite(failure: SqliteFailure, error: Error, task: Task): BackupError {
  const { action, library } = task;
  // About its side files, SQLite only says that something failed.
  const isVague = ["input/output", "cannot open", "read-only"].includes(failure);
  if (failure === "full" || isVague && hasNoRoom(task)) return diskFull(action, error);
  if (library === null) return failed(`${action}: ${error.message}`, error, null);
  switch (failure) {
    case "busy":
      return lockedLibrary({ action, library }, error);
    case "not a database":
      return isNamedLikeDatabase(library) ? damagedLibrary(task, error) : notADatabase(action, library, error);
    case "damaged":
      return damagedLibrary(task, error);
    case "cannot open":
    case "read-only":
      return failed(
        `${action}: "${library}" cannot be opened: ${error.message}`,
        error,
        "Check the modes of the library and its directory: SQLite needs a file beside a library to read it.",
      );
    case "too big":
    case "no memory":
    case "input/output":
    case "other":
      return failed(`${action}: ${error.message}`, error, null);
  }
}

function hasNoRoom({ library, directory }: Task): boolean {
  return [directory, library === null ? null : dirname(library)].some((place) => place !== null && isFull(place));
}

const ON_READ_ONLY = "On a read-only file system, copy it to another one first.";

/** What a directory lacks for even the smallest file; null where that is not the reason that one cannot be made. */
function lackIn(directory: string): { readonly what: string; readonly hint: string } | null {
  // Snapshots and images, which nothing can be written to, say that they are full.
  if (isFull(directory)) return { what: "no space is left", hint: `Free some space there. ${ON_READ_ONLY}` };
  if (!lacksInodes(directory)) return null;
  return { what: "no inodes are left for more files", hint: "Remove files there, however small." };
}

/** Advises no restore: over a file that is not a library, named by mistake, it would do harm. */
function notADatabase(action: string, library: string, cause: Error): BackupError {
  const message = `${action}: "${library}" is not a SQLite database`;
  return new BackupError("not_a_library", message, NAME_LIBRARY, { cause });
}

/** Whether a file is meant to be a database, by its name: the content of a wrecked one does not tell. */
export function isNamedLikeDatabase(path: string): boolean {
  return /\.(db3?|sqlite3?)$/i.test(path);
}

function damagedLibrary(task: Task, cause: Error): BackupError {
  const { action, library } = task;
  return new BackupError(
    "not_a_library",
    `${action}: "${subjectOf(task)}" is damaged or not a library: ${cause.message}`,
    library === null ? FIND_SOUND_BACKUPS : replaceDamaged(library, null),
    { cause },
  );
}

function subjectOf({ library, archive, directory }: Task): string | null {
  return library ?? archive ?? directory;
}

function failed(message: string, cause: unknown, hint: string | null): BackupError {
  return new BackupError("operation_failed", message, hint, { cause });
}
