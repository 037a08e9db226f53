import { basename } from "node:path";
import { type BackupEntry, hasProof, type Listed } from "../../engine/protocol/mod.ts";
import { namingOptions, NOTHING_TO_NAME, PROGRAM } from "../../program.ts";
import {
  type Column,
  formatAge,
  formatCount,
  formatLocalMinute,
  formatMinute,
  formatPlural,
  formatSize,
  formatTable,
  stripControls,
  textWidth,
} from "../format.ts";
import { sparkline } from "../sparkline.ts";
import type { ListedPlaces } from "../outcome.ts";
import type { Paper, View } from "../view.ts";
import { summaryDocument } from "./parts/settings.ts";

/** Number of backups from which a sparkline is meaningful. */
const MIN_FOR_SPARKLINE = 3;
const SPARKLINE_COLUMNS = 40;

/** The backups in a directory. */
export const listedView: View<Listed> = {
  isAnswer: true,
  document: ({ directory, entries, totalCount, totalSize, setAside }) => ({
    directory,
    total_count: totalCount,
    total_size_bytes: totalSize,
    shown_count: entries.length,
    backups: entries.map((entry) => ({
      filename: entry.filename,
      path: entry.path,
      created_at: entry.createdAt,
      archive_size_bytes: entry.archiveSize,
      database_size_bytes: entry.metadata?.database_size_bytes ?? null,
      file_count: entry.metadata?.file_count ?? null,
      schema_version: entry.metadata?.schema_version ?? null,
      library_path: entry.metadata?.library_path ?? null,
      settings: summaryDocument(entry.metadata?.settings ?? null),
      origin: entry.origin,
      fault: entry.fault,
      error: entry.error,
      verified: entry.verified === true && !hasProof(entry) ? null : entry.verified,
    })),
    set_aside: setAside.map(({ path, size }) => ({ path, size_bytes: size })),
  }),
  lines(listed, paper) {
    const { directory, entries, totalCount, totalSize, toName = NOTHING_TO_NAME } = listed;
    const shown = stripControls(directory);
    if (totalCount === 0) {
      const hint = `Create a backup with: ${PROGRAM} backup${namingOptions(toName)}`;
      return [`No backups found in ${shown}`, "", hint, ...setAsideLines(listed)];
    }
    const some = entries.length < totalCount ? `; ${formatCount(entries.length)} shown` : "";
    return [
      `Backups in ${shown}:`,
      "",
      ...tableOf(listed, paper),
      ...(paper.isTerminal ? historyLines(entries) : []),
      "",
      `Total: ${formatPlural(totalCount, "backup")} (${formatSize(totalSize)})${some}`,
      ...setAsideLines(listed),
    ];
  },
  details: ({ entries }) =>
    entries.flatMap(({ filename, error, origin, metadata }) => [
      ...(error === null ? [] : [`${stripControls(filename)}: ${stripControls(error)}`]),
      ...(origin === "other" && metadata?.library_path
        ? [`${stripControls(filename)}: of the library ${stripControls(metadata.library_path)}`]
        : []),
      // VPO writes what it counted before it copied, and the schema that it knows.
      ...(metadata !== null && metadata.tool === null
        ? [`${stripControls(filename)}: made by VPO, which counts before it copies; verify says what is in it`]
        : []),
    ]),
};

/** The backups in the backup directory, and in each place for second copies. */
export const listedPlacesView: View<ListedPlaces> = {
  isAnswer: true,
  document: ({ main, places }) => ({
    ...listedView.document(main),
    places: places.map(({ directory, listed }) => {
      if (listed === null) return { directory, found: false };
      const { set_aside: _, ...document } = listedView.document(listed);
      return { ...document, found: true };
    }),
  }),
  lines: ({ main, places }, paper) => [
    ...listedView.lines(main, paper),
    ...places.flatMap(({ directory, listed }) => [
      "",
      ...(listed === null
        ? [`Backups in ${stripControls(directory)}: its disk is not there`]
        : listedView.lines({ ...listed, setAside: [] }, paper)),
    ]),
  ],
  details: ({ main, places }) =>
    [main, ...places.flatMap(({ listed }) => listed ?? [])].flatMap((one) => listedView.details?.(one) ?? []),
};

/** How many files a backup has, or why that cannot be told. */
export function filesOf({ metadata, fault }: BackupEntry): string {
  return metadata === null ? fault ?? "unreadable" : formatCount(metadata.file_count);
}

/** What distinguishes a backup from those that a restore would take. */
export function marksOf({ fault, origin }: BackupEntry): string[] {
  return [...(fault === null ? [] : [fault]), ...(origin === "other" ? ["another library"] : [])];
}

