import {
  type BackupEntry,
  type CopyCondition,
  hasProof,
  type Listed,
  type PrunePlan,
  type Status,
} from "../../engine/protocol/mod.ts";
import { PROGRAM } from "../../program.ts";
import { formatAge, formatCount, formatPlural, formatSize, formatTime } from "../format.ts";
import { levelOf, sentencesOf } from "../views/status.ts";
import { calendar } from "./calendar.ts";
import { lineChart } from "./charts.ts";
import { Markup, markup } from "./markup.ts";
import { STYLE } from "./style.ts";

/** The facts in a report. */
export interface ReportFacts {
  readonly listed: Listed;
  readonly status: Status;
  /** What the rules in force would do, or why that cannot be told; null where there are none. */
  readonly plan: PrunePlan | string | null;
  /** Of this program. */
  readonly version: string;
}

/** Days over which growth is measured. */
const PACE_DAYS = 30;
const DAY_SECONDS = 86_400;
/** Longer than anybody plans ahead. */
const LONG_SECONDS = 3653 * DAY_SECONDS;
const DAY_MS = DAY_SECONDS * 1000;

const HEADLINES = {
  ok: "Safely backed up",
  warning: "Needs attention soon",
  critical: "Not safely backed up",
} as const;

/** An HTML page about the backups that is self-contained and loads nothing. */
export function reportPage({ listed, status, plan, version }: ReportFacts): string {
  const own = listed.entries.filter(({ fault, origin }) => fault === null && origin !== "other")
    .toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Backups of ${status.library.path ?? status.directory}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<h1>Backups of ${status.library.path ?? "the library"}</h1>
${verdict(status)}
${calendar(listed.entries, status.checkedAt)}
<h2>Growth</h2>
${lineChart("Files in the library", own.map((entry) => point(entry, entry.metadata?.file_count)), formatCount)}
${lineChart("Size of the library", own.map((entry) => point(entry, entry.metadata?.database_size_bytes)), formatSize)}
${lineChart("Size of a backup", own.map((entry) => point(entry, entry.archiveSize)), formatSize)}
<h2>Space</h2>
${space(status, own)}
${places(status.copies)}
<h2>All ${formatPlural(listed.totalCount, "backup")} in ${status.directory}</h2>
${typeof plan === "string" ? markup`<p class="fault">The rules cannot be applied: ${plan}</p>` : markup``}
${backupTable(listed, typeof plan === "string" ? null : plan)}
<footer>Made by ${PROGRAM} ${version} on ${formatTime(status.checkedAt)}. Times are in UTC.</footer>
</body>
</html>
`;
  return page.html;
}

function point({ createdAt }: BackupEntry, value: number | undefined): { readonly at: string; readonly value: number } {
  return { at: createdAt, value: value ?? 0 };
}

function verdict(status: Status): Markup {
  const level = levelOf(status);
  const sentences = sentencesOf(status).map((sentence) => markup`<li>${sentence}</li>`);
  return markup`<p class="verdict ${level}">${HEADLINES[level]}</p>
<ul>${sentences}</ul>`;
}

/** The space that the backups take, and how long the free space lasts if none is removed. */
function space({ free, totalSize, onLibraryDisk, checkedAt }: Status, own: readonly BackupEntry[]): Markup {
  const now = Date.parse(checkedAt);
  const recent = own.filter(({ createdAt }) => now - Date.parse(createdAt) < PACE_DAYS * DAY_MS);
  const added = recent.reduce((sum, { archiveSize }) => sum + archiveSize, 0);
  const seconds = free === null || added === 0 ? null : free / added * PACE_DAYS * DAY_SECONDS;
  const time = seconds === null || seconds > LONG_SECONDS ? "more than ten years" : formatAge(seconds);
  const pace = seconds === null
    ? ""
    : `, enough for ${time} at the pace of the last ${PACE_DAYS} days, if none is removed`;
  const left = free === null ? "" : `; ${formatSize(free)} are free${pace}`;
  const disk = onLibraryDisk === true ? " They are on the library's own disk, and would be lost with it." : "";
  return markup`<p>The backups take ${formatSize(totalSize)}${left}.${disk}</p>`;
}

function places(copies: readonly CopyCondition[]): Markup {
  if (copies.length === 0) return markup``;
  const rows = copies.map(({ directory, state, newest, concern, error }) => {
    const age = newest === null ? "none known" : `${formatAge(Math.max(0, newest.ageSeconds))} old`;
    const what = concern === null ? "ok" : error ?? concern.replaceAll("_", " ");
    return markup`<tr><td class="name">${directory}</td><td>${state}</td><td>${age}</td><td class="${
      concern === null ? "ok" : "fault"
    }">${what}</td></tr>`;
  });
  return markup`<h2>Copies in other places</h2>
<div class="scroll"><table><thead><tr><th>Place</th><th>Is</th><th>Newest copy</th><th>Verdict</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function backupTable({ entries, listedAt }: Listed, plan: PrunePlan | null): Markup {
  const kept = new Map(plan?.kept.map(({ filename, reasons }) => [filename, `kept: ${reasons.join(", ")}`]));
  const removed = new Map(plan?.removed.map(({ filename }) => [filename, "not kept"]));
  const rows = entries.map((entry) => {
    const { filename, createdAt, archiveSize, metadata, fault, error, origin, verified } = entry;
    const age = formatAge(Math.max(0, Date.parse(listedAt) - Date.parse(createdAt)) / 1000);
    const verdict = fault !== null ? error ?? fault : verified === true && hasProof(entry) ? "checked" : "not checked";
    const rule = kept.get(filename) ?? removed.get(filename) ?? "left alone";
    return markup`<tr><td class="name">${filename}</td><td>${
      formatTime(createdAt)
    }</td><td>${age}</td><td class="number">${formatSize(archiveSize)}</td><td class="number">${
      metadata === null ? "" : formatCount(metadata.file_count)
    }</td><td class="${fault === null ? "" : "fault"}">${verdict}</td><td>${ORIGINS[origin]}</td>${
      plan === null ? markup`` : markup`<td>${rule}</td>`
    }</tr>
`;
  });
  const rules = plan === null ? markup`` : markup`<th>By the rules</th>`;
  return markup`<div class="scroll"><table><thead><tr><th>Name</th><th>Created</th><th>Age</th><th class="number">Size</th>
<th class="number">Files</th><th>Verdict</th><th>Of</th>${rules}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}

const ORIGINS: Readonly<Record<BackupEntry["origin"], string>> = {
  this: "this library",
  other: "another library",
  unknown: "not known",
};
