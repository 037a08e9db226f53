import { join } from "node:path";
import type { Metadata } from "../../store/metadata.ts";
import { archiveTime, newestFirst } from "../../store/naming.ts";
import { type BackupEntry, isSilent, oursAmong, type StatusRequest } from "../protocol/mod.ts";
import { readArchivedDatabase } from "../unpack/archived_database.ts";
import type { Job } from "../worker/job.ts";
import { type LookedInto, lookInto } from "./look_into.ts";
import { belongingOf, identify, isFromFuture, isSilenceInDoubt, judgeOrigins, type LibraryIdentity } from "./origin.ts";
import { archiveNames, type FoundArchive, readHead, type Unusable, unusableBy } from "./read_archives.ts";

/** Where to search, and for which library's backups. */
export type Searched = Pick<StatusRequest, "directory" | "library" | "waitSeconds">;

/** A backup that was read to its end. */
export interface GoodBackup {
  readonly entry: BackupEntry;
  readonly metadata: Metadata;
  /** Whether its library is known to be sound: by its hash, or because it was unpacked and checked. */
  readonly isProven: boolean;
}

/** Archives that turn out to be of other libraries when they are unpacked, at most: then no other is looked into. */
const MAX_STRANGERS = 5;

/**
 * The search for the newest good backup of the library. Of thousands of archives it reads the heads of the newest ones,
 * by name, until one will do, and that one to its last byte.
 */
export class NewestSearch {
  readonly now: Date;
  good: GoodBackup | null = null;
  /** Why archives that were looked at cannot be used, by file name. */
  readonly unusable = new Map<string, Unusable>();
  count = 0;
  /** In bytes. */
  totalSize = 0;
  readonly #request: Searched;
  readonly #job: Job;
  readonly #heads: FoundArchive[] = [];
  #library: LibraryIdentity | null = null;
  #strangers = 0;

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
    this.totalSize = names.reduce((sum, name) => sum + sizeOf(join(directory, name)), 0);
    for (let at = 0; this.good === null && at < names.length;) {
      at = await this.#readHeads(names, at);
      await this.#choose();
    }
  }

  /** The newest archive that may be of the library. */
  get newest(): BackupEntry | null {
    const ours = this.#ours();
    return this.#heads.find((head) => head.fault !== null || ours.includes(head)) ?? null;
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
    this.#heads.sort(newestFirst);
    this.#judge();
    const ours = this.#ours();
    const credible = ours.filter((head) => !isFromFuture(head, this.now));
    for (const entry of credible.length > 0 ? credible : ours) {
      if (this.unusable.has(entry.filename)) continue;
      if (this.#strangers >= MAX_STRANGERS && !this.#isOurs(entry)) continue;
      this.#job.step("read archive", { archive: entry.filename });
      try {
        const metadata = await readArchivedDatabase(entry.path, this.#job);
        const isHashed = metadata.database_sha256 !== undefined;
        const found = isHashed ? null : await this.#lookInto(entry.path);
        const fault = found !== null && "fault" in found ? found : null;
        if (fault?.fault === "damaged") {
          this.unusable.set(entry.filename, fault);
          continue;
        }
        if (found !== null && "lineage" in found && !this.#staysOurs(entry, found.lineage)) {
          this.#strangers++;
          continue;
        }
        this.good = { entry, metadata, isProven: fault === null };
        return;
      } catch (error) {
        this.#job.throwIfCancelled();
        this.unusable.set(entry.filename, unusableBy(error));
      }
    }
  }

  /** Unpacks and checks the library of one of VPO's archives, where there is a place for that. */
  async #lookInto(path: string): Promise<LookedInto | Unusable> {
    if (this.#job.host.prepared.work === null) return { fault: "unreadable", why: "its library was not unpacked" };
    return await lookInto(path, this.#job);
  }

  /** Whether an archive still counts now that unpacking has shown a sample of its library. */
  #staysOurs(entry: FoundArchive, lineage: string | null): boolean {
    const at = this.#heads.findIndex(({ filename }) => filename === entry.filename);
    this.#heads[at] = { ...entry, lineage };
    this.#judge();
    return this.#isOurs(entry);
  }

  #judge(): void {
    const origins = judgeOrigins(this.#heads, this.#identify());
    this.#heads.forEach((head, index) => this.#heads[index] = { ...head, origin: origins[index] ?? "unknown" });
  }

  #isOurs(entry: BackupEntry): boolean {
    return this.#ours().some(({ filename }) => filename === entry.filename);
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

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    // Then reading it says why.
    return 0;
  }
}
