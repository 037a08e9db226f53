import type { Checked, FileTotal, Replacement, Restored, SettingsPreview } from "../../engine/protocol/mod.ts";
import { PROGRAM, typedWord } from "../../program.ts";
import {
  formatCount,
  formatIso,
  formatPlural,
  formatSeconds,
  formatSize,
  formatTime,
  milliseconds,
  pathOf,
  stripControls,
} from "../format.ts";
import type { Document, View } from "../view.ts";
import { leftLines, placedLines, settingsDocument, wantedLines } from "./settings/restored_settings.ts";

/** A library that was put in place, by a restore or an undo. */
export const restoredView: View<Restored> = {
  isAnswer: false,
  document: ({ replacement, previousLibrary, isUndoable, keptLogs, removedLibraries, ...more }) => ({
    source_path: replacement.source,
    database_path: replacement.library,
    previous_library_path: previousLibrary,
    previous_library_usable: previousLibrary === null ? null : isUndoable,
    kept_log_paths: keptLogs,
    removed_library_paths: removedLibraries,
    duration_seconds: milliseconds(more.seconds),
    schema_mismatch: hasOtherSchema(replacement),
    schema_version: replacement.schemaVersion,
    file_count: replacement.fileCount,
    unfinished_job_count: replacement.unfinishedJobs,
    settings: settingsDocument(replacement.settings, more.settings),
    kept_settings_paths: more.keptSettings,
  }),
  lines: ({ replacement, isNamed, previousLibrary, isUndoable, keptLogs, removedLibraries, ...more }) => [
    isArchive(replacement) ? "Restore complete." : "Undo complete.",
    `  Database restored to: ${stripControls(replacement.library)}`,
    ...(previousLibrary === null ? [] : [
      `  Previous library kept: ${stripControls(previousLibrary)}`,
      isUndoable ? undoLine(replacement, isNamed ?? false) : NOT_UNDOABLE,
    ]),
    ...keptLogs.map((path) => `  Found a log without its library; kept as: ${stripControls(path)}`),
    ...removedLibraries.map((path) => `  Removed (only the last 3 are kept): ${stripControls(path)}`),
    ...placedLines(more.settings),
    ...more.keptSettings.map((path) => `  Settings that were replaced are kept in: ${stripControls(path)}`),
    `  Duration: ${formatSeconds(more.seconds)}`,
  ],
};

const NOT_UNDOABLE = "  It could not be used as a VPO library: undo cannot bring it back";

function undoLine({ library }: Replacement, isNamed: boolean): string {
  return `  Undo with: ${PROGRAM} undo${isNamed ? ` --library ${typedWord(stripControls(library))}` : ""}`;
}

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
    unfinished_job_count: replacement.unfinishedJobs,
    current_library_usable: isUsable(replacement),
    comparison: comparisonDocument(replacement),
    comparison_error: replacement.comparison?.kind === "none" ? replacement.comparison.why : null,
    settings: settingsDocument(replacement.settings, null),
  }),
  lines: ({ replacement }) => [
    `${isArchive(replacement) ? "Archive" : "Previous library"} valid: ${pathOf(replacement.source)}`,
    timeLine(replacement),
    ...(isArchive(replacement) ? [`  VPO version: ${stripControls(replacement.vpoVersion ?? "")}`] : []),
    `  Schema version: ${replacement.schemaVersion} (current: ${replacement.currentSchemaVersion})`,
    `  Database size: ${formatSize(replacement.databaseSize)}`,
    `  Files: ${formatCount(replacement.fileCount)}`,
    ...jobsLines(replacement),
    ...settingsLines(replacement, wantedLines),
    ...comparisonLines(replacement),
    "",
    "No changes made (dry run).",
  ],
};

/** What is about to happen to the library, in the words that precede the question. */
export function describeReplacement(replacement: Replacement): string {
  const lines = [
    `${isArchive(replacement) ? "Restoring from" : "Putting back"}: ${pathOf(replacement.source)}`,
    timeLine(replacement),
    `  Files: ${formatCount(replacement.fileCount)}`,
    `  Schema: v${replacement.schemaVersion}`,
    ...jobsLines(replacement),
    ...settingsLines(replacement),
    ...comparisonLines(replacement),
  ];
  return lines.join("\n") + "\n";
}

