/**
 * What is found of archives: lists of them, the latest one, what checks say.
 *
 * @module
 */
import type { WireError } from "../../errors.ts";
import type { ToldRemarks } from "../../library/structure.ts";
import type { ArchiveRecord } from "../../store/metadata.ts";

export type { ArchiveRecord };
export { ARCHIVE_SUFFIX } from "../../store/naming.ts";

/** Why an archive cannot be used: its bytes are wrong, or this user or this machine cannot read it. */
export type ArchiveFault = "damaged" | "unreadable";

/** Whether a backup is of the library in place, of another one, or nobody can tell. */
export type BackupOrigin = "this" | "other" | "unknown";

export interface BackupEntry {
  readonly filename: string;
  readonly path: string;
  readonly archiveSize: number;
  /** From the metadata; for an unreadable archive from its name, else from the file's modification time. */
  readonly createdAt: string;
  /** Null where the archive cannot be read. */
  readonly metadata: ArchiveRecord | null;
  readonly origin: BackupOrigin;
  /** Null where nothing is wrong with the archive as far as it was read. */
  readonly fault: ArchiveFault | null;
  /** Why the archive cannot be read, or is not sound. */
  readonly error: string | null;
  /** Whether all of it was read and found sound; null where only what the list needs was read. */
  readonly verified: boolean | null;
}

export interface Listed {
  readonly kind: "listed";
  readonly directory: string;
  /** As many as were asked for, in the order that was asked for. */
  readonly entries: readonly BackupEntry[];
  /** Archives in the directory. */
  readonly totalCount: number;
  /** In bytes. */
  readonly totalSize: number;
  /** Libraries that a restore has replaced, the newest first. */
  readonly setAside: readonly { readonly path: string; readonly size: number }[];
  /** In ISO 8601. */
  readonly listedAt: string;
}

/** Which backup is the latest, and what there is beside it. */
export interface LatestFound {
  readonly kind: "latest found";
  /** Archives in the directory. */
  readonly count: number;
  /** The newest of this library that can be used and is not from the future; where all are, the newest of them. */
  readonly latest: BackupEntry | null;
  /** The newest of this library from the future, by the clock, where not all are. */
  readonly future: BackupEntry | null;
  /** The newest of all, where there is none of this library. */
  readonly foreign: BackupEntry | null;
  /** Whether all of this library are from the future, which is the clock's fault. */
  readonly isClockWrong: boolean;
  /** What is newer than the latest, or would be, and why it is not taken. */
  readonly passedOver: readonly { readonly filename: string; readonly why: string }[];
}

/** What an archive's metadata say of the library in it that is not so; null for what is. */
export interface FalseClaims {
  readonly schemaVersion: number | null;
  readonly databaseSize: number | null;
  readonly fileCount: number | null;
  readonly mediaSize: number | null;
}

/** What the check of one archive found. */
export interface Examined {
  readonly kind: "examined";
  /** Why it is damaged; null where it is sound. */
  readonly damage: string | null;
  /** What to do about damage, where that is known. */
  readonly hint: string | null;
  /** Indexes that do not match their tables, and what SQLite here could not check; a restore takes it all the same. */
  readonly remarks: ToldRemarks;
  /** What its metadata say; null where it is damaged. */
  readonly facts: {
    readonly createdAt: string;
    readonly databaseSize: number;
    readonly fileCount: number;
    readonly schemaVersion: number;
    /** What it says of the settings in it, which were checked; null where it says nothing. */
    readonly settings: ArchiveRecord["settings"];
    /** Null where the metadata are right, or where the library was not unpacked. */
    readonly falseClaims: FalseClaims | null;
  } | null;
  readonly seconds: number;
}

/** What the check of some archives found, in the order in which they were named. */
export interface SeveralExamined {
  readonly kind: "several examined";
  /** For an archive that could not be checked, why. */
  readonly examined: readonly (Examined | WireError)[];
}
