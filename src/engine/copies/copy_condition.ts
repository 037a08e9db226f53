import { holdsBackups } from "../backup_directory.ts";
import type { CopyCondition, CopyPlace, CopyPlaces, NewestCopy, StatusRequest } from "../protocol/mod.ts";
import { areOnOneFileSystem } from "../../store/identity.ts";
import { freeBytes } from "../../store/space.ts";
import type { Job } from "../worker/job.ts";
import { ageIn, judgeCopy } from "../inspect/health.ts";
import { isFromFuture } from "../inspect/origin.ts";
import { reasonOf } from "../inspect/read_archives.ts";
import { copyRecordPath, readCopyRecord } from "./copy_record.ts";

/** The newest archives of a library in a place. */
export interface NewestInPlace {
  /** The newest good one. */
  readonly good: { readonly filename: string; readonly createdAt: string } | null;
  /** What is wrong with the newest of all. */
  readonly fault: string | null;
}

type Condition = Omit<CopyCondition, "concern">;

/** Where the original backups are, and how to find the newest copy in a place. */
export interface CopySearch extends Pick<StatusRequest, "directory" | "directoryFound" | "library"> {
  find(directory: string): Promise<NewestInPlace>;
}

/**
 * Looks at the places for second copies. For a place whose disk is away, the backup directory knows what was last
 * copied to it; a place that is there is judged by what is in it.
 */
export async function readCopies(
  search: CopySearch,
  { places, maxAgeSeconds }: CopyPlaces,
  job: Job,
): Promise<CopyCondition[]> {
  const conditions: CopyCondition[] = [];
  for (const place of places) {
    const condition = await readPlace(place, search, job);
    conditions.push({ ...condition, concern: judgeCopy(condition, maxAgeSeconds) });
  }
  return conditions;
}

async function readPlace({ directory, found }: CopyPlace, search: CopySearch, job: Job): Promise<Condition> {
  const now = new Date();
  const nothing = { directory, newest: null, error: null, onBackupDisk: null, free: null };
  try {
    if (!found || !holdsBackups(directory)) return { ...nothing, ...remembered(directory, search, now) };
    const { good, fault } = await search.find(directory);
    const isFuture = good !== null && isFromFuture(good, now);
    return {
      ...nothing,
      state: "present",
      newest: good === null ? null : newestCopy(good.filename, good.createdAt, now),
      error: isFuture ? `the newest archive, ${good.filename}, is dated in the future, so its age is unknown` : fault,
      onBackupDisk: search.directoryFound ? areOnOneFileSystem(search.directory, directory) : null,
      free: freeBytes(directory),
    };
  } catch (error) {
    job.throwIfCancelled();
    // It was unplugged just now.
    if (error instanceof Deno.errors.NotFound) return { ...nothing, ...remembered(directory, search, now) };
    return { ...nothing, state: "unreadable", error: reasonOf(error) };
  }
}

/** What is known of a place whose disk is not there. */
function remembered(place: string, search: CopySearch, now: Date): Pick<Condition, "state" | "newest" | "error"> {
  try {
    return { state: "absent", newest: findRemembered(place, search, now), error: null };
  } catch (error) {
    const why = `"${copyRecordPath(search.directory)}" cannot be read: ${reasonOf(error)}`;
    return { state: "absent", newest: null, error: why };
  }
}

function findRemembered(
  place: string,
  { directory, directoryFound, library }: CopySearch,
  now: Date,
): NewestCopy | null {
  const copies = directoryFound ? readCopyRecord(directory) : [];
  const copy = copies.find((one) => one.directory === place && (library === null || one.library_path === library));
  // Of what a clock that was wrong has left nothing is known.
  if (copy === undefined || isFromFuture({ createdAt: copy.created_at }, now)) return null;
  return newestCopy(copy.filename, copy.created_at, now);
}

function newestCopy(filename: string, createdAt: string, now: Date): NewestCopy {
  return { filename, createdAt, ageSeconds: ageIn(createdAt, now) };
}
