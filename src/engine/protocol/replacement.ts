/**
 * The replacement of a library, with or without a question, and its result.
 *
 * @module
 */
import type { FileComparison, NoComparison } from "./comparison.ts";
import type { PlacedSettings, SettingsPreview } from "./settings.ts";

/** What is asked before the library is replaced. */
export interface LibraryQuestion {
  readonly kind: "library";
  readonly replacement: Replacement;
}

/**
 * What stands at the library's path: a library that VPO can use, something that it cannot use, what only a replacement
 * can tell because nobody may write to it before, or nothing.
 */
export type LibraryState = "usable" | "unusable" | "unknown" | "absent";

/** What is about to replace the library, or what has replaced it. */
export interface Replacement {
  /** The archive, or the set-aside library that `undo` puts back. */
  readonly source: string;
  readonly library: string;
  readonly createdAt: string;
  readonly vpoVersion: string | null;
  readonly schemaVersion: number;
  /** The schema version of the library in place, or else the newest that this program knows. */
  readonly currentSchemaVersion: number;
  /** Null where there is no library, or none that can be read. */
  readonly schemaInPlace: number | null;
  /** What it would replace. */
  readonly inPlace: LibraryState;
  readonly databaseSize: number;
  readonly fileCount: number;
  /** Jobs in it that VPO will run. */
  readonly unfinishedJobs: number;
  /** How it differs from the library in place; null where nobody is told. */
  readonly comparison: FileComparison | NoComparison | null;
  /** The settings in the archive that go with it; null where there are none, or no place for them. */
  readonly settings: SettingsPreview | null;
}

/** The result of a restore or an undo. */
export interface Restored {
  readonly kind: "restored";
  readonly replacement: Replacement;
  /** Whether an option named the library, as the command that undoes this has to, too. */
  readonly isNamed?: boolean;
  /** Where the library that was replaced is kept; null when there was none. */
  readonly previousLibrary: string | null;
  /** Whether `undo` can bring that back, because VPO could use it. */
  readonly isUndoable: boolean;
  /** Where logs are kept that were at the library's path beside no library: they may belong to one that was moved. */
  readonly keptLogs: readonly string[];
  /** Older set-aside libraries that were removed. */
  readonly removedLibraries: readonly string[];
  /** What became of the settings; null where they were left alone. */
  readonly settings: PlacedSettings | null;
  /** Directories with settings that were replaced along with the library that `undo` brings back, or since. */
  readonly keptSettings: readonly string[];
  readonly seconds: number;
}

/** The result of a dry run: a library that could be put in place. */
export interface Checked {
  readonly kind: "checked";
  readonly replacement: Replacement;
}