function jobsLines({ unfinishedJobs: count }: Replacement): string[] {
  return count === 0 ? [] : [`  Unfinished: ${unfinishedJobs(count)}`];
}

/** @param wanted names of those that are put in place, if nothing else does */
function settingsLines(
  { settings }: Replacement,
  wanted: (preview: SettingsPreview) => readonly string[] = () => [],
): string[] {
  if (settings === null || settings.count === 0) return [];
  return [`  Settings: ${formatPlural(settings.count, "file")}`, ...wanted(settings), ...leftLines(settings)];
}

/** What becomes of jobs that were not done when the backup was made. */
export function unfinishedJobs(count: number): string {
  return `${formatPlural(count, "job")} that VPO will run again; see "vpo jobs list", cancel with "vpo jobs cancel"`;
}

/** What would be lost of the library in place, and what would be gained. */
function comparisonLines(replacement: Replacement): string[] {
  const { comparison } = replacement;
  if (comparison === null) return [];
  if (comparison.kind === "none") {
    return [`  Not compared with the current library: ${stripControls(comparison.why)}`, ...undoableLines(replacement)];
  }
  const { onlyInFrom, onlyInTo, changed, unchanged, newestScanFrom, newestScanTo } = comparison;
  const source = isArchive(replacement) ? "backup" : "previous library";
  return [
    "",
    "Compared with the current library:",
    `  Lost:    ${filesOf(onlyInFrom)} only in the library`,
    `  Gained:  ${filesOf(onlyInTo)} only in the ${source}`,
    `  Changed: ${formatPlural(changed, "file")}; unchanged: ${formatPlural(unchanged, "file")}`,
    ...scanLines([["library", newestScanFrom], [source, newestScanTo]]),
    ...undoableLines(replacement),
  ];
}

function undoableLines({ inPlace }: Replacement): string[] {
  if (inPlace === "unusable") {
    return ["  The current library cannot be used as a VPO library: undo could not bring it back"];
  }
  return inPlace === "unknown"
    ? ["  Whether undo could bring the current library back shows only when it is replaced"]
    : [];
}

function scanLines(scans: readonly (readonly [string, string | null])[]): string[] {
  const labels = scans.map(([where]) => `  Newest scan in the ${where}:`);
  const width = Math.max(...labels.map((label) => label.length));
  return scans.map(([, time], index) => `${(labels[index] ?? "").padEnd(width)} ${scanOf(time)}`);
}

function comparisonDocument({ comparison }: Replacement): Document | null {
  if (comparison?.kind !== "files") return null;
  return {
    only_in_library_count: comparison.onlyInFrom.count,
    only_in_library_bytes: comparison.onlyInFrom.bytes,
    only_in_backup_count: comparison.onlyInTo.count,
    only_in_backup_bytes: comparison.onlyInTo.bytes,
    changed_count: comparison.changed,
    unchanged_count: comparison.unchanged,
    newest_scan_in_library_at: formatIso(comparison.newestScanFrom),
    newest_scan_in_backup_at: formatIso(comparison.newestScanTo),
  };
}

function filesOf({ count, bytes }: FileTotal): string {
  return formatPlural(count, "file") + (count === 0 ? "" : ` (${formatSize(bytes)})`);
}

function scanOf(time: string | null): string {
  return time === null ? "none" : formatTime(stripControls(time));
}

function timeLine(replacement: Replacement): string {
  return `  ${isArchive(replacement) ? "Created" : "Last changed"}: ${formatTime(replacement.createdAt)}`;
}

/** Null where there is no library in place, or where that cannot be told yet. */
function isUsable({ inPlace }: Replacement): boolean | null {
  return inPlace === "usable" || (inPlace === "unusable" ? false : null);
}

/** A set-aside library does not say which version of VPO wrote it. */
function isArchive(replacement: Replacement): boolean {
  return replacement.vpoVersion !== null;
}

function hasOtherSchema(replacement: Replacement): boolean {
  return replacement.schemaVersion !== replacement.currentSchemaVersion;
}
