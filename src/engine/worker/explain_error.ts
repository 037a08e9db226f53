import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { DamagedDatabase } from "../../library/integrity.ts";
import { NotALibrary } from "../../library/content/library_facts.ts";
import { UnorderedFiles } from "../../library/content/media_files.ts";
import { ForeignLibrary, NoSideFiles, UnfinishedTransaction } from "../../library/snapshot.ts";
import { type SqliteFailure, sqliteFailure } from "../../library/sqlite.ts";
import { isFull } from "../../store/space.ts";
import { diskFull, explainSystem, lockedLibrary } from "./explain_system.ts";

/** What a verb works on, for the words of its errors. */
export interface Task {
  /** "Cannot back up the library". */
  readonly action: string;
  /** Path of the library. */
  readonly library: string;
  /** Directory that is written to. */
  readonly directory: string;
}

/** Turns whatever went wrong in a verb into the error that the user sees. */
export function explain(error: unknown, task: Task): BackupError {
  const failure = sqliteFailure(error);
  if (failure !== null) return explainSqlite(failure, error as Error, task);
  if (error instanceof NotALibrary) {
    return new BackupError("not_a_library", `${task.action}: "${task.library}" is not a VPO library: ${error.message}`);
  }
  if (error instanceof UnorderedFiles) {
    return new BackupError("not_a_library", `${task.action}: ${error.message}`, null, { cause: error });
  }
  if (error instanceof DamagedDatabase) return damagedLibrary(task, error.message, error);
  if (error instanceof ForeignLibrary) {
    const message =
      `${task.action}: "${task.library}" belongs to another user, for whom VPO could not write to it then`;
    const hint = "Run this as its owner or root, or while VPO has it open.";
    return new BackupError("operation_failed", message, hint, { cause: error });
  }
  if (error instanceof UnfinishedTransaction) {
    return failed(
      `${task.action}: "${task.library}" has an unfinished transaction of a program that was killed`,
      error,
      "Start VPO once, which takes it back, and try again: a backup never writes to the library.",
    );
  }
  if (error instanceof NoSideFiles) {
    return failed(
      `${task.action}: "${task.library}" cannot be read: ${error.message}`,
      error,
      "Run this as the library's owner. On a read-only file system, copy it to another one first.",
    );
  }
  return explainSystem(error, task.action);
}

function explainSqlite(failure: SqliteFailure, error: Error, task: Task): BackupError {
  // Of its side files SQLite says only that something failed.
  const isVague = ["input/output", "cannot open", "read-only"].includes(failure);
  if (isVague && [task.directory, dirname(task.library)].some(isFull)) return diskFull(task.action, error);
  switch (failure) {
    case "busy":
      return lockedLibrary(task, error);
    case "full":
      return diskFull(task.action, error);
    case "not a database":
      return isNamedLikeDatabase(task.library) ? damagedLibrary(task, error.message, error) : notADatabase(task, error);
    case "damaged":
      return damagedLibrary(task, error.message, error);
    case "cannot open":
    case "read-only":
      return failed(
        `${task.action}: "${task.library}" cannot be opened: ${error.message}`,
        error,
        "Check the modes of the library and of its directory: SQLite keeps a file beside a library that it reads.",
      );
    case "too big":
    case "no memory":
    case "input/output":
    case "other":
      return failed(`${task.action}: ${error.message}`, error, null);
  }
}

/** A restore over what is no library at all, but a file that was named by mistake, would do harm. */
function notADatabase({ action, library }: Task, cause: Error): BackupError {
  const message = `${action}: "${library}" is not a SQLite database`;
  return new BackupError("not_a_library", message, "Name VPO's library with --library PATH.", { cause });
}

/** Whether a file is meant to be a database, going by its name: what is in a wrecked one does not tell. */
export function isNamedLikeDatabase(path: string): boolean {
  return /\.(db3?|sqlite3?)$/i.test(path);
}

function damagedLibrary(task: Task, why: string, cause: Error): BackupError {
  return new BackupError(
    "not_a_library",
    `${task.action}: "${task.library}" is damaged or not a library: ${why}`,
    "Replace a damaged library with: vpo-backup restore latest",
    { cause },
  );
}

function failed(message: string, cause: unknown, hint: string | null): BackupError {
  return new BackupError("operation_failed", message, hint, { cause });
}
