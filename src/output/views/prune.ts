import { join } from "node:path";
import type { KeepReason, PlannedFile, Pruned, PrunePlan } from "../../engine/protocol/mod.ts";
import { formatCount, formatPlural, formatSize, formatTable, stripControls } from "../format.ts";
import type { Document, View } from "../view.ts";

/** Reasons that are shown under another name than their own. */
const KEPT: Readonly<Partial<Record<KeepReason, string>>> = { newest: "newest good", gap: "before a gap" };
const REMOVED: Readonly<Record<PrunePlan["removed"][number]["reason"], string>> = {
  unneeded: "no rule keeps it",
  too_large: "over the total size",
  damaged: "damaged",
};
/** Width of the reasons, with which a table fits 80 columns. */
const REASON_COLUMNS = 27;

/** What would be removed. */
export const prunePlannedView: View<PrunePlan> = {
  isAnswer: false,
  document: (plan) => ({ dry_run: true, ...documentOf(plan, plan.removed) }),
  lines: (plan) => [...describePlan(plan), "", `Nothing was removed (dry run); ${keptOf(plan)}`],
};

/** What was removed. */
export const prunedView: View<Pruned> = {
  isAnswer: false,
  document: ({ plan, removed }) => ({ dry_run: false, ...documentOf(plan, removed) }),
  lines: ({ plan, removed }) => [
    removed.length === 0
      ? `Nothing was removed; ${keptOf(plan)}`
      : `Removed ${formatPlural(removed.length, "backup")} (${formatSize(sizeOf(removed))}); ${keptOf(plan)}`,
  ],
};

/** What is kept and why, what is removed, and what is left alone. */
export function describePlan({ directory, kept, removed, leftAlone, doubtful }: PrunePlan): string[] {
  const shown = stripControls(directory);
  if (kept.length + removed.length + leftAlone.length === 0) return [`No backups found in ${shown}`];
  return [
    `Backups in ${shown}:`,
    ...tableOf("Kept because of", kept.map((file) => [file, file.reasons.map((reason) => KEPT[reason] ?? reason)])),
    ...tableOf("Removed because", removed.map((file) => [file, [REMOVED[file.reason]]])),
    ...(leftAlone.length === 0 ? [] : ["", "Left alone:"]),
    ...leftAlone.map(({ filename, why }) => `  ${stripControls(filename)}: ${stripControls(why)}`),
    ...(doubtful.length === 0 ? [] : ["Apply the rules to these, too, by adding: --all-libraries"]),
  ];
}

/** The backups that nobody can be sure about, and why. */
export function describeDoubtful({ doubtful }: PrunePlan): string[] {
  return [
    "These may be backups of another library:",
    ...doubtful.map(({ filename, why }) => `  ${stripControls(filename)}: ${stripControls(why)}`),
  ];
}

function tableOf(title: string, files: readonly (readonly [PlannedFile, readonly string[]])[]): string[] {
  if (files.length === 0) return [];
  const table = formatTable(
    [{ title: "Filename", align: "left" }, { title: "Size", align: "right" }, { title, align: "left" }],
    files.flatMap(([{ filename, archiveSize }, reasons]) => {
      const [first = "", ...more] = wrapped(reasons);
      return [[stripControls(filename), formatSize(archiveSize), first], ...more.map((line) => ["", "", line])];
    }),
  );
  return ["", ...table];
}

/** Words with commas between them, in lines that fit the column. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [index, word] of words.entries()) {
    const part = index < words.length - 1 ? `${word},` : word;
    const line = lines.at(-1);
    if (line !== undefined && line.length + part.length < REASON_COLUMNS) lines[lines.length - 1] = `${line} ${part}`;
    else lines.push(part);
  }
  return lines;
}

function documentOf(plan: PrunePlan, removed: readonly PlannedFile[]): Document {
  const { directory, kept, leftAlone } = plan;
  const gone = new Set(removed.map(({ filename }) => filename));
  return {
    directory,
    kept_count: kept.length,
    removed_count: removed.length,
    kept_size_bytes: sizeOf(kept),
    removed_size_bytes: sizeOf(removed),
    kept: kept.map((file) => ({ ...fileDocument(directory, file), reasons: file.reasons })),
    removed: plan.removed.filter(({ filename }) => gone.has(filename))
      .map((file) => ({ ...fileDocument(directory, file), reason: file.reason })),
    left_alone: leftAlone.map(({ filename, why }) => ({ filename, reason: why })),
  };
}

function fileDocument(directory: string, { filename, createdAt, archiveSize }: PlannedFile): Document {
  return { filename, path: join(directory, filename), created_at: createdAt, archive_size_bytes: archiveSize };
}

function keptOf({ kept, leftAlone }: PrunePlan): string {
  const others = leftAlone.length === 0 ? "" : `, ${formatCount(leftAlone.length)} left alone`;
  return `${formatPlural(kept.length, "backup")} (${formatSize(sizeOf(kept))}) kept${others}`;
}

function sizeOf(files: readonly PlannedFile[]): number {
  return files.reduce((sum, { archiveSize }) => sum + archiveSize, 0);
}
