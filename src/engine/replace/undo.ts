import { BackupError } from "../../errors.ts";
import { type LibraryFacts, readFacts } from "../../library/content/library_facts.ts";
import { checkDatabase } from "../../library/integrity.ts";
import { SIDE_FILES } from "../../library/lock.ts";
import { requireOwnJournal } from "../../library/super_journal.ts";
import { ADVICE } from "../../program.ts";
import { hasSameContent } from "../../store/file_bytes.ts";
import { isoSeconds, setAsideTime } from "../../store/naming.ts";
import { removeIfPresent } from "../../store/publish.ts";
import { KNOWN_SCHEMA_VERSION } from "../../version.ts";
import type { Checked, Replacement, Restored, UndoRequest } from "../protocol/mod.ts";
import { limitLook } from "../worker/deadlines.ts";
import type { Job } from "../worker/job.ts";
import { keptSince } from "../settings/kept_settings.ts";
import { lookAtLibrary } from "./preview.ts";
import { Owners } from "./owners.ts";
import { replaceLibrary } from "./replacement.ts";
import { type LibraryDisk, probeLibraryDisk } from "./library_disk.ts";
import { hasLogs, listSetAside } from "./set_aside.ts";
import { makeWhole, type WholeLibrary } from "./whole_set_aside.ts";

/**
 * Puts a set-aside library back in place of the present one, which is set aside in turn: a second `undo` reverts the
 * first.
 */
export async function undo(request: UndoRequest, job: Job): Promise<Restored | Checked> {
  const kept = listKept(request);
  try {
    return await putBack(kept, request, job);
  } catch (error) {
    throw isGone(error) && isOvertaken(kept, request.library) ? overtaken(error) : error;
  }
}

/** Whether a set-aside library has gone since it was listed. */
function isGone(error: unknown): error is Error {
  const cause = error instanceof BackupError ? error.cause : error;
  return cause instanceof Deno.errors.NotFound;
}

/** The set-aside libraries, newest first, and those that may be put back. */
interface SetAsideLibraries {
  readonly all: readonly string[];
  /** At least one; the first usable one is put back. */
  readonly wanted: readonly string[];
}

/** A set-aside library that can be put back. */
interface Source extends LibraryFacts, WholeLibrary {
  readonly path: string;
  /** What replaces the library: the set-aside library itself, or a copy with its log merged in. */
  readonly candidate: string;
  readonly owners: Owners;
}

/**
 * The newest set-aside library that can be used. One that is byte for byte the damaged library in place was never
 * replaced: a restore that was killed first has left it.
 */
async function findSource(
  wanted: readonly string[],
  library: string,
  disk: LibraryDisk,
  job: Job,
): Promise<Source> {
  const [path = "", ...older] = wanted;
  try {
    return await checkSetAside(
      path,
      job.files.file(`set-aside-${older.length}.db`),
      disk,
      job.about({ library: path }),
    );
  } catch (error) {
    if (!isUnusable(error) || older.length === 0 || !hasSameContent(path, library)) throw error;
    return await findSource(older, library, disk, job);
  }
}

/** A library that was good enough to use is good enough to use again: indexes are not compared with their tables. */
async function checkSetAside(path: string, free: string, disk: LibraryDisk, job: Job): Promise<Source> {
  const { size } = Deno.statSync(path);
  job.step("check database", { library: path, database_size_bytes: size });
  using _limit = limitLook(job, size);
  try {
    requireOwnJournal(path);
    const whole = makeWhole(path, free, disk, job);
    const candidate = whole.isCopy ? whole.checked : path;
    const owners = new Owners(candidate, job.action, Deno.lstatSync(candidate));
    return {
      path,
      candidate,
      owners,
      ...whole,
      ...await checkDatabase(whole.checked, "quick", readFacts, job.host.checker),
    };
  } catch (error) {
    throw job.explain(error);
  }
}

async function putBack(kept: SetAsideLibraries, request: UndoRequest, job: Job): Promise<Restored | Checked> {
  const started = performance.now();
  const { library } = request;
  const disk = probeLibraryDisk(library, job);
  const source = await findSource(kept.wanted, library, disk, job).catch((error) => {
    throw isUnusable(error) ? unusable(error, kept) : error;
  });
  const { path, candidate, owners, checked, isCopy, schemaVersion, fileCount, unfinishedJobs } = source;
  const { mtime } = Deno.statSync(path);
  const inPlace = lookAtLibrary(request, checked, job);
  const replacement: Replacement = {
    source: path,
    library,
    createdAt: isoSeconds(mtime ?? new Date(0)),
    vpoVersion: null,
    schemaVersion,
    currentSchemaVersion: inPlace.schemaVersion ?? KNOWN_SCHEMA_VERSION,
    schemaInPlace: inPlace.schemaVersion,
    inPlace: inPlace.state,
    databaseSize: Deno.statSync(checked).size,
    fileCount,
    unfinishedJobs,
    comparison: inPlace.comparison,
    settings: null,
  };
  // A library in use must not have a second name: SQLite would keep a log for each name.
  if (!isCopy) Deno.removeSync(checked);
  // A restore that ended meanwhile has set another library aside: then that is the one to put back.
  const requireStill = () => {
    if (isOvertaken(kept, library)) throw overtaken();
  };
  const spare = job.files.file("previous.db");
  const own = { candidate, owners, spare, time: new Date() };
  const plan = { ...request, ...own, replacement, disk, started, restoredSettings: null, requireStill };
  const result = await replaceLibrary(plan, job);
  if (result.kind === "checked") return result;
  if (!isCopy) removeEmptied(path);
  const { settingsDirectory: directory } = request;
  return { ...result, keptSettings: directory === null ? [] : keptSince(directory, setAsideTime(path)) };
}

/** Removes the empty side files that SQLite may have left beside a library that now has another name. */
function removeEmptied(path: string): void {
  // What somebody has written to it just then is nowhere else.
  if (hasLogs(path)) return;
  for (const suffix of SIDE_FILES) removeIfPresent(path + suffix);
}

/** @throws {BackupError} `not_found` */
function listKept({ library, source }: UndoRequest): SetAsideLibraries {
  const all = listSetAside(library);
  if (source !== null && !all.includes(source)) {
    throw new BackupError(
      "not_found",
      `Cannot undo: "${source}" is not a previous library next to "${library}"`,
      ADVICE.listPrevious,
    );
  }
  if (all.length > 0) return { all, wanted: source === null ? all : [source] };
  throw new BackupError(
    "not_found",
    `Nothing to undo: no previous library next to "${library}"`,
    ADVICE.listBackupsInstead,
  );
}

function isUnusable(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === "not_a_library";
}

/** It is not the library in place that cannot be used: so the hint is another one than elsewhere. */
function unusable(cause: BackupError, { all }: SetAsideLibraries): BackupError {
  const hint = all.length > 1 ? ADVICE.nameAnotherPrevious : ADVICE.listBackupsInstead;
  return new BackupError(cause.code, cause.message, hint, { cause });
}

function isOvertaken({ all }: SetAsideLibraries, library: string): boolean {
  return listSetAside(library)[0] !== all[0];
}

function overtaken(cause?: Error): BackupError {
  return new BackupError(
    "database_locked",
    "Cannot undo the restore: another run has replaced the library meanwhile",
    "Look at what is there now before you try again.",
    { cause },
  );
}
