import type { NewestBackup } from "../engine/protocol/mod.ts";
import { formatAge } from "./format.ts";

/**
 * Seconds at `checkedAt`, in ISO 8601, since a backup was made, or since the library was last found unchanged since it.
 */
export function secondsSince(
  { createdAt, unchangedAt }: NewestBackup,
  checkedAt: string,
): number {
  return Math.floor((Date.parse(checkedAt) - Date.parse(unchangedAt ?? createdAt)) / 1000);
}

/** How old a backup is, and when the library was last found unchanged since: "is 12 days old, and …". */
export function ageInWords(newest: NewestBackup, checkedAt: string): string {
  const age = `${formatAge(Math.max(newest.ageSeconds, 0))} old`;
  if (newest.unchangedAt === null) return age;
  return `${age}, and the library was last found unchanged ${formatAge(secondsSince(newest, checkedAt))} ago`;
}
