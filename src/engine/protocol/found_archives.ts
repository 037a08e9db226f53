/**
 * What is found out about archives: lists of them, the latest one, the results of checks.
 *
 * @module
 */
import type { WireError } from "../../errors.ts";
import type { ToName } from "../../program.ts";
import type { ToldRemarks } from "../../library/structure.ts";
import type { ArchiveRecord } from "../../store/metadata.ts";

export type { ArchiveRecord };
export { ARCHIVE_SUFFIX } from "../../store/naming.ts";

/** Why an archive cannot be used: its bytes are wrong, or this user or this machine cannot read it. */
export type ArchiveFault = "damaged" | "unreadable";

/** Whether a backup is of the library in place, of another one, or nobody can tell. */
export type BackupOrigin = "this" | "other" | "unknown";

/** An archive in a list of backups. */
export interface BackupEntry {
  readonly filename: string;
  readonly path: string;
  readonly archiveSize: number;
  /** From the metadata; for an unreadable archive from its name, or else its modification time. */
  readonly createdAt: string;
  /** Null where the archive cannot be read. */
  readonly metadata: ArchiveRecord | null;
  readonly origin: BackupOrigin;
  /** Null where nothing is wrong with the archive, as far as it was read. */
  readonly fault: ArchiveFault | null;
  /** Why the archive cannot be read, or is not sound. */
  readonly error: string | null;
  /** Whether all of it was read and found sound; null where only what the list needs was read. */
  readonly verified: boolean | null;
}

/** Whether reading an archive to its end proves its library sound: VPO's archives have no hash of it. */
export function hasProof({ metadata }: BackupEntry): boolean {
  return (metadata?.database_sha256 ?? null) !== null;
}

/** Whether a usable backup does not say which library it is of, nor is that known otherwise. */
export function isSilent({ fault, origin, metadata }: BackupEntry): boolean {
  return fault === null && origin === "unknown" && (metadata?.library_path ?? null) === null;
}

/**
 * The backups of this library among those whose origins are judged. One that does not say which library it is of counts
 * as one, unless others are, or may be, of another library.
 *
 * @param isInDoubt whether it does not count in any case
 */
export function oursAmong<T extends BackupEntry>(entries: readonly T[], isInDoubt: boolean): T[] {
  const isForeign = (entry: BackupEntry) => entry.fault === null && entry.origin !== "this" && !isSilent(entry);
  const countsSilent = !isInDoubt && !entries.some(isForeign);
  return entries.filter((entry) => entry.origin === "this" || (countsSilent && isSilent(entry)));
}

/** The backups in a directory. */
export interface Listed {
  readonly kind: "listed";
  readonly directory: string;
  /** As many as requested, in the requested order. */
  readonly entries: readonly BackupEntry[];
  /** Archives in the directory. */
  readonly totalCount: number;
  /** In bytes. */
  readonly totalSize: number;
  /** Libraries that a restore has replaced, the newest first. */
  readonly setAside: readonly { readonly path: string; readonly size: number }[];
  /** In ISO 8601. */
  readonly listedAt: string;
  /** What a command has to name to mean this directory and its library; absent where nothing. */
  readonly toName?: ToName;
}

/** Which backup is the latest, and which others might be meant. */
export interface LatestFound {
  readonly kind: "latest found";
  /** Archives in the directory. */
  readonly count: number;
  /** The newest usable one of this library that is not from the future; where all are, the newest of them. */
  readonly latest: BackupEntry | null;
  /** The newest one of this library from the future, by this clock, unless all are. */
  readonly future: BackupEntry | null;
  /** The newest of all, if none is of this library. */
  readonly foreign: BackupEntry | null;
  /** The newest one of this library that holds media files, where the latest holds none; null otherwise. */
  readonly filled: BackupEntry | null;
  /** Whether all of this library are from the future: then the clock is wrong. */
  readonly isClockWrong: boolean;
  /** Newer archives that were passed over for the latest, and why. */
  readonly passedOver: readonly { readonly filename: string; readonly why: string }[];
}

/** Untrue claims of an archive's metadata about the library in it; null for what is true. */
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
  /** Indexes that do not match their tables, and what SQLite here could not check; a restore accepts both. */
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
  /** For an archive that could not be checked, the reason. */
  readonly examined: readonly (Examined | WireError)[];
}
