import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type LibraryFacts, NotALibrary, readFacts } from "../../library/content/library_facts.ts";
import { readState } from "../../library/content/fingerprint.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { areOnOneFileSystem } from "../../store/identity.ts";
import type { Metadata } from "../../store/metadata.ts";
import { archiveTime, newestFirst } from "../../store/naming.ts";
import { ARCHIVE_SHARE, freeBytes, SPACE_MARGIN_BYTES } from "../../store/space.ts";
import { belongingOf, identify, isFromFuture, isSilenceInDoubt, judgeOrigins, type LibraryIdentity } from "./origin.ts";
import { archiveNames, type FoundArchive, readHead, reasonOf, type Unusable, unusableBy } from "./read_archives.ts";
import { readArchivedDatabase } from "../unpack/archived_database.ts";
import { type CopySearch, type NewestInPlace, readCopies } from "../copies/copy_condition.ts";
import { ageIn, judge, judgeCopies } from "./health.ts";
import { lookInto } from "./look_into.ts";
import { lastLookAt } from "./looks.ts";
import type { Job } from "../worker/job.ts";
import { limitLook, sizeWithLog } from "../worker/deadlines.ts";
import {
  type BackupEntry,
  type CopyCondition,
  isSilent,
  type LibraryCondition,
  type NewestBackup,
  oursAmong,
  type Status,
  type StatusRequest,
} from "../protocol/mod.ts";

/** Examines the newest backup, the library and the disk, and tells whether the library is safely backed up. */
export async function readStatus(request: StatusRequest, job: Job): Promise<Status> {
  const search = new Search(request, job, new Date());
  if (request.directoryFound) await search.run();
  const copies = await readCopies(copySearch(request, job), request.copies, job);
  return describe(request, search, copies, job);
}

/** Where to search, and for which library's backups. */
type Searched = Pick<StatusRequest, "directory" | "library" | "waitSeconds">;

/** The search for the newest copy of a library's backups in another place. */
export function copySearch(request: Searched & Pick<StatusRequest, "directoryFound">, job: Job): CopySearch {
  const { library, waitSeconds } = request;
  const find = async (directory: string): Promise<NewestInPlace> => {
    const search = new Search({ directory, library, waitSeconds }, job, new Date());
    await search.run();
    const { good, newest } = search;
    const unusable = newest === null ? undefined : search.unusable.get(newest.filename);
    const fault = unusable && `the newest archive, ${newest?.filename}, cannot be used: ${unusable.why}`;
    return { good: good?.entry ?? null, fault: fault ?? null };
  };
  return { directory: request.directory, directoryFound: request.directoryFound, library, find };
}

interface GoodBackup {
  readonly entry: BackupEntry;
  readonly metadata: Metadata;
  /** Whether its library is known to be sound: by its hash, or because it was unpacked and checked. */
  readonly isProven: boolean;
}

/**
 * The search for the newest good backup of the library. Of thousands of archives it reads the heads of the newest ones,
 * by name, until one will do, and that one to its last byte.
 */
class Search {
  readonly now: Date;
  good: GoodBackup | null = null;
  /** Why archives that were looked at cannot be used, by file name. */
  readonly unusable = new Map<string, Unusable>();
  /** The newest archive that may be of the library. */
  newest: BackupEntry | null = null;
  count = 0;
  /** In bytes. */
  totalSize = 0;
  readonly #request: Searched;
  readonly #job: Job;
  readonly #heads: FoundArchive[] = [];
  #library: LibraryIdentity | null = null;

  constructor(request: Searched, job: Job, now: Date) {
    this.#request = request;
    this.#job = job;
    this.now = now;
  }

  async run(): Promise<void> {
    const { directory } = this.#request;
    this.#job.step("list", { directory });
    const names = archiveNames(directory);
    this.count = names.length;
    this.totalSize = names.reduce((sum, name) => sum + (sizeOf(join(directory, name)) ?? 0), 0);
    for (let at = 0; this.good === null && at < names.length;) {
      at = await this.#readHeads(names, at);
      await this.#choose();
    }
  }

