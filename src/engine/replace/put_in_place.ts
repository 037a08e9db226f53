import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { type Hold, holdLibrary, SIDE_FILES } from "../../library/lock.ts";
import { queryValue } from "../../library/sqlite.ts";
import { identityOf, lstatIfPresent } from "../../store/identity.ts";
import { pathExists, removeIfPresent, syncDirectory } from "../../store/publish.ts";
import { limitLock } from "../worker/deadlines.ts";
import type { Job } from "../worker/job.ts";
import { explainLate, LateOpeners, stampOf } from "./late_openers.ts";
import type { Owners } from "./owners.ts";
import { carryOwnership, returnOwnership } from "./ownership.ts";
import { isUsable } from "./preview.ts";
import { isThereNow, publishWhereNothingIs, replaceByRename } from "./rename_library.ts";
import { afterwards } from "./result_check.ts";
import {
  freePath,
  hasLogs,
  isEmpty,
  LOGS,
  removeSecondNames,
  setAside,
  setSideFilesAside,
  takeBack,
  takeLogsBack,
} from "./set_aside.ts";

/** What is to replace the library. */
export interface Candidate {
  /** Path of the library. */
  readonly library: string;
  /**
   * Path of the database that becomes the library: on the same file system, not open, its content on the disk. It loses
   * this name.
   */
  readonly candidate: string;
  /** Free path in the work directory, for a copy of the library where it needs one. */
  readonly spare: string;
  readonly waitSeconds: number;
  /** The time in the name of the library that is set aside. */
  readonly time: Date;
  /** Throws where the candidate is no longer what is to replace the library, once nobody else can change that. */
  requireStill(): void;
  /** What the candidate was when it was checked. */
  readonly owners: Owners;
}

/** What is kept of what stood at the library's path. */
export interface Kept {
  /** The old library; null where there was none. */
  readonly previous: string | null;
  /** Whether VPO could use it; false where there was none. */
  readonly wasUsable: boolean;
  /** Logs that were at its path beside no library or an empty one. */
  readonly logs: readonly string[];
}

/**
 * Puts a checked database in the place of the library.
 *
 * At every instant the library's path holds the whole old library or the whole new one. The old library's write-ahead
 * log is merged into it before it gets its second name, and is gone before the new library gets its name: a log of the
 * old library beside the new one would be applied to it (SQLite, "How To Corrupt An SQLite Database File", section
 * 1.4).
 *
 * @param check looks at the new library. Until it has, nobody can open the old one: a connection waiting for that would
 * find by name the log that the check makes for a moment
 */
export async function putInPlace(plan: Candidate, job: Job, check: (previous: string | null) => void): Promise<Kept> {
  const { library, candidate } = plan;
  const placing = new Placing(plan, job);
  using _hold = placing;
  try {
    placing.take();
    plan.requireStill();
    plan.owners.requireSame();
    job.host.beginCommit();
    await placing.keepOld();
    placing.rename();
  } catch (error) {
    placing.takeBack();
    throw explainLate(error, library);
  }
  const { previous, wasUsable, logs } = placing;
  const inPlace = { library, previous };
  const strange = "somebody has put something else in its place";
  afterwards(inPlace, strange, () => plan.owners.requireInPlace(library));
  afterwards(inPlace, "its earlier name is still there", () => removeIfPresent(candidate));
  afterwards(inPlace, "a log of the old one is still beside it", () => placing.setLateLogsAside());
  afterwards(inPlace, "that may not survive a power cut", () => syncDirectory(dirname(library)));
  check(previous);
  return { previous, wasUsable, logs };
}

/** The steps of one replacement, and how to undo them. */
class Placing implements Kept, Disposable {
  previous: string | null = null;
  wasUsable = false;
  readonly #plan: Candidate;
  readonly #job: Job;
  readonly #directory: string;
  readonly #lateOpeners: LateOpeners;
  /** Where the library is set aside; empty until it is taken. */
  #asidePath = "";
  /** Where logs without a library are set aside, as if that were one of a library; null where there were none. */
  #logsPath: string | null = null;
  #hold: Hold = { state: "absent" };
  #identity: string | null = null;
  /** What the library was just before it got its second name: nobody writes to it from then on. */
  #stamp: string | null = null;
  #candidateBefore: Deno.FileInfo | null = null;

  constructor(plan: Candidate, job: Job) {
    this.#plan = plan;
    this.#job = job;
    this.#directory = dirname(plan.library);
    this.#lateOpeners = new LateOpeners(plan.library);
  }

  get logs(): readonly string[] {
    const path = this.#logsPath;
    return path === null ? [] : LOGS.map((suffix) => path + suffix).filter((log) => pathExists(log));
  }

