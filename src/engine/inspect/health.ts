import type { ArchiveFault, Concern, CopyConcern, CopyCondition } from "../protocol/mod.ts";

/** The facts on which the backups are judged. */
export interface HealthFacts {
  /** Whether the backup directory is there. */
  readonly directoryFound: boolean;
  /** Archives in it, damaged ones included. */
  readonly count: number;
  /** Whether none of the usable ones is certain to be of this library. */
  readonly hasOthersOnly: boolean;
  /** What is wrong with the newest of them; null where nothing is. */
  readonly newestFault: ArchiveFault | null;
  /**
   * When the newest good one was made, or the library last found unchanged since, in ISO 8601; null where there is
   * none.
   */
  readonly newestGood: string | null;
  /** Whether some are from the future, by this clock. */
  readonly hasFuture: boolean;
  /** Bytes free; null where that is not known. */
  readonly free: number | null;
  /** Bytes that two more backups need; null where that is not known. */
  readonly needed: number | null;
  /** Media files that the library knows; null where that is not known. */
  readonly libraryFiles: number | null;
}

/**
 * Tells what is wrong with the backups, the worst first.
 *
 * @param maxAgeSeconds maximum age of the newest good backup
 */
export function judge(facts: HealthFacts, now: Date, maxAgeSeconds: number): Concern[] {
  const concerns: Concern[] = [];
  if (!facts.directoryFound) concerns.push("no_directory");
  else if (facts.count === 0) concerns.push("no_backup");
  else if (facts.newestGood === null) concerns.push(facts.hasOthersOnly ? "none_of_this_library" : "none_sound");
  else if (facts.newestFault !== null) concerns.push(`newest_${facts.newestFault}`);
  const age = facts.newestGood === null ? 0 : ageIn(facts.newestGood, now);
  if (age > maxAgeSeconds) concerns.push("too_old");
  if (facts.hasFuture || age < 0) concerns.push("from_future");
  if (facts.free !== null && facts.needed !== null && facts.free < facts.needed) concerns.push("low_space");
  if (facts.libraryFiles === 0) concerns.push("empty_library");
  return concerns;
}

/** A copy this many times older than wanted is as good as none. */
const TOO_OLD_TIMES = 2;
const COPY_CONCERNS: readonly CopyConcern[] = ["no_copy", "copy_too_old", "copy_unreadable", "copy_old"];

/** Tells what is wrong with the second copies in all places, the worst first. */
export function judgeCopies(copies: readonly CopyCondition[]): CopyConcern[] {
  return COPY_CONCERNS.filter((concern) => copies.some((copy) => copy.concern === concern));
}

/**
 * Tells what is wrong with the copies in one place; null where nothing is.
 *
 * @param maxAgeSeconds maximum age of the newest copy
 */
export function judgeCopy(
  { state, newest, error }: Omit<CopyCondition, "concern">,
  maxAgeSeconds: number,
): CopyConcern | null {
  if (state === "unreadable") return "copy_unreadable";
  // What was copied to a disk that is away is recorded elsewhere.
  if (newest === null) return state === "absent" && error !== null ? "copy_unreadable" : "no_copy";
  if (newest.ageSeconds > maxAgeSeconds * TOO_OLD_TIMES) return "copy_too_old";
  if (error !== null) return "copy_unreadable";
  return newest.ageSeconds > maxAgeSeconds ? "copy_old" : null;
}

/** Seconds from an ISO 8601 time to `now`; negative where it is later. */
export function ageIn(time: string, now: Date): number {
  return Math.floor(now.getTime() / 1000) - Math.floor(Date.parse(time) / 1000);
}
