/** No archive was made: the newest one holds what the library holds, and was read to its end. */
export interface BackupSkipped {
  readonly kind: "skipped";
  /** The archive. */
  readonly path: string;
  readonly archiveSize: number;
  readonly databaseSize: number;
  readonly fileCount: number;
  readonly schemaVersion: number;
  /** When the archive was made. */
  readonly createdAt: string;
  readonly databaseSha256: string;
  readonly seconds: number;
}
