import { dirname, join } from "node:path";
import { areKin, mayHaveGrown, readLineage } from "../../library/content/lineage.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { queryValue } from "../../library/sqlite.ts";
import { BACKUPS_NAME } from "../../program.ts";
import { limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { Job } from "../worker/job.ts";
import type { ArchiveRecord } from "../../store/metadata.ts";
import type { BackupOrigin } from "../protocol/mod.ts";
import type { FoundArchive } from "./read_archives.ts";

/**
 * A time this far ahead of the clock is from the future, in milliseconds: less is a clock that was set, or another
 * machine's.
 */
const FUTURE_MS = 24 * 3_600_000;

/** The library whose backups are wanted, as far as it can be told from others. */
export interface LibraryIdentity {
  /** Its real path; null where nothing tells. */
  readonly path: string | null;
  /** A sample of it; null where there is none in place, or where it is empty or cannot be read. */
  readonly lineage: string | null;
  /** Whether something is in place that cannot be read as a library: nothing tells whose it is. */
  readonly isUnreadable: boolean;
}

/** How a backup relates to a library, by path and by files; null where that cannot be told. */
export interface Belonging {
  readonly samePath: boolean | null;
  readonly kin: boolean | null;
}

/** What an archive says of where it is from. */
interface Origins {
  readonly lineage: FoundArchive["lineage"];
  readonly metadata: Pick<ArchiveRecord, "library_path"> | null;
}

/** Whether an archive is from the future, by this clock. */
export function isFromFuture({ createdAt }: Pick<FoundArchive, "createdAt">, now: Date): boolean {
  return Date.parse(createdAt) > now.getTime() + FUTURE_MS;
}

/** Reads what tells a library from others. One that cannot be read is no error: then less is known. */
export function identify(path: string | null, waitSeconds: number, job: Job): LibraryIdentity {
  if (path === null) return { path, lineage: null, isUnreadable: false };
  job.step("look at library", { library: path });
  try {
    // Opening a pipe would wait for its other end.
    if (!Deno.statSync(path).isFile) return { path, lineage: null, isUnreadable: true };
    const looking = job.about({ action: "Cannot tell whose the backups are", library: path });
    using _limit = limitLook(looking, sizeWithLog(path), { waitSeconds });
    using snapshot = Snapshot.pin(path, waitSeconds);
    return snapshot.read((database) => {
      const lineage = readLineage(database, () => job.throwIfCancelled());
      const isUnreadable = lineage === null &&
        queryValue(database, "SELECT 1 FROM sqlite_schema LIMIT 1") !== undefined;
      return { path, lineage: lineage === "" ? null : lineage, isUnreadable };
    });
  } catch {
    job.throwIfCancelled();
    return { path, lineage: null, isUnreadable: !holdsNothing(path) };
  }
}

/** Whether there is no file, or an empty one. */
function holdsNothing(path: string): boolean {
  try {
    return Deno.statSync(path).size === 0;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** How an archive relates to a library. */
export function belongingOf(
  { lineage, metadata }: Origins,
  library: Pick<LibraryIdentity, "path" | "lineage">,
): Belonging {
  const path = metadata?.library_path ?? null;
  return {
    samePath: path === null || library.path === null ? null : path === library.path,
    kin: lineage === null || library.lineage === null ? null : areKin(lineage, library.lineage),
  };
}

/**
 * Tells which library each archive is of (see the table in `src/engine/inspect/README.md`).
 *
 * @param archives the newest first
 * @param library what is in place
 */
export function judgeOrigins(archives: readonly Origins[], library: LibraryIdentity): BackupOrigin[] {
  // The backup of an emptied library can be compared with nothing.
  const told = archives.filter(({ lineage }) => lineage !== null && lineage !== "");
  const here = told.filter(({ metadata }) => library.path !== null && metadata?.library_path === library.path);
  if (library.lineage === null && takeTurns(here)) return archives.map(() => "unknown");
  // Without a library to look into, the newest backup of the same path stands in for it; or else, where nothing is in
  // place, the only library there is.
  const standIn = here[0]?.lineage ?? (library.isUnreadable ? null : onlyLineage(told));
  const lineage = library.lineage ?? standIn;
  const belongings = archives.map((archive) => belongingOf(archive, { path: library.path, lineage }));
  const hasKin = belongings.some(({ kin }) => kin === true);
  return belongings.map(({ samePath, kin }, index) => {
    if (kin !== null) return kin ? "this" : "other";
    const sample = archives[index]?.lineage ?? null;
    // The path counts only where no two samples should have told, or where the library has grown since its only backups.
    const pathCounts = sample === null || library.lineage === null ||
      (!hasKin && mayHaveGrown(sample, library.lineage));
    return samePath === true && pathCounts ? "this" : "unknown";
  });
}

/**
 * Whether libraries that may be strangers were backed up from one path by turns, as from containers that share a
 * directory: then the path tells nothing. One library whose files were all renamed has no backups with the old names
 * after that. One that is seen to be in the other is the same one while a disk was away, or before a scan was over.
 *
 * @param here archives of one path that have a sample, the newest first
 */
function takeTurns(here: readonly Origins[]): boolean {
  const [newest, ...older] = here.map(({ lineage }) => lineage ?? "");
  if (newest === undefined) return false;
  // Over the years a library changes more than from night to night.
  let last = newest;
  const change = older.findIndex((one) => {
    if (!isSameInTime(one, newest) && !isSameInTime(one, last)) return true;
    last = one;
    return false;
  });
  return change !== -1 && older.slice(change).some((one) => areKin(one, newest) === true);
}

/** Whether two samples show one library at two times: they are kin, or one is seen to be in the other. */
function isSameInTime(one: string, other: string): boolean {
  return areKin(one, other) === true || mayHaveGrown(one, other, 1);
}

/**
 * The newest lineage, if all others are of the same library: its kin, or from the same path and small enough for it to
 * have grown out of them. Null where there are several libraries, or none.
 */
function onlyLineage(told: readonly Origins[]): string | null {
  const [newest] = told;
  if (newest === undefined) return null;
  const isSameOne = ({ lineage, metadata }: Origins) =>
    areKin(lineage ?? "", newest.lineage ?? "") ??
      ((metadata?.library_path ?? null) !== null && metadata?.library_path === newest.metadata?.library_path);
  return told.every(isSameOne) ? newest.lineage : null;
}

/**
 * Whether backups that do not say which library they are of may be another one's, though nothing else tells: where what
 * is in place cannot be read. VPO puts its own into a directory beside its library, or through a link there onto another
 * disk.
 */
export function isSilenceInDoubt({ path, isUnreadable }: LibraryIdentity, directory: string): boolean {
  if (!isUnreadable || path === null) return false;
  try {
    return Deno.realPathSync(join(dirname(path), BACKUPS_NAME)) !== directory;
  } catch {
    return true;
  }
}
