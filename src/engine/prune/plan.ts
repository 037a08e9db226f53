import { join } from "node:path";
import { BackupError } from "../../errors.ts";
import { ADVICE } from "../../program.ts";
import { newestFirst } from "../../store/naming.ts";
import { lookInto } from "../inspect/look_into.ts";
import { belongingOf, identify, isFromFuture, type LibraryIdentity } from "../inspect/origin.ts";
import { readArchives } from "../inspect/read_archives.ts";
import type { Job } from "../worker/job.ts";
import type { DoubtfulFile, PlannedFile, PlanPruneRequest, PrunePlan } from "../protocol/mod.ts";
import {
  type Candidate,
  groupByLibrary,
  isOther,
  isSure,
  mayBeOurs,
  planFile,
  strangersIn,
  whyNotSure,
} from "./candidates.ts";
import { type Fault, whyNotYet, whyUnreliable } from "./restorable.ts";
import { decide, leapsAhead } from "./retention.ts";

/** Plans which files of a directory are to be deleted; deletes nothing. */
export async function planPrune(request: PlanPruneRequest, job: Job): Promise<PrunePlan> {
  return await new Planner(request, job).plan();
}

class Planner {
  readonly #request: PlanPruneRequest;
  readonly #job: Job;
  readonly #now = new Date();
  readonly #candidates: Candidate[] = [];
  /** Names of the archives whose library was unpacked and found sound. */
  readonly #checked = new Set<string>();
  readonly #faulty: (Fault & { readonly file: PlannedFile })[] = [];
  readonly #kept: PrunePlan["kept"][number][] = [];
  readonly #removed: PrunePlan["removed"][number][] = [];
  readonly #newest: PlannedFile[] = [];
  readonly #leftAlone: PrunePlan["leftAlone"][number][] = [];
  readonly #doubtful: DoubtfulFile[] = [];

  constructor(request: PlanPruneRequest, job: Job) {
    this.#request = request;
    this.#job = job;
  }

