import type { BackupEntry } from "../../engine/protocol/mod.ts";
import { type Markup, markup } from "./markup.ts";

const MONTHS = 12;
const DAY_MS = 86_400_000;
const CELL = 12;
const GAP = 2;
const DAYS_OF_WEEK = 7;

type DayState = "kept" | "damaged" | "missing" | "before";

/** What the colours of the calendar mean. */
const MEANINGS: Readonly<Record<DayState, string>> = {
  kept: "a backup",
  damaged: "only one that cannot be used",
  missing: "none",
  before: "none yet",
};

/**
 * The days of the last twelve months, one column per week from Monday, and which of them have a backup of this library.
 *
 * @param now in ISO 8601
 */
export function calendar(entries: readonly BackupEntry[], now: string): Markup {
  const states = statesOf(entries);
  const first = [...states.keys()].sort()[0] ?? null;
  const today = startOfDay(Date.parse(now));
  const start = startOfWeek(monthsBefore(today, MONTHS));
  const days = Array.from({ length: (today - start) / DAY_MS + 1 }, (_, index) => dayOf(start + index * DAY_MS));
  const stateOn = (day: string): DayState => states.get(day) ?? (first !== null && day > first ? "missing" : "before");
  const cells = days.map((day, index) => {
    const state = stateOn(day);
    const x = Math.floor(index / DAYS_OF_WEEK) * (CELL + GAP);
    const y = index % DAYS_OF_WEEK * (CELL + GAP);
    return markup`<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" rx="2" class="${state}"><title>${day}: ${
      MEANINGS[state]
    }</title></rect>`;
  });
  const width = Math.ceil(days.length / DAYS_OF_WEEK) * (CELL + GAP);
  const missing = days.filter((day) => stateOn(day) === "missing").length;
  const words = `${days.filter((day) => stateOn(day) === "kept").length} days with a backup, ${missing} without`;
  return markup`<figure><figcaption>The last twelve months: ${words}</figcaption>
<svg viewBox="0 0 ${width} ${DAYS_OF_WEEK * (CELL + GAP)}" role="img" aria-label="${words}">${cells}</svg></figure>
`;
}

function statesOf(entries: readonly BackupEntry[]): ReadonlyMap<string, DayState> {
  const states = new Map<string, DayState>();
  for (const { createdAt, fault, origin } of entries) {
    const time = Date.parse(createdAt);
    if (origin === "other" || Number.isNaN(time)) continue;
    const day = dayOf(time);
    if (fault === null) states.set(day, "kept");
    else if (!states.has(day)) states.set(day, "damaged");
  }
  return states;
}

function startOfDay(time: number): number {
  return time - time % DAY_MS;
}

function startOfWeek(day: number): number {
  // The first of January 1970 was a Thursday.
  return day - (day / DAY_MS + 3) % DAYS_OF_WEEK * DAY_MS;
}

function monthsBefore(day: number, months: number): number {
  const date = new Date(day);
  return date.setUTCMonth(date.getUTCMonth() - months);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, "2026-02-05".length);
}
