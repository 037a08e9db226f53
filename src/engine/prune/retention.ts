import type { KeepReason, RetentionRules } from "../protocol/mod.ts";

/** What of a backup decides whether it is kept. */
export interface Dated {
  readonly createdAt: string;
  /** In bytes. */
  readonly archiveSize: number;
}

/** What becomes of a backup: why it is kept, or why it goes. */
export type Fate =
  | { readonly keep: true; readonly reasons: readonly KeepReason[] }
  | { readonly keep: false; readonly reason: "unneeded" | "too_large" };

/** The rules that keep the newest backup of each period, with the period that a time lies in, in UTC. */
const PERIODS = {
  hourly: (time) => time.toISOString().slice(0, 13),
  daily: (time) => time.toISOString().slice(0, 10),
  weekly: weekOf,
  monthly: (time) => time.toISOString().slice(0, 7),
  yearly: (time) => time.toISOString().slice(0, 4),
} as const satisfies Partial<Record<KeepReason, (time: Date) => string>>;

/** Whether anything is said about what to keep. */
export function hasRules({ maxTotalSize, withinSeconds, ...counts }: RetentionRules): boolean {
  return maxTotalSize !== null || withinSeconds !== null || Object.values(counts).some((count) => count > 0);
}

/**
 * Decides which backups are kept, as restic's `forget` does: one is kept when any rule keeps it; a rule for periods
 * keeps the newest of each, and the oldest backup of all while it has not kept as many as it may; `within` counts back
 * from the newest backup. Then the oldest of them go until all fit into `maxTotalSize`. The newest always stays.
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

/** For each backup the rules that keep it. */
function keepByRules(backups: readonly Dated[], rules: RetentionRules): KeepReason[][] {
  const { maxTotalSize: _, ...keeping } = rules;
  const onlySize = !hasRules({ ...keeping, maxTotalSize: null });
  const within = rules.withinSeconds === null ? Infinity : timeOf(backups[0]) - rules.withinSeconds * 1000;
  const periods = Object.entries(PERIODS).map(([rule, periodOf]) => new Period(rule as keyof typeof PERIODS, periodOf));
  return backups.map((backup, index) => {
    const isOldest = index === backups.length - 1;
    const reasons: KeepReason[] = onlySize ? ["size"] : [];
    if (index < rules.last) reasons.push("last");
    for (const period of periods) {
      const reason = period.keeps(new Date(backup.createdAt), isOldest, rules);
      if (reason !== null && !reasons.includes(reason)) reasons.push(reason);
    }
    if (timeOf(backup) > within) reasons.push("within");
    return reasons;
  });
}

/** One rule for periods, going back in time. */
class Period {
  readonly rule: keyof typeof PERIODS;
  readonly #periodOf: (time: Date) => string;
  #kept = 0;
  #last = "";

  constructor(rule: keyof typeof PERIODS, periodOf: (time: Date) => string) {
    this.rule = rule;
    this.#periodOf = periodOf;
  }

  /** Why the rule keeps the next older backup, or null where it does not. */
  keeps(time: Date, isOldest: boolean, rules: RetentionRules): KeepReason | null {
    const period = this.#periodOf(time);
    const isNew = period !== this.#last;
    if (this.#kept >= rules[this.rule] || !(isNew || isOldest)) return null;
    this.#last = period;
    this.#kept++;
    return isNew ? this.rule : "oldest";
  }
}

/** The same, with "too_large" in the place of the reasons of those for which there is no room. */
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
