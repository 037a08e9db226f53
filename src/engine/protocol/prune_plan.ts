/**
 * Which backups to keep and which to remove: plain data, like everything that crosses to the worker and back.
 *
 * @module
 */

/** A calendar span: a number of months, of whatever length they have, and of seconds. */
export interface CalendarSpan {
  readonly months: number;
  readonly seconds: number;
}

/** Periods of which a rule can keep the newest backup each, in UTC. */
export const PERIODS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;

/** A period of which a rule keeps the newest backup. */
export type Period = typeof PERIODS[number];

/** How many backups are kept. Each rule keeps some; one is kept when any rule keeps it. */
export interface RetentionRules extends Readonly<Record<Period, number>> {
  /** How many of the newest are kept; 0 for no such rule, as for the periods, where it counts those with a backup. */
  readonly last: number;
  /** Keep all that are at most this much older than the newest; null for no such rule. */
  readonly within: CalendarSpan | null;
  /** The oldest of those kept go until the rest take no more than this, in bytes. */
  readonly maxTotalSize: number | null;
}

/**
 * Why a backup is kept: by a rule; as the newest one, or as the oldest while a rule has kept fewer than it may; or
 * because it stands before a gap in the times, as a wrong clock leaves.
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
  /** Device, inode and modification time, as far as the system has them. */
  readonly identity: string;
  /** A hash of its metadata, for file systems where an unchanged file may get another inode or time. */
  readonly content: string;
}

/** A backup that nobody can be sure is of the library in place, and why. */
export interface DoubtfulFile extends PlannedFile {
  readonly why: string;
}

/** Which files of a directory are to be deleted, and which not. Each list is newest first. */
export interface PrunePlan {
  readonly kind: "prune planned";
  readonly directory: string;
  readonly kept: readonly (PlannedFile & { readonly reasons: readonly KeepReason[] })[];
  readonly removed: readonly (PlannedFile & { readonly reason: "unneeded" | "too_large" | "damaged" })[];
  /** The newest good backup of each library: if one of them has gone or changed, nothing is deleted. */
  readonly newest: readonly PlannedFile[];
  /** Files that no rule is applied to, and why. */
  readonly leftAlone: readonly { readonly filename: string; readonly why: string }[];
  /** Those left alone that rules are applied to after a yes. */
  readonly doubtful: readonly DoubtfulFile[];
}
