/**
 * Second copies of archives in other places: plain data, like all that crosses to the worker and back.
 *
 * @module
 */
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

/** The places that second copies go into, and how old the newest copy in each may be. */
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

/** How a place for second copies is. */
export interface CopyCondition {
  readonly concern: CopyConcern | null;
  readonly directory: string;
  /** `absent`: missing, or nothing shows that backups go there, for its disk is not mounted. */
  readonly state: "present" | "absent" | "unreadable";
  /** The newest sound copy, in an absent place the last one that was made there; null where none is known. */
  readonly newest: NewestCopy | null;
  /** Why it is unreadable, or what is wrong with the newest archive in it. */
  readonly error: string | null;
  /** Whether it is on the file system of the backup directory; null where that cannot be told. */
  readonly onBackupDisk: boolean | null;
  /** Bytes free; null where that is not known. */
  readonly free: number | null;
}

/** A place for second copies that was looked at with care. */
export interface CopyPlaceExamination {
  readonly condition: CopyCondition;
  /** Why no copy can be put into it; null where one can, or where nobody tried. */
  readonly unwritable: string | null;
}
