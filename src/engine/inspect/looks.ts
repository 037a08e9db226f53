import type { Metadata } from "../../store/metadata.ts";
import { isoSeconds } from "../../store/naming.ts";
import { type Look, readMarker } from "../../store/place_marker.ts";

/** The clocks of two machines may differ by this, in milliseconds; a look from further ahead was made up. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;

/**
 * When a library was last found unchanged since an archive, in ISO 8601; null where nothing credible says so. Anybody
 * who may write into the directory may have written it: so it counts only for this very archive, which has just been
 * read to its end, and never for a time still to come.
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
    // It may be unreadable: then the archive is as old as it is.
    return [];
  }
}
