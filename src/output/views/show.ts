import type { ArchiveRecord, LibrarySummary, Shown } from "../../engine/protocol/mod.ts";
import {
  barColumns,
  cutTo,
  formatBar,
  formatCount,
  formatIso,
  formatLocalMinute,
  formatPlural,
  formatSize,
  formatTable,
  formatTime,
  pathOf,
  savedShare,
  stripControls,
  textWidth,
} from "../format.ts";
import type { Document, Paper, View } from "../view.ts";
import { describeSettings, shownSettingsLines } from "./parts/settings.ts";
import { describeFalseClaims, falseClaimsDocument } from "./parts/false_claims.ts";
import { unfinishedJobs } from "./replacement.ts";

type Shares = NonNullable<LibrarySummary["files"]>["directories"];

/** Printed for shares without a name of their own. */
const NAMES: Readonly<Record<string, string>> = { "": "(none)", ".": "(not in a directory)" };

const MAX_NAME_COLUMNS = 40;

/** All that is known of a backup. */
export const shownView: View<Shown> = {
  isAnswer: true,
  document: (shown) => ({
    path: shown.path,
    archive_size_bytes: shown.archiveSize,
    ...metadataDocument(shown.metadata),
    settings: shownSettingsDocument(shown),
    compression_ratio: savedShare(shown.metadata.database_size_bytes, shown.archiveSize, 3),
    metadata_say_otherwise: falseClaimsDocument(shown.falseClaims),
    unfinished_job_count: shown.unfinishedJobs,
    blocks: shown.blocks === null ? null : {
      count: shown.blocks.count,
      smallest_bytes: shown.blocks.smallest,
      largest_bytes: shown.blocks.largest,
    },
    library: shown.library === null ? null : libraryDocument(shown.library),
  }),
  lines: (shown, paper) => [
    `Backup: ${pathOf(shown.path)}`,
    ...facts(shown, paper),
    ...shownSettingsLines(shown.settings ?? []),
    ...(shown.library === null ? [] : libraryLines(shown.library, paper)),
  ],
};

/** All that the metadata say, except the sample of names, which only tells libraries apart. */
function metadataDocument({ lineage: _, settings: __, newest_scan, ...said }: ArchiveRecord): Document {
  return { ...said, newest_scan_at: formatIso(newest_scan) };
}

function shownSettingsDocument({ metadata, settings }: Shown): Document | null {
  if (metadata.settings === null) return null;
  const { count, total_bytes } = metadata.settings;
  const files = settings?.map(({ name, size, here }) => ({ name, size_bytes: size, here })) ?? null;
  return { count, total_bytes, files };
}

function libraryDocument({ files, tables }: LibrarySummary): Document {
  const shares = ({ largest, others }: Shares) => ({
    largest: largest.map(({ name, files, size }) => ({ name, file_count: files, size_bytes: size })),
    others: { count: others.count, file_count: others.files, size_bytes: others.size },
  });
  return {
    root_directory: files?.root ?? null,
    directories: files === null ? null : shares(files.directories),
    containers: files === null ? null : shares(files.containers),
    missing: files === null ? null : { file_count: files.missing.files, size_bytes: files.missing.size },
    tables: tables.map(({ name, rows }) => ({ name, rows })),
  };
}

