import type { Extracted, MissingRange, Salvage } from "../../engine/protocol/mod.ts";
import { formatCount, formatPlural, formatSize, formatTime, milliseconds, stripControls } from "../format.ts";
import type { View } from "../view.ts";

/** Most ranges that are printed; a document has all of them. */
const MAX_RANGES = 20;

/** A library that was extracted from an archive, or what was left of one. */
export const extractedView: View<Extracted> = {
  isAnswer: false,
  document({ archive, path, databaseSize, library, salvage, settings, seconds }) {
    return {
      error: salvage === null
        ? null
        : `The backup is damaged; what was salvaged is not a library yet: ${salvage.damage}`,
      code: salvage === null ? null : "warning",
      complete: salvage === null,
      path,
      archive_path: archive,
      database_size_bytes: databaseSize,
      created_at: library?.createdAt ?? null,
      file_count: library?.fileCount ?? null,
      schema_version: library?.schemaVersion ?? null,
      salvage: salvage === null ? null : {
        damage: salvage.damage,
        page_size: salvage.pageSize,
        missing_bytes: bytesOf(salvage),
        missing: salvage.missing.map((range) => {
          const pages = pagesOf(range, salvage);
          return {
            start_byte: range.start,
            length_bytes: range.length,
            first_page: pages?.first ?? null,
            last_page: pages?.last ?? null,
          };
        }),
        unplaced_block_count: salvage.unplacedBlocks,
      },
      settings_path: settings?.path ?? null,
      settings_count: settings?.count ?? null,
      duration_seconds: milliseconds(seconds),
    };
  },
  lines({ path, databaseSize, library, salvage, settings }) {
    const file = stripControls(path);
    if (salvage !== null) return salvageLines(file, databaseSize, salvage);
    return [
      `Extracted: ${file}`,
      ...(library === null ? [] : [
        `  Created:       ${formatTime(library.createdAt)}`,
        `  Schema:        v${library.schemaVersion}`,
        `  Files:         ${formatCount(library.fileCount)}`,
      ]),
      `  Database size: ${formatSize(databaseSize)}`,
      ...(settings === null
        ? []
        : [`  Settings:      ${formatPlural(settings.count, "file")} in ${stripControls(settings.path)}`]),
    ];
  },
  verdict: ({ salvage }) => salvage === null ? null : "warning",
};

function salvageLines(file: string, databaseSize: number, salvage: Salvage): string[] {
  const { damage, missing, unplacedBlocks } = salvage;
  const left = missing.length - MAX_RANGES;
  return [
    `Salvaged: ${file}`,
    `  Damage:  ${stripControls(damage)}`,
    missing.length === 0
      ? "  Missing: nothing, all that was backed up is there"
      : `  Missing: ${formatSize(bytesOf(salvage))} of ${formatSize(databaseSize)}, written as zeros`,
    ...missing.slice(0, MAX_RANGES).map((range) => `    ${describe(range, salvage)}`),
    ...(left > 0 ? [`    and ${formatPlural(left, "more range")}: see --json`] : []),
    ...(unplacedBlocks === 0
      ? []
      : [`  Left out: ${formatPlural(unplacedBlocks, "sound block")} whose place in the library is unknown`]),
    "",
    "This is not a library yet: keep VPO away from it. In its directory, sqlite.org's sqlite3 may recover rows:",
    "  sqlite3 library.salvaged.db .recover | sqlite3 recovered.db",
  ];
}

function describe(range: MissingRange, salvage: Salvage): string {
  const pages = pagesOf(range, salvage);
  const end = range.start + range.length - 1;
  const bytes = `bytes ${formatCount(range.start)} to ${formatCount(end)}`;
  if (pages === null) return bytes;
  const { first, last } = pages;
  return first === last
    ? `page ${formatCount(first)} (${bytes})`
    : `pages ${formatCount(first)} to ${formatCount(last)} (${bytes})`;
}

/** Pages that are wholly or partly missing, counted from 1 as SQLite does; null where their size is not known. */
function pagesOf({ start, length }: MissingRange, { pageSize }: Salvage): { first: number; last: number } | null {
  if (!pageSize) return null;
  return { first: Math.floor(start / pageSize) + 1, last: Math.ceil((start + length) / pageSize) };
}

function bytesOf({ missing }: Salvage): number {
  return missing.reduce((sum, { length }) => sum + length, 0);
}
