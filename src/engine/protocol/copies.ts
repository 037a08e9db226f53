/**
 * Second copies of archives in other places: plain data, like all that crosses to the worker and back.
 *
 * @module
 */

/** A copy of an archive that was made. */
export interface Copied {
  readonly kind: "copied";
  readonly path: string;
}

/** A place for second copies. */
export interface CopyPlace {
  /** Real path, as far as it exists. */
  readonly directory: string;
  /** Whether there is such a directory. */
  readonly found: boolean;
}

/** The places for second copies, and the maximum age of the newest copy in each. */
export interface CopyPlaces {
  readonly places: readonly CopyPlace[];
  readonly maxAgeSeconds: number;
}

/** The newest copy in a place. */
export interface NewestCopy {
  readonly filename: string;
  /** When the backup was made, in ISO 8601. */
  readonly createdAt: string;
  /** Negative where it is from the future. */
  readonly ageSeconds: number;
}

/** What is wrong with the copies in a place, the worst first. */
export type CopyConcern = "no_copy" | "copy_too_old" | "copy_unreadable" | "copy_old";

/** The state of a place for second copies. */
export interface CopyCondition {
  readonly concern: CopyConcern | null;
  readonly directory: string;
  /** `absent`: missing, or without a sign that backups go there, because its disk is not mounted. */
  readonly state: "present" | "absent" | "unreadable";
  /** The newest sound copy; for an absent place, the last one made there; null where none is known. */
  readonly newest: NewestCopy | null;
  /** Why it is unreadable, or nothing tells what was copied to it; or what is wrong with the newest archive in it. */
  readonly error: string | null;
  /** Whether it is on the file system of the backup directory; null where that cannot be told. */
  readonly onBackupDisk: boolean | null;
  /** Bytes free; null where that is not known. */
  readonly free: number | null;
}

/** A place for second copies that was examined. */
export interface CopyPlaceExamination {
  readonly condition: CopyCondition;
  /** Why no copy can be written there; null where one can, or where nobody tried. */
  readonly unwritable: string | null;
}
