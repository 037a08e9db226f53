/** A backup that is in place: one that was just made, or that holds what the library holds. */
export interface BackupInPlace {
  /** Of the archive. */
  readonly path: string;
  readonly archiveSize: number;
  readonly databaseSize: number;
  readonly fileCount: number;
  readonly schemaVersion: number;
  /** When the archive was made. */
  readonly createdAt: string;
  readonly databaseSha256: string;
}

/** No archive was made: the newest one holds what the library holds, and was read to its end. */
export interface BackupSkipped extends BackupInPlace {
  readonly kind: "skipped";
  readonly seconds: number;
}
