import type { BackupSkipped } from "../../engine/protocol/mod.ts";
import { formatCount, formatSize, formatTime, milliseconds, PIPE, savedShare, stripControls } from "../format.ts";
import type { BackedUp, PlannedBackup, SecondCopy } from "../outcome.ts";
import type { Document, Paper, View } from "../view.ts";
import { prunedView } from "./prune.ts";
import { settingsDocument, settingsLines } from "./parts/settings.ts";

/** A backup that was made, with its copies and what was removed after it. */
export const backedUpView: View<BackedUp> = {
  isAnswer: false,
  document: ({ created, copies, pruned }) => ({
    path: created.path,
    archive_size_bytes: created.archiveSize,
    database_size_bytes: created.databaseSize,
    compression_ratio: savedShare(created.databaseSize, created.archiveSize, 3),
    file_count: created.fileCount,
    schema_version: created.schemaVersion,
    created_at: created.createdAt,
    database_sha256: created.databaseSha256,
    reused_bytes: created.reusedBytes,
    settings: settingsDocument(created.settings),
    verified: true,
    duration_seconds: milliseconds(created.seconds),
    copies: copies.map(copyDocument),
    ...(pruned === null ? {} : { pruned: prunedView.document(pruned) }),
  }),
  lines({ created: result, copies, pruned }, paper) {
    const packed = result.databaseSize + (result.settings?.totalBytes ?? 0);
    const saved = Math.round(savedShare(packed, result.archiveSize, 3) * 100);
    return [
      result.path === PIPE ? "Backup written to standard output" : `Backup created: ${stripControls(result.path)}`,
      `  Database size: ${formatSize(result.databaseSize)}`,
      `  Archive size:  ${formatSize(result.archiveSize)} (${saved}% compression)`,
      `  Files in library: ${formatCount(result.fileCount)}`,
      ...settingsLines(result.settings),
      "  Verified: database structure intact, archive read back",
      ...(pruned === null ? [] : prunedView.lines(pruned, paper)),
      ...copies.flatMap((copy) => copyLines(copy, paper)),
    ];
  },
  // The backup itself was made; the exit code tells that a second copy is missing that should be there.
  verdict: ({ copies }) => copies.some(({ error, isAbsence }) => error !== null && !isAbsence) ? "warning" : null,
};

function copyDocument({ directory, path, error, pruned }: SecondCopy): Document {
  return { directory, path, error, ...(pruned === null ? {} : { pruned: prunedView.document(pruned) }) };
}

/** Errors were reported when they occurred. */
function copyLines({ path, pruned }: SecondCopy, paper: Paper): string[] {
  if (path === null) return [];
  return [
    `Copied to: ${stripControls(path)}`,
    ...(pruned === null ? [] : prunedView.lines(pruned, paper).map((line) => `  ${line}`)),
  ];
}

/** A backup that was not needed. */
export const skippedView: View<BackupSkipped> = {
  isAnswer: false,
  document: (result) => ({
    skipped: true,
    path: result.path,
    archive_size_bytes: result.archiveSize,
    database_size_bytes: result.databaseSize,
    file_count: result.fileCount,
    schema_version: result.schemaVersion,
    created_at: result.createdAt,
    database_sha256: result.databaseSha256,
    verified: true,
    duration_seconds: milliseconds(result.seconds),
  }),
  lines: (result) => [
    `Unchanged since ${formatTime(result.createdAt)}: no new backup`,
    `  Newest backup: ${stripControls(result.path)}`,
    `  Files in library: ${formatCount(result.fileCount)}`,
    "  Verified: holds what the library holds, read to its end",
  ],
};

/** A backup that could be made. */
export const plannedView: View<PlannedBackup> = {
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
    copies: result.copies.map(copyDocument),
    settings: settingsDocument(result.settings),
  }),
  lines: (result) => [
    "Would create backup:",
    `  Database: ${stripControls(result.library)} (${formatSize(result.databaseSize)})`,
    `  Output: ${result.path === PIPE ? "standard output" : stripControls(result.path)}`,
    `  Estimated archive size: ~${formatSize(result.estimatedMin)}-${formatSize(result.estimatedMax)}`,
    `  Files in library: ${formatCount(result.fileCount)}`,
    ...settingsLines(result.settings),
    `  Schema version: ${result.schemaVersion}`,
    ...result.copies.flatMap(({ directory, error }) =>
      error === null ? [`  Copy to: ${stripControls(directory)}`] : []
    ),
  ],
};