  /** Takes the library for this process alone. */
  take(): void {
    const { library, waitSeconds, time } = this.#plan;
    const before = identityOf(library);
    this.#hold = takeLibrary(library, waitSeconds, this.#job, () => this.#keepOrphanedLogs());
    this.#identity = identityOf(library);
    if (before !== this.#identity) this.#requireHeld();
    // What somebody has filled meanwhile must not be kept beside logs that were beside nothing, as if they were its own.
    if (this.#logsPath === null || !isEmpty(library)) this.#asidePath = freePath(library, time);
    this.#job.step("replace library", { library, previous: this.#hold.state });
    this.wasUsable = isUsable(this.#hold, library, this.#job);
  }

  /** Gives the old library its second name, and clears its path of all that SQLite would find beside the new one. */
  async keepOld(): Promise<void> {
    const { library, candidate, spare, owners } = this.#plan;
    const hold = this.#hold;
    this.#candidateBefore = Deno.statSync(candidate);
    carryOwnership(library, this.#directory, candidate, owners, this.#job);
    if (hold.state === "held") hold.library.leaveWal();
    if (hold.state !== "absent") {
      const held = hold.state === "held" ? hold.library : null;
      this.#stamp = stampOf(library);
      this.previous = await setAside(library, held, this.#asidePath, spare);
      this.#requireStillThere();
    }
    if (hold.state === "unusable" && this.previous !== null) setSideFilesAside(library, this.previous, spare);
    if (hold.state !== "absent") this.#lateOpeners.letIn(() => this[Symbol.dispose]());
    removeSecondNames(library, this.previous);
    this.#lateOpeners.setLogsAside(this.previous);
    for (const suffix of SIDE_FILES) this.#removeSideFile(suffix);
    syncDirectory(this.#directory);
  }

  /** The moment of the replacement. */
  rename(): void {
    const { library, candidate } = this.#plan;
    this.#plan.owners.requireSame();
    if (this.#hold.state === "absent") return publishWhereNothingIs(candidate, library);
    this.#lateOpeners.requireUnchanged(this.previous);
    this.#requireStillThere();
    replaceByRename(candidate, library);
  }

  /** Even after the rename, no log of another connection may stay beside the new library. */
  setLateLogsAside(): void {
    this.#lateOpeners.setLogsAside(this.previous, "after the rename");
  }

  /**
   * Restores everything to what it was before {@link take}; the error that made this necessary is the one that the user
   * sees.
   */
  takeBack(): void {
    const { library, candidate, owners } = this.#plan;
    const [hold, before, { previous }] = [this.#hold, this.#candidateBefore, this];
    // A library that somebody else has put there since has nothing to do with the old one and its logs.
    const isStill = this.#isStillThere();
    const steps = [
      () => isStill && hold.state === "held" && hold.library.returnToWal(),
      () => this[Symbol.dispose](),
      () => isStill && previous !== null && takeBack(library, previous),
      () => isStill || removeSecondNames(library, null),
      () => this.#takeLogsBack(),
      () => {
        owners.requireSame();
        if (before !== null) returnOwnership(candidate, before, owners);
      },
    ];
    for (const step of steps) afterFailure(step);
  }

  /** Lets others use the old library. */
  [Symbol.dispose](): void {
    if (this.#hold.state !== "absent") this.#hold.library?.[Symbol.dispose]();
  }

  /**
   * Logs beside no library may belong to one that was moved, and hold the last of what was committed to it. SQLite
   * would delete those that it finds beside an empty library.
   */
  #keepOrphanedLogs(): void {
    const { library, spare, time } = this.#plan;
    if (!isEmpty(library) || !hasLogs(library)) return;
    this.#logsPath ??= this.#asidePath = freePath(library, time);
    try {
      setSideFilesAside(library, this.#asidePath, spare);
    } catch (error) {
      throw this.#job.explain(error);
    }
  }

  #removeSideFile(suffix: string): void {
    this.#requireStillThere();
    removeIfPresent(this.#plan.library + suffix);
  }

  /**
   * Somebody may put another library there meanwhile, as VPO does where there is none: that, and its log, are not ours
   * to replace or remove.
   */
  #requireStillThere(): void {
    const { library } = this.#plan;
    if (pathExists(library) && (this.#hold.state === "absent" || !this.#isStillThere())) throw isThereNow(library);
  }

  /**
   * Whether the library that was taken is still the one at its path. Not all file systems tell files apart: there it is
   * known by its size and time, because a copy that SQLite has made of it differs from it in its header. The same goes
   * for a file that is not open here: when it has been removed, the next one may get its inode.
   */
  #isStillThere(): boolean {
    const { library } = this.#plan;
    const isOpen = this.#hold.state !== "absent" && this.#hold.library !== null;
    const identity = identityOf(library);
    if (isOpen && identity !== null && identity === this.#identity) return true;
    return this.#stamp === null || stampOf(library) === this.#stamp;
  }

  /**
   * While its log is merged into it, which can take minutes, the library may be moved and another one made. Where files
   * cannot be told apart, it is known by its size then.
   */
  #requireHeld(): void {
    const { library } = this.#plan;
    if (this.#hold.state !== "held" || !pathExists(library)) return;
    const size = this.#hold.library.read((database) =>
      queryValue(database, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    );
    if (lstatIfPresent(library)?.size !== size) throw isThereNow(library);
  }

  #takeLogsBack(): void {
    const path = this.#logsPath;
    if (path === null || takeLogsBack(this.#plan.library, path)) return;
    for (const log of this.logs) this.#job.warn(`a log that was beside no library is kept as "${log}"`);
  }
}

function takeLibrary(library: string, waitSeconds: number, job: Job, nearing: () => void): Hold {
  job.step("lock library", { library, wait_seconds: waitSeconds });
  using _limit = limitLock(job.about({ action: "Cannot replace the library", library }), waitSeconds);
  try {
    return holdLibrary(library, waitSeconds, () => job.step("library locked"), nearing);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.PermissionDenied)) throw cause;
    const message = `Cannot replace the library: "${library}" may not be written to by this user`;
    throw new BackupError("operation_failed", message, "Run this as a user who may, or change its mode.", { cause });
  }
}

function afterFailure(act: () => unknown): void {
  try {
    act();
  } catch {
    // Nothing is lost: the next run finds what is left.
  }
}
