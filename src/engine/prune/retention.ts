import { type CalendarSpan, type KeepReason, type Period, PERIODS, type RetentionRules } from "../protocol/mod.ts";

/** The properties of a backup that decide whether it is kept. */
export interface Dated {
  readonly createdAt: string;
  /** In bytes. */
  readonly archiveSize: number;
}

/** What becomes of a backup: why it is kept, or why it goes. */
export type Fate =
  | { readonly keep: true; readonly reasons: readonly KeepReason[] }
  | { readonly keep: false; readonly reason: "unneeded" | "too_large" };

/** The period that a time lies in, in UTC. */
const PERIOD_OF: Readonly<Record<Period, (time: Date) => string>> = {
  hourly: (time) => time.toISOString().slice(0, 13),
  daily: (time) => time.toISOString().slice(0, 10),
  weekly: weekOf,
  monthly: (time) => time.toISOString().slice(0, 7),
  yearly: (time) => time.toISOString().slice(0, 4),
};

/** Gaps across which `within` starts anew: enough for more than one wrong clock, few enough for rare backups. */
const MAX_GAPS = 3;

/** A month, in milliseconds: longer than any timer waits between backups. */
const LEAP_MS = 31 * 86_400_000;
/** A gap this many times the usual one is no holiday, except on machines that are rarely on. */
const USUAL_GAPS = 4;

/** Whether there is any rule about what to keep. */
export function hasRules({ maxTotalSize, within, ...counts }: RetentionRules): boolean {
  return maxTotalSize !== null || within !== null || Object.values(counts).some((count) => count > 0);
}

/**
 * Decides which backups are kept, as restic's `forget` does. A backup is kept if any rule keeps it. A rule for periods
 * keeps the newest backup of each period, and the oldest backup of all while it has kept fewer than it may. `within`
 * counts back from the newest backup, and across gaps (see {@link keepWithin}). Then the oldest go until all fit into
 * `maxTotalSize`. The newest always stays.
 *
 * @param backups the newest first
 * @returns what becomes of each, in the same order
 */
export function decide(backups: readonly Dated[], rules: RetentionRules): Fate[] {
  const kept = keepBySize(backups, keepByRules(backups, rules), rules.maxTotalSize);
  return kept.map((reasons, index) => {
    if (typeof reasons === "string") return { keep: false, reason: reasons };
    if (reasons.length > 0) return { keep: true, reasons };
    return index === 0 ? { keep: true, reasons: ["newest"] } : { keep: false, reason: "unneeded" };
  });
}

/**
 * Whether the newest backup is so much later than the one before it that the clock may be wrong: by more than a month,
 * and by several times the gap before that.
 *
 * @param backups the newest first
 */
export function leapsAhead([newest, second, third]: readonly Dated[]): boolean {
  if (second === undefined) return false;
  const usual = third === undefined ? 0 : timeOf(second) - timeOf(third);
  return timeOf(newest) - timeOf(second) > Math.max(LEAP_MS, USUAL_GAPS * usual);
}

/** The rules that keep each backup. */
function keepByRules(backups: readonly Dated[], rules: RetentionRules): KeepReason[][] {
  const { maxTotalSize: _, ...keeping } = rules;
  const onlySize = !hasRules({ ...keeping, maxTotalSize: null });
  const within = rules.within === null ? [] : keepWithin(backups, rules.within);
  const periods = PERIODS.map((rule) => new PeriodRule(rule));
  return backups.map((backup, index) => {
    const isOldest = index === backups.length - 1;
    const reasons: KeepReason[] = onlySize ? ["size"] : [];
    if (index < rules.last) reasons.push("last");
    for (const period of periods) {
      const reason = period.keeps(new Date(backup.createdAt), isOldest, rules);
      if (reason !== null && !reasons.includes(reason)) reasons.push(reason);
    }
    const recent = within[index] ?? null;
    if (recent !== null) reasons.push(recent);
    return reasons;
  });
}

/**
 * Whether `span`, counted back from the newest backup, reaches each backup.
 *
 * A single run under a wrong clock would leave all the others out of reach. So if the backups before a gap as long as
 * the span do not fill the span, counting starts anew behind the gap ("gap"), a few times at most, until the backups on
 * this side fill the span themselves.
 */
function keepWithin(backups: readonly Dated[], span: CalendarSpan): ("within" | "gap" | null)[] {
  let start = backAt(timeOf(backups[0]), span);
  let gaps = 0;
  let isFilled = false;
  return backups.map((backup, index) => {
    const time = timeOf(backup);
    if (!isFilled && time <= start) {
      const isBehindGap = index > 0 && time <= backAt(timeOf(backups[index - 1]), span) && gaps < MAX_GAPS;
      if (!isBehindGap) isFilled = true;
      else {
        gaps++;
        start = backAt(time, span);
      }
    }
    return isFilled || time <= start ? null : gaps === 0 ? "within" : "gap";
  });
}

/**
 * The time that lies a span before another on the calendar, both in milliseconds; in a month without such a day, its
 * last day.
 */
function backAt(time: number, { months, seconds }: CalendarSpan): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() - months);
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.getTime() - seconds * 1000;
}

/** One rule for periods, applied from the newest backup backwards. */
class PeriodRule {
  readonly rule: Period;
  #kept = 0;
  #last = "";

  constructor(rule: Period) {
    this.rule = rule;
  }

  /** Why the rule keeps the next older backup, or null where it does not. */
  keeps(time: Date, isOldest: boolean, rules: RetentionRules): KeepReason | null {
    const period = PERIOD_OF[this.rule](time);
    const isNew = period !== this.#last;
    if (this.#kept >= rules[this.rule] || !(isNew || isOldest)) return null;
    this.#last = period;
    this.#kept++;
    return isNew ? this.rule : "oldest";
  }
}

/** The same reasons, with "too_large" for backups that exceed the total size. */
function keepBySize(
  backups: readonly Dated[],
  kept: readonly KeepReason[][],
  maxTotalSize: number | null,
): (KeepReason[] | "too_large")[] {
  let total = 0;
  return kept.map((reasons, index) => {
    if (reasons.length === 0 && index > 0) return reasons;
    total += backups[index]?.archiveSize ?? 0;
    return index > 0 && total > (maxTotalSize ?? Infinity) ? "too_large" : reasons;
  });
}

function timeOf(backup: Dated | undefined): number {
  return backup === undefined ? 0 : Date.parse(backup.createdAt);
}

/** Year and week by ISO 8601, where a week belongs to the year of its Thursday. */
function weekOf(time: Date): string {
  const day = 86_400_000;
  const sinceMonday = (time.getUTCDay() + 6) % 7;
  const thursday = new Date(Math.floor(time.getTime() / day) * day + (3 - sinceMonday) * day);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * day)) + 1;
  return `${year}-W${week}`;
}
