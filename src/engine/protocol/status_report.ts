/**
 * The state of the backups: plain data, like everything that crosses to the worker and back.
 *
 * @module
 */
import type { ToName } from "../../program.ts";
import type { CopyConcern, CopyCondition } from "./copies.ts";
import type { ArchiveFault } from "./found_archives.ts";

/** A nightly backup is never older than this: a day, and some time for being late. */
export const NIGHTLY_HOURS = 26;

/** What is wrong with the backups. */
export type Concern =
  | "no_directory"
  | "no_backup"
  | "none_of_this_library"
  | "none_sound"
  | "newest_damaged"
  | "newest_unreadable"
  | "too_old"
  | "from_future"
  | "low_space"
  | CopyConcern
  | "empty_library";

/** The newest good backup. */
export interface NewestBackup {
  readonly filename: string;
  readonly path: string;
  readonly createdAt: string;
  /** Negative where it is from the future. */
  readonly ageSeconds: number;
  /** When the library was last found unchanged since, in ISO 8601; null where nothing says so. */
  readonly unchangedAt: string | null;
  readonly archiveSize: number;
  readonly databaseSize: number;
  readonly fileCount: number;
  readonly schemaVersion: number;
  /** Whether its library is known to be sound; VPO's archives have no hash, so it takes unpacking to know that. */
  readonly isProven: boolean;
}

/** What could be told of the library. */
export interface LibraryCondition {
  readonly path: string | null;
  readonly state: "found" | "missing" | "unreadable" | "out_of_reach";
  /** Whether it is seen to differ from the one in the newest good backup; null where not even the rows can be compared. */
  readonly isSeenToDiffer: boolean | null;
  /** Media files that it knows; null where that cannot be told. */
  readonly fileCount: number | null;
  /** Why it cannot be read. */
  readonly error: string | null;
}

/** The state of the backups. */
export interface Status {
  readonly kind: "status";
  /** The worst first; none where all is well. */
  readonly concerns: readonly Concern[];
  readonly directory: string;
  /** When it was looked at, in ISO 8601. */
  readonly checkedAt: string;
  readonly maxAgeSeconds: number;
  /** The newest good one. */
  readonly newest: NewestBackup | null;
  /** What is wrong with the newest of all. */
  readonly newestFault: { readonly filename: string; readonly fault: ArchiveFault; readonly why: string } | null;
  /** Archives, damaged ones included. */
  readonly count: number;
  /** Of those that were examined: the newest ones, down to the newest good one. The same goes for the next. */
  readonly damagedCount: number;
  readonly unreadableCount: number;
  readonly totalSize: number;
  /** Bytes free in the backup directory. */
  readonly free: number | null;
  /** Bytes that two more backups need. */
  readonly needed: number | null;
  /** Whether the backups are on the library's file system; null where that cannot be told. */
  readonly onLibraryDisk: boolean | null;
  readonly library: LibraryCondition;
  /** The places that second copies go into. */
  readonly copies: readonly CopyCondition[];
  /** Maximum age of the newest copy in each. */
  readonly copyMaxAgeSeconds: number;
  /** What a command has to name to mean this library and these backups; absent where nothing. */
  readonly toName?: ToName;
}
