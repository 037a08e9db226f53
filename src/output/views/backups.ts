import type { BackupEntry, Listed } from "../../engine/protocol.ts";
import { formatCount, formatMinute, formatPlural, formatSize, formatTable, stripControls } from "../format.ts";
import type { View } from "../view.ts";

/** The backups in a directory. */
export const listedView: View<Listed> = {
  isAnswer: true,
  document: ({ directory, entries }) => ({
    directory,
    total_count: entries.length,
    total_size_bytes: totalSize(entries),
    backups: entries.map((entry) => ({
      filename: entry.filename,
      path: entry.path,
      created_at: entry.createdAt,
      archive_size_bytes: entry.archiveSize,
      database_size_bytes: entry.metadata?.databaseSize ?? null,
      file_count: entry.metadata?.fileCount ?? null,
      schema_version: entry.metadata?.schemaVersion ?? null,
      error: entry.error,
    })),
  }),
  lines({ directory, entries }) {
    const shown = stripControls(directory);
    if (entries.length === 0) {
      return [`No backups found in ${shown}`, "", "Create a backup with: vpo-backup backup"];
    }
    return [
      `Backups in ${shown}:`,
      "",
      ...tableOf(entries),
      "",
      `Total: ${formatPlural(entries.length, "backup")} (${formatSize(totalSize(entries))})`,
    ];
  },
  details: ({ entries }) =>
    entries.flatMap(({ filename, error }) =>
      error === null ? [] : [`${stripControls(filename)}: ${stripControls(error)}`]
    ),
};

/** The archives as numbered lines to choose from, the newest first. */
export function choices(entries: readonly BackupEntry[]): string[] {
  return entries.map((entry, index) => {
    const facts = entry.metadata === null ? "damaged" : formatPlural(entry.metadata.fileCount, "file");
    const number = `${index + 1}`.padStart(`${entries.length}`.length);
    return `  ${number}  ${formatMinute(entry.createdAt)}  ${formatSize(entry.archiveSize)}  ${facts}`;
  });
}

function tableOf(entries: readonly BackupEntry[]): string[] {
  return formatTable(
    [
      { title: "Filename", align: "left" },
      { title: "Created", align: "left" },
      { title: "Size", align: "right" },
      { title: "Files", align: "right" },
    ],
    entries.map((entry) => [
      stripControls(entry.filename),
      formatMinute(entry.createdAt),
      formatSize(entry.archiveSize),
      entry.metadata === null ? "damaged" : formatCount(entry.metadata.fileCount),
    ]),
  );
}

function totalSize(entries: readonly BackupEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.archiveSize, 0);
}
