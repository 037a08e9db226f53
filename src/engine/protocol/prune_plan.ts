/**
 * Which backups are to be kept and which are to go: plain data, like all that crosses to the worker and back.
 *
 * @module
 */
/** A stretch of the calendar: so many months, which are as long as they are, and so many seconds. */
export interface CalendarSpan {
  readonly months: number;
  readonly seconds: number;
}

/** What a rule can keep the newest backup of each of, in UTC. */
export const PERIODS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;

export type Period = typeof PERIODS[number];

/** How many backups are kept. Each rule keeps some; one is kept when any rule keeps it. */
export interface RetentionRules extends Readonly<Record<Period, number>> {
  /** The newest so many; 0 for no such rule, as for the periods in which there is a backup. */
  readonly last: number;
  /** All that are no older than this before the newest one; null for no such rule. */
  readonly within: CalendarSpan | null;
  /** Of those that the rules keep the oldest go until they take no more than this together, in bytes. */
  readonly maxTotalSize: number | null;
}

/**
 * Why a backup is kept: a rule; or it is the newest one, or the oldest while a rule has not kept all that it may; or
 * it stands before a gap in the times, which a clock that was wrong leaves.
 */
export type KeepReason =
  | "newest"
  | "last"
  | Period
  | "oldest"
  | "within"
  | "gap"
  | "size";

/** An archive as it was when the plan was made; nothing else is deleted under its name. */
export interface PlannedFile {
  readonly filename: string;
  readonly createdAt: string;
  readonly archiveSize: number;
  /** Device, file number and time of the last change, as far as the system has them. */
  readonly identity: string;
  /** A hash of what it says of itself, for file systems that give it another number or time while it stays as it is. */
  readonly content: string;
}

/** A backup that nobody can be sure is of the library in place, and why. */
export interface DoubtfulFile extends PlannedFile {
  readonly why: string;
}

/** What of a directory is to be deleted, and what not. Each list has the newest first. */
export interface PrunePlan {
  readonly kind: "prune planned";
  readonly directory: string;
  readonly kept: readonly (PlannedFile & { readonly reasons: readonly KeepReason[] })[];
  readonly removed: readonly (PlannedFile & { readonly reason: "unneeded" | "too_large" | "damaged" })[];
  /** The newest good backup of each library: while one of them has gone or changed nothing is deleted. */
  readonly newest: readonly PlannedFile[];
  /** What no rule is applied to, and why. */
  readonly leftAlone: readonly { readonly filename: string; readonly why: string }[];
  /** Those of the ones left alone that rules are applied to after a yes. */
  readonly doubtful: readonly DoubtfulFile[];
}
