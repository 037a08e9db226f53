import type { DatabaseSync } from "node:sqlite";
import { type LibraryFacts, NotALibrary, readFacts } from "../../library/content/library_facts.ts";
import { readState } from "../../library/content/fingerprint.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { areOnOneFileSystem } from "../../store/identity.ts";
import type { Metadata } from "../../store/metadata.ts";
import { ARCHIVE_SHARE, freeBytes, SPACE_MARGIN_BYTES } from "../../store/space.ts";
import { reasonOf } from "./read_archives.ts";
import { type CopySearch, type NewestInPlace, readCopies } from "../copies/copy_condition.ts";
import { ageIn, judge, judgeCopies } from "./health.ts";
import { lastLookAt } from "./looks.ts";
import { type GoodBackup, NewestSearch, type Searched } from "./newest_search.ts";
import type { Job } from "../worker/job.ts";
import { limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { CopyCondition, LibraryCondition, NewestBackup, Status, StatusRequest } from "../protocol/mod.ts";

/** Examines the newest backup, the library and the disk, and tells whether the library is safely backed up. */
export async function readStatus(request: StatusRequest, job: Job): Promise<Status> {
  const search = new NewestSearch(request, job, new Date());
  if (request.directoryFound) await search.run();
  const copies = await readCopies(copySearch(request, job), request.copies, job);
  return describe(request, search, copies, job);
}

/** The search for the newest copy of a library's backups in another place. */
export function copySearch(request: Searched & Pick<StatusRequest, "directoryFound">, job: Job): CopySearch {
  const { library, waitSeconds } = request;
  const find = async (directory: string): Promise<NewestInPlace> => {
    const search = new NewestSearch({ directory, library, waitSeconds }, job, new Date());
    await search.run();
    const { good, newest } = search;
    const unusable = newest === null ? undefined : search.unusable.get(newest.filename);
    const fault = unusable && `the newest archive, ${newest?.filename}, cannot be used: ${unusable.why}`;
    return { good: good?.entry ?? null, fault: fault ?? null };
  };
  return { directory: request.directory, directoryFound: request.directoryFound, library, find };
}

function describe(request: StatusRequest, search: NewestSearch, copies: readonly CopyCondition[], job: Job): Status {
  const { directory, directoryFound, maxAgeSeconds } = request;
  const { good, now, newest } = search;
  const newestFault = newest === null ? null : search.unusable.get(newest.filename) ?? null;
  const current = good === null ? null : newestBackup(directory, good, now);
  const free = directoryFound ? freeBytes(directory) : null;
  const needed = neededBytes(good, request.library);
  const library = readCondition(request, good?.metadata ?? null, job);
  const concerns = judge(
    {
      directoryFound,
      count: search.count,
      hasOthersOnly: search.hasOthersOnly,
      newestFault: newestFault?.fault ?? null,
      newestGood: current?.unchangedAt ?? current?.createdAt ?? null,
      hasFuture: search.hasFuture,
      free,
      needed,
      libraryFiles: library.fileCount,
    },
    now,
    maxAgeSeconds,
  ).concat(judgeCopies(copies));
  const faults = [...search.unusable.values()].map(({ fault }) => fault);
  return {
    kind: "status",
    concerns,
    directory,
    checkedAt: now.toISOString(),
    maxAgeSeconds,
    newest: current,
    newestFault: newestFault === null ? null : { filename: newest?.filename ?? "", ...newestFault },
    count: search.count,
    damagedCount: faults.filter((fault) => fault === "damaged").length,
    unreadableCount: faults.filter((fault) => fault === "unreadable").length,
    totalSize: search.totalSize,
    free,
    needed,
    onLibraryDisk: directoryFound && library.state === "found" && request.library !== null
      ? areOnOneFileSystem(request.library, directory)
      : null,
    library,
    copies,
    copyMaxAgeSeconds: request.copies.maxAgeSeconds,
  };
}

function newestBackup(directory: string, { entry, metadata, isProven }: GoodBackup, now: Date): NewestBackup {
  return {
    filename: entry.filename,
    path: entry.path,
    createdAt: entry.createdAt,
    ageSeconds: ageIn(entry.createdAt, now),
    unchangedAt: lastLookAt(directory, entry.filename, metadata, now),
    archiveSize: entry.archiveSize,
    databaseSize: metadata.database_size_bytes,
    fileCount: metadata.file_count,
    schemaVersion: metadata.schema_version,
    isProven,
  };
}

/** Space for two more archives, and for the copy that the second is made from. */
function neededBytes(good: GoodBackup | null, library: string | null): number | null {
  if (good !== null) {
    return 2 * good.entry.archiveSize + good.metadata.database_size_bytes + SPACE_MARGIN_BYTES;
  }
  const size = library === null ? null : sizeOf(library);
  return size === null ? null : Math.round(2 * ARCHIVE_SHARE.max * size) + size + SPACE_MARGIN_BYTES;
}

function sizeOf(path: string): number | null {
  try {
    return Deno.statSync(path).size;
  } catch {
    // Then reading it says why.
    return null;
  }
}

/** What can be told of the library; that it is missing or unreadable says nothing against the backups. */
function readCondition(request: StatusRequest, metadata: Metadata | null, job: Job): LibraryCondition {
  const { library: path, waitSeconds } = request;
  const nothing = { path, isSeenToDiffer: null, fileCount: null, error: null };
  if (path === null) return { ...nothing, state: "out_of_reach" };
  job.step("look at library", { library: path });
  try {
    // Opening a pipe would wait for its other end.
    if (!Deno.statSync(path).isFile) return { ...nothing, state: "unreadable", error: "it is not a regular file" };
    const looking = job.about({ action: "Cannot look at the library", library: path });
    using _limit = limitLook(looking, sizeWithLog(path), { waitSeconds });
    using snapshot = Snapshot.pin(path, waitSeconds);
    return snapshot.read((database) => {
      const facts = readFacts(database);
      const isSeenToDiffer = metadata === null ? null : seemsToDiffer(database, facts, metadata);
      return { ...nothing, state: "found", isSeenToDiffer, fileCount: facts.fileCount };
    });
  } catch (error) {
    job.throwIfCancelled();
    if (error instanceof Deno.errors.NotFound) return { ...nothing, state: "missing" };
    if (error instanceof Deno.errors.NotCapable) return { ...nothing, state: "out_of_reach" };
    const why = error instanceof NotALibrary ? `it is not a VPO library: ${error.message}` : reasonOf(error);
    return { ...nothing, state: "unreadable", error: why };
  }
}

/**
 * Whether a library differs from the one that an archive's metadata describe in the number of its rows, or in its newest
 * scan; null where the metadata do not say them.
 */
function seemsToDiffer(database: DatabaseSync, facts: LibraryFacts, metadata: Metadata): boolean | null {
  const isSameSize = facts.fileCount === metadata.file_count && facts.schemaVersion === metadata.schema_version &&
    facts.mediaSize === metadata.total_library_size_bytes;
  if (!isSameSize) return true;
  // VPO's own archives have no fingerprint: they may differ in what is not counted.
  if (metadata.contents_fingerprint === undefined) return null;
  return readState(database).fingerprint !== metadata.contents_fingerprint;
}
