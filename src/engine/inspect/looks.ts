import type { Metadata } from "../../store/metadata.ts";
import { isoSeconds } from "../../store/naming.ts";
import { type Look, readMarker } from "../../store/place_marker.ts";

/** Clocks of two machines may differ by this, in milliseconds; a look from beyond it was made up. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;

/**
 * When a library was last found as it is in an archive, in ISO 8601; null where nothing credible says so. Whoever may
 * write into the directory may have written that: it counts for this very archive only, which has just been read to its
 * end, and never for a time that is still to come.
 *
 * @param metadata of the archive, as it was read
 */
export function lastLookAt(directory: string, filename: string, metadata: Metadata, now: Date): string | null {
  const sha256 = metadata.database_sha256;
  const times = looksIn(directory)
    .filter(({ archive, database_sha256 }) => archive === filename && database_sha256 === sha256)
    .map(({ looked_at }) => Date.parse(looked_at))
    .filter((time) => time <= now.getTime() + CLOCK_DIFFERENCE_MS && time > Date.parse(metadata.created_at));
  return times.length === 0 ? null : isoSeconds(new Date(Math.min(Math.max(...times), now.getTime())));
}

function looksIn(directory: string): readonly Look[] {
  try {
    return readMarker(directory)?.looks ?? [];
  } catch {
    // It may not be read: then the archive is as old as it is.
    return [];
  }
}
