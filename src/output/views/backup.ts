import type { BackupCreated, BackupPlanned } from "../../engine/protocol/mod.ts";
import { formatCount, formatSize, milliseconds, savedShare, stripControls } from "../format.ts";
import type { View } from "../view.ts";

/** A backup that was made. */
export const createdView: View<BackupCreated> = {
  isAnswer: false,
  document: (result) => ({
    path: result.path,
    archive_size_bytes: result.archiveSize,
    database_size_bytes: result.databaseSize,
    compression_ratio: savedShare(result.databaseSize, result.archiveSize, 3),
    file_count: result.fileCount,
    schema_version: result.schemaVersion,
    created_at: result.createdAt,
    database_sha256: result.databaseSha256,
    reused_bytes: result.reusedBytes,
    verified: true,
    duration_seconds: milliseconds(result.seconds),
  }),
  lines(result) {
    const saved = Math.round(savedShare(result.databaseSize, result.archiveSize, 3) * 100);
    return [
      `Backup created: ${stripControls(result.path)}`,
      `  Database size: ${formatSize(result.databaseSize)}`,
      `  Archive size:  ${formatSize(result.archiveSize)} (${saved}% compression)`,
      `  Files in library: ${formatCount(result.fileCount)}`,
      "  Verified: database structure intact, archive read back",
    ];
  },
};

/** A backup that could be made. */
export const plannedView: View<BackupPlanned> = {
  isAnswer: false,
  document: (result) => ({
    dry_run: true,
    database_path: result.library,
    database_size_bytes: result.databaseSize,
    output_path: result.path,
    estimated_archive_min_bytes: result.estimatedMin,
    estimated_archive_max_bytes: result.estimatedMax,
    file_count: result.fileCount,
    schema_version: result.schemaVersion,
  }),
  lines: (result) => [
    "Would create backup:",
    `  Database: ${stripControls(result.library)} (${formatSize(result.databaseSize)})`,
    `  Output: ${stripControls(result.path)}`,
    `  Estimated archive size: ~${formatSize(result.estimatedMin)}-${formatSize(result.estimatedMax)}`,
    `  Files in library: ${formatCount(result.fileCount)}`,
    `  Schema version: ${result.schemaVersion}`,
  ],
};