  /** Whether there are usable archives, but none that is certain to be of this library. */
  get hasOthersOnly(): boolean {
    return this.good === null && this.#heads.some(({ fault }) => fault === null) && this.#ours().length === 0;
  }

  /** Whether there are backups from the future, which may not really be the newest. */
  get hasFuture(): boolean {
    return this.#ours().some((head) => isFromFuture(head, this.now));
  }

  /**
   * Reads on until an archive may be the one. If an archive was renamed, names prove nothing, and all are read; so they
   * are if a newer one is silent, which counts only if none is of another library.
   */
  async #readHeads(names: readonly string[], from: number): Promise<number> {
    for (let at = from; at < names.length; at++) {
      const name = names[at] ?? "";
      this.#job.throwIfCancelled();
      const head = await readHead(this.#request.directory, name, this.#job);
      if (head === null) continue;
      this.#heads.push(head);
      const { fault, error: why } = head;
      if (fault !== null) this.unusable.set(name, { fault, why: why ?? "" });
      const isNamedAfterIt = archiveTime(name)?.getTime() === Date.parse(head.createdAt);
      const isCredible = fault === null && isNamedAfterIt && !isFromFuture(head, this.now);
      if (isCredible && this.#isSurely(head) && !this.#heads.some(isSilent)) return at + 1;
    }
    return names.length;
  }

  #isSurely(head: FoundArchive): boolean {
    const library = this.#identify();
    const { samePath, kin } = belongingOf(head, library);
    // Without a library to compare with it depends on what else there is.
    return kin === true || (samePath === true && head.lineage === null && library.lineage !== null);
  }

  /** Finds the newest good backup among those whose heads were read. */
  async #choose(): Promise<void> {
    const heads = this.#heads.sort(newestFirst);
    const origins = judgeOrigins(heads, this.#identify());
    heads.forEach((head, index) => heads[index] = { ...head, origin: origins[index] ?? "unknown" });
    const ours = this.#ours();
    this.newest = heads.find((head) => head.fault !== null || ours.includes(head)) ?? null;
    const credible = ours.filter((head) => !isFromFuture(head, this.now));
    for (const entry of credible.length > 0 ? credible : ours) {
      if (this.unusable.has(entry.filename)) continue;
      this.#job.step("read archive", { archive: entry.filename });
      try {
        const metadata = await readArchivedDatabase(entry.path, this.#job);
        const isHashed = metadata.database_sha256 !== undefined;
        const found = isHashed ? null : await this.#lookInto(entry.path);
        if (found?.fault === "damaged") {
          this.unusable.set(entry.filename, found);
          continue;
        }
        this.good = { entry, metadata, isProven: found === null };
        return;
      } catch (error) {
        this.#job.throwIfCancelled();
        this.unusable.set(entry.filename, unusableBy(error));
      }
    }
  }

  /** Unpacks and checks the library of one of VPO's archives, where there is a place for that; null if it is sound. */
  async #lookInto(path: string): Promise<Unusable | null> {
    if (this.#job.host.prepared.work === null) return { fault: "unreadable", why: "its library was not unpacked" };
    const found = await lookInto(path, this.#job);
    return "fault" in found ? found : null;
  }

  /** The usable backups of the library; where nothing tells which one that is, those of any. */
  #ours(): FoundArchive[] {
    const usable = this.#heads.filter(({ fault }) => fault === null);
    const { directory, library } = this.#request;
    return library === null ? usable : oursAmong(usable, isSilenceInDoubt(this.#identify(), directory));
  }

  #identify(): LibraryIdentity {
    return this.#library ??= identify(this.#request.library, this.#request.waitSeconds, this.#job);
  }
}

function describe(request: StatusRequest, search: Search, copies: readonly CopyCondition[], job: Job): Status {
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