function facts(shown: Shown, { verbose }: Paper): string[] {
  const { archiveSize, blocks, metadata } = shown;
  const { created_at, database_size_bytes, page_count, page_size, compression_level, newest_scan, settings } = metadata;
  const level = compression_level === null ? "" : `, level ${compression_level}`;
  const saved = Math.round(savedShare(database_size_bytes + (settings?.total_bytes ?? 0), archiveSize, 3) * 100);
  const pages = page_count === null || page_size === null
    ? ""
    : `, ${formatPlural(page_count, "page")} of ${formatSize(page_size)}`;
  const rows: readonly (readonly [string, string | null])[] = [
    ["Created", formatTime(created_at)],
    ["Local time", verbose > 0 ? formatLocalMinute(created_at) : null],
    ["VPO version", stripControls(metadata.vpo_version)],
    ["Library", metadata.library_path && stripControls(metadata.library_path)],
    ["Schema", `v${metadata.schema_version}`],
    ["Archive size", `${formatSize(archiveSize)} (${saved}% compression, ${metadata.compression}${level})`],
    [
      "Blocks",
      blocks && `${formatCount(blocks.count)}, of ${formatSize(blocks.smallest)} to ${formatSize(blocks.largest)}`,
    ],
    ["Database size", formatSize(database_size_bytes) + pages],
    ["SHA-256", metadata.database_sha256],
    ["Media", `${formatPlural(metadata.file_count, "file")}, ${formatSize(metadata.total_library_size_bytes)}`],
    ["Settings", settings && describeSettings({ count: settings.count, totalBytes: settings.total_bytes })],
    ["Note", shown.falseClaims && describeFalseClaims(shown.falseClaims)],
    ["Unfinished", shown.unfinishedJobs ? unfinishedJobs(shown.unfinishedJobs) : null],
    ["Newest scan", newest_scan ? formatTime(stripControls(newest_scan)) : null],
  ];
  const width = Math.max(...rows.map(([label]) => label.length)) + 1;
  return rows.flatMap(([label, value]) => value === null ? [] : [`  ${`${label}:`.padEnd(width)} ${value}`]);
}

function libraryLines({ files, tables }: LibrarySummary, paper: Paper): string[] {
  const filled = tables.filter(({ rows }) => rows > 0);
  const empty = tables.length - filled.length;
  return [
    ...(files === null ? [] : [
      ...shareLines(`Below ${files.root}`, "directory", "directories", files.directories, paper),
      ...shareLines("Container", "container", "containers", files.containers, paper),
      ...missingLines(files.missing),
    ]),
    "",
    ...formatTable(
      [{ title: "Table", align: "left" }, { title: "Rows", align: "right" }],
      filled.map(({ name, rows }) => [nameOf(name, paper), formatCount(rows)]),
    ),
    ...(empty === 0 ? [] : [`${formatPlural(empty, "empty table")}`]),
  ];
}

function missingLines({ files, size }: NonNullable<LibrarySummary["files"]>["missing"]): string[] {
  if (files === 0) return [];
  return ["", `Missing: ${formatPlural(files, "file")} (${formatSize(size)}) that VPO did not find at its last scan`];
}

/** A table of shares; on a terminal with bars, if they fit. */
function shareLines(title: string, one: string, many: string, { largest, others }: Shares, paper: Paper): string[] {
  if (largest.length === 0) return [];
  const rows = largest.map(({ name, files, size }) => [
    nameOf(NAMES[name] ?? name, paper),
    formatCount(files),
    formatSize(size),
  ]);
  const [head = "", rule = "", ...lines] = formatTable(
    [{ title: nameOf(title, paper), align: "left" }, { title: "Files", align: "right" }, {
      title: "Size",
      align: "right",
    }],
    rows,
  );
  const width = paper.isTerminal ? barColumns(paper.columns - 1 - textWidth(rule) - 3) : 0;
  const most = Math.max(1, ...largest.map(({ size }) => Number.isFinite(size) ? size : 0));
  const withBar = (line: string, index: number) => `${line}   ${formatBar((largest[index]?.size ?? 0) / most, width)}`;
  const rest = others.count === 0 ? [] : [
    `${formatCount(others.count)} more ${others.count === 1 ? one : many}: ${formatPlural(others.files, "file")}, ${
      formatSize(others.size)
    }`,
  ];
  return ["", head, rule, ...(width > 0 ? lines.map(withBar) : lines), ...rest];
}

function nameOf(name: string, { isTerminal }: Paper): string {
  const shown = stripControls(name);
  return isTerminal ? cutTo(shown, MAX_NAME_COLUMNS) : shown;
}
