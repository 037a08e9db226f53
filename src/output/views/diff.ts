import type {
  Diffed,
  DiffPart,
  DiffSide,
  FileDifference,
  FileTotal,
  TableDifference,
} from "../../engine/protocol/mod.ts";
import { formatCount, formatIso, formatPlural, formatSize, formatTable, formatTime, stripControls } from "../format.ts";
import type { Document, View } from "../view.ts";
import { settingsChangesDocument, settingsChangesLines } from "./parts/settings.ts";

const MARKS: Readonly<Record<FileDifference["change"], string>> = {
  "only in from": "-",
  "only in to": "+",
  changed: "~",
};

/** How two libraries differ. */
export const diffedView: View<Diffed> = {
  isAnswer: true,
  document: (diffed) => ({
    from: { ...sideOf(diffed.from), newest_scan_at: formatIso(diffed.files.newestScanFrom) },
    to: { ...sideOf(diffed.to), newest_scan_at: formatIso(diffed.files.newestScanTo) },
    files: {
      only_in_from_count: diffed.files.onlyInFrom.count,
      only_in_from_bytes: diffed.files.onlyInFrom.bytes,
      only_in_to_count: diffed.files.onlyInTo.count,
      only_in_to_bytes: diffed.files.onlyInTo.bytes,
      changed_count: diffed.files.changed,
      unchanged_count: diffed.files.unchanged,
    },
    tables: diffed.tables.map(({ name, rowsFrom, rowsTo }) => ({ name, from_rows: rowsFrom, to_rows: rowsTo })),
    settings: settingsChangesDocument(diffed.settings),
    differences: null,
    differences_left_out: diffed.named === null ? null : leftOut(diffed, diffed.named),
  }),
  lines(diffed) {
    if (diffed.named === null) return summaryLines(diffed);
    const more = leftOut(diffed, diffed.named);
    return more === 0 ? [] : [`${formatPlural(more, "more file")} not shown: see --limit`];
  },
};

/** What is printed of a comparison before its end. */
export function diffPartLines(part: DiffPart): string[] {
  if (part.kind === "differences") return part.differences.map(differenceLine);
  const { compared } = part;
  const [first, second] = namesOf(compared);
  const legend = `${MARKS["only in from"]} only in ${first}, ${
    MARKS["only in to"]
  } only in ${second}, ${MARKS.changed} changed`;
  return [...summaryLines(compared), ...(leftOut(compared, 0) === 0 ? [] : ["", legend])];
}

function differenceLine({ path, change, fields }: FileDifference): string {
  return `${MARKS[change]} ${stripControls(path)}${fields.length === 0 ? "" : ` (${fields.join(", ")})`}`;
}

/** A difference in a document. */
export function differenceDocument({ path, change, fields }: FileDifference): Document {
  return { path, change: change.replaceAll(" ", "_"), fields: fields.map((field) => field.replaceAll(" ", "_")) };
}

function summaryLines(diffed: Diffed): string[] {
  const { from, to, files } = diffed;
  const [first, second] = namesOf(diffed);
  return [
    ...describe("From", from, files.newestScanFrom),
    ...describe("To", to, files.newestScanTo),
    "",
    ...summary([
      [`Files only in ${first}`, files.onlyInFrom],
      [`Files only in ${second}`, files.onlyInTo],
      ["Changed files", files.changed],
      ["Unchanged files", files.unchanged],
    ]),
    "",
    ...tableLines(diffed.tables),
    ...settingsChangesLines(diffed.settings, [`in ${first}`, to.kind === "library" ? "here" : `in ${second}`]),
  ];
}

function sideOf({ kind, path, createdAt, schemaVersion, fileCount }: DiffSide) {
  return { kind, path, created_at: createdAt, schema_version: schemaVersion, file_count: fileCount };
}

function describe(label: string, side: DiffSide, newestScan: string | null): string[] {
  const time = side.createdAt === null ? "the library as it is now" : `backup of ${formatTime(side.createdAt)}`;
  const scan = newestScan === null ? "never scanned" : `newest scan ${formatTime(stripControls(newestScan))}`;
  const indent = " ".repeat("From: ".length);
  return [
    `${label}: `.padEnd(indent.length) + stripControls(side.path),
    `${indent}${time}`,
    `${indent}${formatPlural(side.fileCount, "file")}, schema v${side.schemaVersion}, ${scan}`,
  ];
}

/** What the two sides are called, the first and the second. */
function namesOf({ from, to }: Diffed): readonly [string, string] {
  if (from.kind === to.kind) return [`the first ${from.kind}`, `the second ${to.kind}`];
  return [`the ${from.kind}`, `the ${to.kind}`];
}

/** Labels and numbers in columns; a size goes with those that have one. */
function summary(rows: readonly (readonly [string, FileTotal | number])[]): string[] {
  const counts = rows.map(([, value]) => formatCount(typeof value === "number" ? value : value.count));
  const labelWidth = Math.max(...rows.map(([label]) => label.length)) + 1;
  const countWidth = Math.max(...counts.map((count) => count.length));
  return rows.map(([label, value], index) => {
    const size = typeof value === "number" || value.count === 0 ? "" : ` (${formatSize(value.bytes)})`;
    return `${`${label}:`.padEnd(labelWidth)}  ${(counts[index] ?? "").padStart(countWidth)}${size}`;
  });
}

function tableLines(tables: readonly TableDifference[]): string[] {
  const different = tables.filter(({ rowsFrom, rowsTo }) => rowsFrom !== rowsTo);
  const same = tables.length - different.length;
  if (different.length === 0) return [`Rows: the same number in ${formatPlural(same, "table")}`];
  const rows = (count: number | null) => count === null ? "no table" : formatCount(count);
  return [
    ...formatTable(
      [
        { title: "Table", align: "left" },
        { title: "Rows from", align: "right" },
        { title: "Rows to", align: "right" },
        { title: "Change", align: "right" },
      ],
      different.map(({ name, rowsFrom, rowsTo }) => [
        stripControls(name),
        rows(rowsFrom),
        rows(rowsTo),
        formatChange((rowsTo ?? 0) - (rowsFrom ?? 0)),
      ]),
    ),
    ...(same === 0 ? [] : [`${formatPlural(same, "table")} with as many rows on both sides`]),
  ];
}

function formatChange(change: number): string {
  return change > 0 ? `+${formatCount(change)}` : formatCount(change);
}

function leftOut({ files }: Diffed, named: number): number {
  return files.onlyInFrom.count + files.onlyInTo.count + files.changed - named;
}