function libraryOf({ origin }: BackupEntry): string {
  return origin === "this" ? "this" : origin === "other" ? "another" : "?";
}

/** The archives as numbered lines to choose from, the newest first. */
export function choices(entries: readonly BackupEntry[]): string[] {
  return entries.map((entry, index) => {
    const facts = entry.metadata === null ? entry.fault : formatPlural(entry.metadata.file_count, "file");
    const marks = [facts, ...entry.metadata === null ? [] : marksOf(entry)].join(", ");
    const number = `${index + 1}`.padStart(`${entries.length}`.length);
    return `  ${number}  ${formatMinute(entry.createdAt)}  ${formatSize(entry.archiveSize)}  ${marks}`;
  });
}

type EntryColumn = Column & { readonly cell: (entry: BackupEntry) => string };

/**
 * The table of backups. On a terminal too narrow for all columns the time is left out, because the name contains it; on
 * one narrower than a name, the name: `restore` accepts the time as well.
 */
function tableOf({ entries, listedAt }: Listed, { isTerminal, columns, verbose }: Paper): string[] {
  const age = ({ createdAt }: BackupEntry) =>
    formatAge(Math.max(0, Date.parse(listedAt) - Date.parse(createdAt)) / 1000);
  const created: EntryColumn = {
    title: "Created (UTC)",
    align: "left",
    cell: ({ createdAt }) => formatMinute(createdAt),
  };
  const isAway = entries.some(({ createdAt }) => formatLocalMinute(createdAt) !== formatMinute(createdAt));
  const filename: EntryColumn = {
    title: "Filename",
    align: "left",
    cell: (entry) => stripControls(entry.filename),
  };
  const all: readonly EntryColumn[] = [
    filename,
    created,
    ...(verbose > 0 && isAway
      ? [
        {
          title: "Local time",
          align: "left",
          cell: (entry: BackupEntry) => formatLocalMinute(entry.createdAt),
        } as const,
      ]
      : []),
    ...(verbose > 0 ? [{ title: "Age", align: "right", cell: age } as const] : []),
    { title: "Size", align: "right", cell: ({ archiveSize }) => formatSize(archiveSize) },
    { title: "Files", align: "right", cell: filesOf },
    ...(entries.some(({ verified }) => verified !== null)
      ? [{ title: "Check", align: "left", cell: verdictOf } as const]
      : []),
    ...(entries.some(({ origin }) => origin === "other")
      ? [{ title: "Library", align: "left", cell: libraryOf } as const]
      : []),
  ];
  const fits = (table: readonly string[]) => !isTerminal || table.every((line) => textWidth(line) <= columns);
  const without = (left: EntryColumn) => tableWith(all.filter((column) => column !== left), entries);
  const whole = tableWith(all, entries);
  if (fits(whole)) return whole;
  const untimed = without(created);
  return fits(untimed) ? untimed : without(filename);
}

/** One of VPO's own was read to its end, but its library can be checked only by unpacking it. */
function verdictOf(entry: BackupEntry): string {
  return entry.fault ?? (hasProof(entry) ? "ok" : "unproven");
}

function tableWith(columns: readonly EntryColumn[], entries: readonly BackupEntry[]): string[] {
  return formatTable(columns, entries.map((entry) => columns.map(({ cell }) => cell(entry))));
}

/** How files and sizes have changed from the oldest backup to the newest. */
function historyLines(entries: readonly BackupEntry[]): string[] {
  const history = entries.filter(({ fault, origin }) => fault === null && origin !== "other")
    .toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  if (history.length < MIN_FOR_SPARKLINE) return [];
  const line = (title: string, values: readonly number[], format: (value: number) => string) =>
    `${title} ${sparkline(values, SPARKLINE_COLUMNS)} ${format(values[0] ?? 0)} to ${format(values.at(-1) ?? 0)}`;
  return [
    "",
    line("Files", history.map(({ metadata }) => metadata?.file_count ?? 0), formatCount),
    line("Size ", history.map(({ archiveSize }) => archiveSize), formatSize),
  ];
}

function setAsideLines({ setAside, toName = NOTHING_TO_NAME }: Listed): string[] {
  if (setAside.length === 0) return [];
  return [
    "",
    `Previous libraries kept by a restore; bring back the first with: ${PROGRAM} undo${
      namingOptions({ ...toName, directory: null })
    }`,
    ...setAside.map(({ path, size }) => `  ${stripControls(basename(path))}  ${formatSize(size)}`),
  ];
}
