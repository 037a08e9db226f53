import { NotALibrary, readSchemaVersion } from "../../library/content/library_facts.ts";
import type { Hold } from "../../library/lock.ts";
import { NoSideFiles, Snapshot, UnfinishedTransaction } from "../../library/snapshot.ts";
import { isDamage, lookTwice, openOwnDatabase, sqliteFailure } from "../../library/sqlite.ts";
import { NamesAnotherFile, namesAnotherFile } from "../../library/super_journal.ts";
import { compareFiles, type OpenLibrary, openLibrary } from "../inspect/compare.ts";
import type { FileComparison, LibraryState, NoComparison } from "../protocol/mod.ts";
import { limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { Job } from "../worker/job.ts";

/** What a candidate would replace. */
export interface LibraryInPlace {
  /** Null where there is no library, or none that can be read. */
  readonly schemaVersion: number | null;
  readonly state: LibraryState;
  /** How it would change; null where nobody is told, to save time. */
  readonly comparison: FileComparison | NoComparison | null;
}

/** What decides whether a comparison is wanted, and where the library is. */
interface Previewed {
  readonly library: string;
  readonly waitSeconds: number;
  readonly dryRun: boolean;
  readonly confirm: boolean;
}

const UNCOMPARED = "Replace it without a comparison with --yes, or move it away and try again.";

/**
 * Looks at the library in place, once. A library that cannot be used or compared may still be replaced.
 *
 * @param candidate path of a checked database that nobody else uses
 * @throws where the library is sound and cannot be read now: another process has it
 */
export function lookAtLibrary(request: Previewed, candidate: string, job: Job): LibraryInPlace {
  const { library, waitSeconds } = request;
  const isCompared = request.dryRun || request.confirm;
  const looking = job.about({ action: "Cannot compare the backup with the library", library });
  job.step("look at library", { library });
  try {
    Deno.statSync(library);
    const isNeverOpened = namesAnotherFile(library);
    if (isNeverOpened) job.warn(asItIs(library));
    using _limit = limitLook(looking, sizeWithLog(library), { waitSeconds });
    using snapshot = Snapshot.pin(library, waitSeconds);
    const schemaVersion = snapshot.read(readSchemaVersion);
    const comparison = isCompared ? compareWith(snapshot, library, candidate, looking) : null;
    return { schemaVersion, state: isNeverOpened ? "unusable" : "usable", comparison };
  } catch (error) {
    const state = stateBy(error);
    if (state === null) throw error;
    return {
      schemaVersion: null,
      state,
      comparison: isCompared ? { kind: "none", why: whyNot(error, library, looking) } : null,
    };
  }
}

function asItIs(library: string): string {
  return `"${library}-journal" names another file, which SQLite would delete: the library is set aside as it is, not opened`;
}

/** What an error says of the library; null where it cannot be replaced now. */
function stateBy(error: unknown): LibraryState | null {
  if (error instanceof Deno.errors.NotFound) return "absent";
  // A replacement has to write there: it rolls back what is unfinished, and reports what keeps it from writing.
  const isUnknown = error instanceof UnfinishedTransaction || error instanceof NoSideFiles;
  if (isUnknown || sqliteFailure(error) === "cannot open") return "unknown";
  if (error instanceof NamesAnotherFile) return "unusable";
  return isUnusable(error) ? "unusable" : null;
}

function isUnusable(error: unknown): boolean {
  return error instanceof NotALibrary || isDamage(error);
}

/** Whether VPO can use what stands at the library's path, which is now held: then `undo` can bring it back. */
export function isUsable(hold: Hold, library: string, job: Job): boolean {
  if (hold.state !== "held") return false;
  const looking = job.about({ action: "Cannot replace the library", library });
  using _limit = limitLook(looking, Deno.statSync(library).size);
  try {
    hold.library.read((database) => lookTwice(() => readSchemaVersion(database)));
    return true;
  } catch (error) {
    if (isUnusable(error)) return false;
    throw error;
  }
}

function compareWith(
  inPlace: Snapshot,
  library: string,
  candidate: string,
  job: Job,
): FileComparison | NoComparison {
  job.step("compare", { library });
  const size = sizeWithLog(library) + Deno.statSync(candidate).size;
  using _limit = limitLook(job, size, { hint: UNCOMPARED });
  try {
    return compareCandidate(inPlace.read((database) => openLibrary(database, library)), candidate, job);
  } catch (error) {
    job.throwIfCancelled();
    return { kind: "none", why: whyNot(error, library, job) };
  }
}

function compareCandidate(inPlace: OpenLibrary, candidate: string, job: Job): FileComparison | NoComparison {
  const database = openOwnDatabase(candidate);
  try {
    return compareFiles(inPlace, openLibrary(database, "the backup"), job);
  } catch (error) {
    if (error instanceof NotALibrary) return { kind: "none", why: "the backup is of another database" };
    throw error;
  } finally {
    database.close();
  }
}

function whyNot(error: unknown, library: string, job: Job): string {
  if (error instanceof Deno.errors.NotFound) return `there is no library at "${library}"`;
  return job.explain(error).message.replace(`${job.action}: `, "");
}
