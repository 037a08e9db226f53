import type { Checked, Replacement, Restored } from "../../engine/protocol.ts";
import { formatCount, formatSeconds, formatSize, formatTime, milliseconds, stripControls } from "../format.ts";
import type { View } from "../view.ts";

/** A library that was put in place, by a restore or an undo. */
export const restoredView: View<Restored> = {
  isAnswer: false,
  document: ({ replacement, previousLibrary, seconds }) => ({
    success: true,
    source_path: replacement.source,
    database_path: replacement.library,
    previous_library_path: previousLibrary,
    duration_seconds: milliseconds(seconds),
    schema_mismatch: hasOtherSchema(replacement),
    schema_version: replacement.schemaVersion,
    file_count: replacement.fileCount,
  }),
  lines: ({ replacement, previousLibrary, seconds }) => [
    isArchive(replacement) ? "Restore complete." : "Undo complete.",
    `  Database restored to: ${stripControls(replacement.library)}`,
    ...(previousLibrary === null
      ? []
      : [`  Previous library kept: ${stripControls(previousLibrary)}`, "  Undo with: vpo-backup undo"]),
    `  Duration: ${formatSeconds(seconds)}`,
  ],
};

/** A library that could be put in place. */
export const checkedView: View<Checked> = {
  isAnswer: false,
  document: ({ replacement }) => ({
    dry_run: true,
    valid: true,
    backup_path: replacement.source,
    created_at: replacement.createdAt,
    vpo_version: replacement.vpoVersion,
    schema_version: replacement.schemaVersion,
    current_schema_version: replacement.currentSchemaVersion,
    schema_mismatch: hasOtherSchema(replacement),
    database_size_bytes: replacement.databaseSize,
    file_count: replacement.fileCount,
  }),
  lines: ({ replacement }) => [
    `${isArchive(replacement) ? "Archive" : "Previous library"} valid: ${stripControls(replacement.source)}`,
    timeLine(replacement),
    ...(isArchive(replacement) ? [`  VPO version: ${stripControls(replacement.vpoVersion ?? "")}`] : []),
    `  Schema version: ${replacement.schemaVersion} (current: ${replacement.currentSchemaVersion})`,
    `  Database size: ${formatSize(replacement.databaseSize)}`,
    `  Files: ${formatCount(replacement.fileCount)}`,
    "",
    "No changes made (dry run).",
  ],
};

/** What is about to happen to the library, in the words of the question that follows. */
export function describeReplacement(replacement: Replacement): string {
  const lines = [
    `${isArchive(replacement) ? "Restoring from" : "Putting back"}: ${stripControls(replacement.source)}`,
    timeLine(replacement),
    `  Files: ${formatCount(replacement.fileCount)}`,
    `  Schema: v${replacement.schemaVersion}`,
  ];
  return lines.join("\n") + "\n";
}

function timeLine(replacement: Replacement): string {
  return `  ${isArchive(replacement) ? "Created" : "Last changed"}: ${formatTime(replacement.createdAt)}`;
}

/** A set-aside library does not say which version of VPO wrote it. */
function isArchive(replacement: Replacement): boolean {
  return replacement.vpoVersion !== null;
}

function hasOtherSchema(replacement: Replacement): boolean {
  return replacement.schemaVersion !== replacement.currentSchemaVersion;
}