  async plan(): Promise<PrunePlan> {
    const { directory, allLibraries } = this.#request;
    await this.#sort();
    if (this.#candidates.length === 0 && this.#faulty.length > 0) throw noneSound(this.#job.action);
    if (allLibraries) {
      for (const group of groupByLibrary(this.#candidates)) await this.#apply(group, false);
    } else {
      const group = this.#candidates.filter((candidate) => isSure(candidate) || this.#isIncluded(candidate));
      const others = this.#candidates.filter((candidate) => !group.includes(candidate));
      this.#leaveOthers(others);
      await this.#apply(group, true);
    }
    await this.#judgeFaulty();
    return {
      kind: "prune planned",
      directory,
      kept: this.#kept.sort(newestFirst),
      removed: this.#removed.sort(newestFirst),
      newest: this.#newest,
      leftAlone: this.#leftAlone,
      doubtful: this.#doubtful,
    };
  }

  /**
   * Sorts what there is: archives that rules may be applied to, archives that cannot be used, and files that are no
   * backups.
   */
  async #sort(): Promise<void> {
    const { directory, library: path, waitSeconds, unpack } = this.#request;
    const archives = await readArchives(directory, this.#job);
    const library = identify(path, waitSeconds, this.#job);
    const isStrangers = strangersIn(directory, path);
    for (const archive of archives) {
      const file = planFile(archive, isStrangers);
      if (file === null) continue;
      const { filename, fault, error, lineage, metadata } = archive;
      if (typeof file === "string") this.#leftAlone.push({ filename, why: file });
      else if (fault !== null) this.#faulty.push({ file, fault, why: error ?? "", foundBy: "reading" });
      else {
        const libraryPath = metadata?.library_path ?? null;
        const belonging = belongingOf(archive, library);
        const candidate = { file, path: archive.path, libraryPath, lineage, belonging };
        if (lineage !== null || !unpack || this.#isIncluded(candidate)) this.#candidates.push(candidate);
        else await this.#lookInto(candidate, library);
      }
    }
  }

  /** Looks into the library of an archive whose metadata do not say whose it is. */
  async #lookInto(candidate: Candidate, library: LibraryIdentity): Promise<void> {
    const found = await lookInto(candidate.path, this.#job);
    if ("fault" in found && found.fault === "damaged") {
      this.#faulty.push({ ...found, foundBy: "unpacking", file: candidate.file });
      return;
    }
    if ("fault" in found) {
      this.#candidates.push(candidate);
      return;
    }
    this.#checked.add(candidate.file.filename);
    const { lineage } = found;
    const { kin } = belongingOf({ lineage, metadata: null }, library);
    this.#candidates.push({ ...candidate, lineage, belonging: { ...candidate.belonging, kin } });
  }

  #isIncluded({ file }: Candidate): boolean {
    const { included, made } = this.#request;
    if (file.filename === made) return true;
    return included.some(({ filename, content }) => filename === file.filename && content === file.content);
  }

  #leaveOthers(others: readonly Candidate[]): void {
    for (const candidate of others) {
      const { filename } = candidate.file;
      const why = whyNotSure(candidate);
      this.#leftAlone.push({ filename, why });
      if (mayBeOurs(candidate)) this.#doubtful.push({ ...candidate.file, why });
    }
    const replaced = others.filter((candidate) => isOther(candidate) && candidate.belonging.samePath === true).length;
    if (replaced > 0) {
      this.#warn(
        `${count(replaced)} of another library at the same path, or with files that were all moved or renamed since`,
      );
    }
  }

  /** Applies the rules to the backups of one library. */
  async #apply(group: readonly Candidate[], isOnly: boolean): Promise<void> {
    const credible = await this.#requireGoodNewest(this.#withoutFuture(group, isOnly), isOnly);
    const files = credible.map(({ file }) => file);
    const [newest] = files;
    if (newest === undefined) return;
    this.#newest.push(newest);
    const { rules, unattended, force, made } = this.#request;
    if (!force && leapsAhead(files)) {
      const what = `"${newest.filename}" is far later than the backup before it: the clock may be wrong`;
      this.#job.warn(unattended ? `${what}, so nothing is removed` : what);
      if (unattended) return void this.#kept.push(...files.map((file) => ({ ...file, reasons: ["gap"] as const })));
    }
    decide(files, rules).forEach((fate, index) => {
      const file = files[index];
      if (file === undefined) return;
      if (fate.keep) this.#kept.push({ ...file, reasons: fate.reasons });
      else if (file.filename === made) this.#kept.push({ ...file, reasons: ["newest"] });
      else this.#removed.push({ ...file, reason: fate.reason });
    });
  }

  /** The backups that are not from the future. Where all of them are, the clock is wrong. */
  #withoutFuture(group: readonly Candidate[], isOnly: boolean): readonly Candidate[] {
    const future = group.filter(({ file }) => isFromFuture(file, this.#now));
    if (future.length === 0) return group;
    if (future.length === group.length) {
      if (this.#request.force) return group;
      if (isOnly) throw clockIsWrong(this.#job.action);
    }
    for (const { file: { filename } } of future) {
      this.#leftAlone.push({ filename, why: "it is dated in the future" });
    }
    this.#warn(`${count(future.length)} dated in the future`);
    return group.filter((candidate) => !future.includes(candidate));
  }

  /**
   * Finds the newest backup that can be restored; newer ones count as damaged.
   *
   * @returns it and all that are older
   * @throws {BackupError} `invalid_archive` where there is none: then every archive may be all there is
   */
  async #requireGoodNewest(group: readonly Candidate[], isOnly: boolean): Promise<readonly Candidate[]> {
    for (const [index, candidate] of group.entries()) {
      const isChecked = this.#checked.has(candidate.file.filename);
      const unusable = await whyUnreliable(candidate, isChecked, this.#request.unpack, this.#job);
      if (unusable === null) return group.slice(index);
      this.#faulty.push({ ...unusable, file: candidate.file });
    }
    if (isOnly && group.length > 0) throw noneSound(this.#job.action);
    return [];
  }

  /** Damaged archives go if that is wanted, a good one exists, and they cannot be of another library. */
  async #judgeFaulty(): Promise<void> {
    const { directory, damaged, allLibraries } = this.#request;
    const mayBeOfOthers = !allLibraries && this.#candidates.some((one) => !isSure(one) && !this.#isIncluded(one));
    for (const { file, fault, why, foundBy } of this.#faulty.sort((a, b) => newestFirst(a.file, b.file))) {
      const { filename } = file;
      const reprieve = !damaged || fault !== "damaged" || this.#newest.length === 0
        ? why
        : mayBeOfOthers
        ? `nothing tells which library it is of: ${why}`
        : this.#checked.has(filename)
        ? `it was sound a moment ago: ${why}`
        : await whyNotYet(join(directory, filename), foundBy, this.#now, this.#job);
      if (reprieve === null) this.#removed.push({ ...file, reason: "damaged" });
      else this.#leftAlone.push({ filename, why: reprieve });
    }
  }

  #warn(what: string): void {
    this.#job.warn(`left alone: ${what}`);
  }
}

function noneSound(action: string): BackupError {
  return new BackupError(
    "invalid_archive",
    `${action}: none of the backups is sound, so none is removed`,
    ADVICE.makeNew,
  );
}

function clockIsWrong(action: string): BackupError {
  return new BackupError(
    "general",
    `${action}: all of them are dated in the future, so the clock is wrong`,
    ADVICE.pruneAnyway,
  );
}

function count(backups: number): string {
  return backups === 1 ? "1 backup" : `${backups} backups`;
}
