import { BackupError } from "../../errors.ts";
import {
  findLeftovers,
  findOutputLeftovers,
  removeLeftovers,
  removeOutputLeftovers,
  surelyDead,
} from "../../store/leftovers.ts";
import { removeIfPresent } from "../../store/publish.ts";
import { findIncomplete, removeIncomplete } from "../../store/settings/incomplete_settings.ts";
import { currentUser } from "../../store/user.ts";
import { lockIn, outputFile, type WorkDirectory } from "../../store/work_directory.ts";
import type { EngineEvent, Leftover, Prepared } from "../protocol/mod.ts";
import { requireTrust, tryWriting } from "../settings/try_places.ts";
import { explainSystem } from "./explain_system.ts";
import { type LibraryUse, lookAtLibraryFile, requireFresh } from "./library_file.ts";
import { type MadeWorkDirectory, makeWorkDirectory, type WorkNeeds } from "./work_place.ts";

/** What the main thread makes and examines for a request before the engine starts. */
export interface PreparationNeeds {
  readonly work: WorkNeeds;
  /** Directories in which the run writes an output file before it has its name. */
  readonly outputs: readonly string[];
  /** Directories in which settings are replaced, which nobody else may be able to swap. */
  readonly settings?: readonly string[];
  /** A library whose file is examined, and what for; null for none. */
  readonly library: LibraryUse | null;
  /** Whether leftovers of killed runs stay. */
  readonly isLook: boolean;
  /** Whether a missing work directory is only reported, and no error. */
  readonly isOptional: boolean;
}

/** What was made for a run, until it is disposed of. */
export class Preparation implements AsyncDisposable {
  readonly prepared: Prepared;
  readonly #work: WorkDirectory | null;
  readonly #files: readonly string[];
  readonly #report: (event: EngineEvent) => void;

  private constructor(
    prepared: Prepared,
    work: WorkDirectory | null,
    files: readonly string[],
    report: (event: EngineEvent) => void,
  ) {
    this.prepared = prepared;
    this.#work = work;
    this.#files = files;
    this.#report = report;
  }

  /**
   * @param earlier what was removed for earlier requests of the same process; what is removed now is added
   * @throws {BackupError}
   */
  static async prepare(
    needs: PreparationNeeds | null,
    report: (event: EngineEvent) => void,
    earlier: Leftover[],
  ): Promise<Preparation> {
    if (needs === null) {
      return new Preparation({ work: null, refusal: null, leftovers: [], library: "plain" }, null, [], report);
    }
    const made = await tryMaking(needs);
    if (made instanceof BackupError) {
      const library = lookAtLibraryFile(needs.library, null);
      return new Preparation({ work: null, refusal: made.toWire(), leftovers: [], library }, null, [], report);
    }
    const { work } = made;
    try {
      const leftovers = find(needs, made, report, earlier);
      tellPlace(made, report);
      const library = lookAtLibraryFile(needs.library, work);
      requireFresh(needs.library, library, needs.work.action);
      const files = [
        ...needs.outputs.map((directory) => outputFile(directory, work.path)),
        ...prepareSettings(needs.settings ?? [], work.path, leftovers),
      ];
      return new Preparation({ work: work.path, refusal: null, leftovers, library }, work, files, report);
    } catch (error) {
      work[Symbol.dispose]();
      throw explainSystem(error, needs.work.action);
    }
  }

  /** Removes what the run has made and not given a name. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#files) await this.#remove(path, () => removeIfPresent(path));
    const work = this.#work;
    if (work !== null) await this.#remove(work.path, () => work[Symbol.dispose]());
  }

  /** Removes one thing: its disk may no longer respond, and an abandoned thread may still be making files. */
  async #remove(path: string, remove: () => void): Promise<void> {
    try {
      if (await answers(path)) return remove();
    } catch {
      // It is reported, and left to the next run.
    }
    this.#report({ kind: "warning", message: `the next run removes what is left of this one: ${path}` });
  }
}

/** How long a disk may take to respond before it is left alone, in milliseconds. */
const ANSWER_MS = 2000;

/** Whether a disk responds at all: a call to one that does not would block this thread forever. */
export async function answers(path: string): Promise<boolean> {
  const asked = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => asked.resolve(false), ANSWER_MS);
  Deno.lstat(path).then(() => asked.resolve(true), () => asked.resolve(true));
  try {
    return await asked.promise;
  } finally {
    clearTimeout(timer);
  }
}

async function tryMaking({ work, isOptional }: PreparationNeeds): Promise<MadeWorkDirectory | BackupError> {
  try {
    return await makeWorkDirectory(work);
  } catch (error) {
    if (isOptional && error instanceof BackupError) return error;
    throw error;
  }
}

/** @returns paths of the files that the run writes in those directories before they have their names */
function prepareSettings(directories: readonly string[], work: string, leftovers: readonly Leftover[]): string[] {
  const user = currentUser();
  for (const directory of directories) requireTrust(directory, user);
  return directories.map((directory) => {
    tryWriting(directory, work, leftovers);
    return outputFile(directory, work, "setting");
  });
}

/** Finds what killed runs have left, and removes it unless this run is only to look. */
function find(
  needs: PreparationNeeds,
  { work, place }: MadeWorkDirectory,
  report: (event: EngineEvent) => void,
  earlier: Leftover[],
): Leftover[] {
  const user = currentUser();
  if (needs.isLook) {
    const places = [...new Set(needs.work.places)].filter(isReadable);
    const found = places.flatMap((one) => findLeftovers(one, work.path, user));
    // The engine looks for itself where output files go.
    const others = places.filter((one) => !needs.outputs.includes(one));
    const files = others.flatMap((one) => findOutputLeftovers(one, lockIn(work.path), surelyDead(found)));
    const settings = places.flatMap((one) => findIncomplete(one, surelyDead(found)));
    return [...found, ...files.filter(({ isSure }) => isSure), ...settings.map((one) => ({ ...one, isSure: true }))];
  }
  const removed = removeLeftovers(place, work.path, user);
  earlier.push(...removed);
  // Files that runs make beside their work directories: claims to names there, and what they try.
  const dead = earlier.map(({ path }) => path);
  const files = [...removeOutputLeftovers(place, lockIn(work.path), dead), ...removeIncomplete(place, dead)];
  const paths = [...removed.map(({ path }) => path), ...files];
  if (paths.length > 0) report({ kind: "step", step: "clean up", facts: { removed: paths.join(", ") } });
  return [...earlier];
}

function isReadable(directory: string): boolean {
  try {
    return Deno.statSync(directory).isDirectory && Array.from(Deno.readDirSync(directory)) !== null;
  } catch {
    return false;
  }
}

function tellPlace({ place, isOpen, refusals }: MadeWorkDirectory, report: (event: EngineEvent) => void): void {
  if (refusals.length > 0) {
    report({ kind: "step", step: "work elsewhere", facts: { directory: place, why: refusals.join("; ") } });
  }
  if (!isOpen) return;
  const message = `others can rename files in "${place}", which this run works in: close it to them with chmod go-w`;
  report({ kind: "warning", message });
}
