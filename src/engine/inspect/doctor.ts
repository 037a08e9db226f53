import { dirname, join } from "node:path";
import { withoutAction } from "../../errors.ts";
import { NotALibrary, readFacts } from "../../library/content/library_facts.ts";
import { checkOpen, DamagedDatabase } from "../../library/integrity.ts";
import { Snapshot, UnfinishedTransaction } from "../../library/snapshot.ts";
import { isDamage, queryValue, sqliteFailure } from "../../library/sqlite.ts";
import { tellRemarks } from "../../library/structure.ts";
import { isArchiveName } from "../../store/naming.ts";
import { findOutputLeftovers, surelyDead } from "../../store/leftovers.ts";
import { findOutput, keepsPrivate, tryPublishing } from "../../store/output_file.ts";
import { lockIn, newWorkPath } from "../../store/work_directory.ts";
import { findSettings, type FoundSettings, totalOf } from "../../store/settings/find_settings.ts";
import { RUNTIME, sqliteVersion } from "../../runtime.ts";
import { readCopies } from "../copies/copy_condition.ts";
import { readHead, reasonOf } from "./read_archives.ts";
import { isNamedLikeDatabase } from "../worker/explain_error.ts";
import { whyUnwritable } from "../worker/work_place.ts";
import type { Job } from "../worker/job.ts";
import { limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type {
  AccessFacts,
  CopyCondition,
  Diagnosed,
  DirectoryExamination,
  DoctorRequest,
  Leftover,
  LibraryExamination,
  SettingsExamination,
  Status,
  WorkExamination,
} from "../protocol/mod.ts";
import { copySearch, readStatus } from "./status.ts";

/** Left-out settings that are reported, at most. */
const MAX_LEFT_OUT = 100;
const OTHERS_READ = 0o044;
const OTHERS_WRITE = 0o022;

/** Examines the library, the backup directory and the runtime, and changes nothing. */
export async function examine(request: DoctorRequest, job: Job): Promise<Diagnosed> {
  const library = examineLibrary(request, job);
  const { directory, status } = await examineDirectory(request, library, job);
  const found = findSettings(request.settings, () => job.throwIfCancelled());
  const settings = await examineSettings(found, request, status, job);
  const copies = await readCopies(copySearch(request, job), request.copies, job);
  return {
    kind: "diagnosed",
    runtime: { ...RUNTIME, sqlite: sqliteVersion() },
    missingPermissions: request.missingPermissions,
    libraryRemarks: request.libraryRemarks,
    library,
    directory,
    status,
    settings,
    work: library.state === "missing" ? null : examineWork(job),
    copies: copies.map((condition) => ({ condition, unwritable: whyNotWritable(condition, request, job) })),
    copyMaxAgeSeconds: request.copies.maxAgeSeconds,
    leftovers: [
      ...job.host.prepared.leftovers,
      ...outputLeftovers(request, job),
      ...settingsLeftovers(found, job),
    ],
  };
}

async function examineSettings(
  found: FoundSettings,
  request: DoctorRequest,
  status: Status | null,
  job: Job,
): Promise<SettingsExamination> {
  const filename = status?.newest?.filename;
  const newest = filename === undefined ? null : await readHead(request.directory, filename, job);
  return {
    here: totalOf(found),
    inNewest: newest === null || newest.metadata === null ? null : newest.metadata.settings?.count ?? 0,
    leftOut: found.leftOut.slice(0, MAX_LEFT_OUT),
  };
}

/** What the sandbox refuses is reported with the permissions. */
function examineWork({ host: { prepared: { work, refusal } } }: Job): WorkExamination | null {
  if (work !== null) return { directory: dirname(work), refusal: null };
  if (refusal === null || refusal.code === "permission_denied") return null;
  return { directory: null, refusal: withoutAction(refusal.message) };
}

function examineLibrary({ library: path, waitSeconds }: DoctorRequest, job: Job): LibraryExamination {
  job.step("check library", { library: path });
  const logSize = sizeOf(`${path}-wal`);
  const nothing = {
    path,
    size: sizeOf(path) ?? 0,
    logSize,
    journal: null,
    fileCount: 0,
    schemaVersion: 0,
    remarks: NO_REMARKS,
    file: job.host.prepared.library,
  };
  const unusable = (
    state: LibraryExamination["state"],
    reason: string | null,
    access = NO_ACCESS,
    advice: string | null = null,
  ) => ({ ...nothing, state, reason, advice, access });
  let access = NO_ACCESS;
  try {
    const info = Deno.statSync(path);
    access = accessOf(info);
    // Opening a pipe would wait for its other end.
    if (!info.isFile) return unusable("not a library", "it is not a regular file", access);
    using _limit = limitLook(job, sizeWithLog(path), { waitSeconds });
    using snapshot = Snapshot.pin(path, waitSeconds);
    return snapshot.read((database) => {
      const remarks = tellRemarks(checkOpen(database, "full"));
      const { fileCount, schemaVersion } = readFacts(database);
      const journal = String(queryValue(database, "PRAGMA journal_mode"));
      return {
        ...nothing,
        state: "sound",
        reason: null,
        advice: null,
        journal,
        fileCount,
        schemaVersion,
        remarks,
        access,
      };
    });
  } catch (error) {
    job.throwIfCancelled();
    if (error instanceof Deno.errors.NotFound) return unusable("missing", null);
    return unusable(stateAfter(error, path), reasonOf(error), access, job.explain(error).hint);
  }
}

function stateAfter(error: unknown, path: string): LibraryExamination["state"] {
  if (error instanceof NotALibrary) return "not a library";
  if (error instanceof DamagedDatabase) return "damaged";
  if (error instanceof UnfinishedTransaction) return "unfinished";
  const failure = sqliteFailure(error);
  if (failure === "busy") return "held";
  if (failure === "not a database" && !isNamedLikeDatabase(path)) return "not a library";
  return isDamage(error) ? "damaged" : "unreadable";
}

async function examineDirectory(
  request: DoctorRequest,
  library: LibraryExamination,
  job: Job,
): Promise<{ directory: DirectoryExamination; status: Status | null }> {
  const { directory: path, directoryFound: found, mayWrite } = request;
  const nothing = { path, found, access: NO_ACCESS, readableByOthers: [], writableByOthers: [], foreign: [] };
  if (!found) return { directory: { ...nothing, ...UNTRIED, error: null }, status: null };
  try {
    const directory = {
      path,
      found,
      ...(mayWrite ? tryWriting(path, job) : UNTRIED),
      access: accessOf(Deno.statSync(path)),
      ...archiveAccess(path, library.access.owner),
      error: null,
    };
    return { directory, status: await statusFor(request, job) };
  } catch (error) {
    job.throwIfCancelled();
    return { directory: { ...nothing, ...UNTRIED, error: reasonOf(error) }, status: null };
  }
}

function statusFor(request: DoctorRequest, job: Job): Promise<Status> {
  const { directory, directoryFound, library, waitSeconds } = request;
  const copies = { places: [], maxAgeSeconds: Infinity };
  const maxAgeSeconds = request.maxAgeSeconds ?? Infinity;
  return readStatus({ verb: "status", directory, directoryFound, library, waitSeconds, maxAgeSeconds, copies }, job);
}

type Trial = Pick<DirectoryExamination, "unwritable" | "unsynced" | "keepsModes">;

const UNTRIED: Trial = { unwritable: null, unsynced: null, keepsModes: null };

/**
 * Whether a run could write an archive into a directory. Only an attempt tells: modes, access lists, read-only, full
 * and incomplete file systems all have a say. What is made is removed at once.
 */
function tryWriting(directory: string, { host: { prepared } }: Job): Trial {
  const work = prepared.work ?? newWorkPath(directory);
  try {
    const { unsynced } = tryPublishing(directory, work);
    return { unwritable: null, unsynced, keepsModes: keepsPrivate(directory, work) };
  } catch (error) {
    return { ...UNTRIED, unwritable: whyUnwritable(error, directory) ?? reasonOf(error) };
  }
}

function whyNotWritable({ directory, state }: CopyCondition, { writable }: DoctorRequest, job: Job): string | null {
  return state === "present" && writable.includes(directory) ? tryWriting(directory, job).unwritable : null;
}

function archiveAccess(directory: string, owner: number | null) {
  const archives = Array.from(Deno.readDirSync(directory))
    .filter(({ name, isFile }) => isFile && isArchiveName(name))
    .flatMap(({ name }) => {
      const info = statIfPresent(join(directory, name));
      return info === null ? [] : [{ name, ...accessOf(info) }];
    });
  const named = (isMeant: (access: AccessFacts) => boolean) => archives.filter(isMeant).map(({ name }) => name).sort();
  return {
    readableByOthers: named(({ mode }) => ((mode ?? 0) & OTHERS_READ) !== 0),
    writableByOthers: named(({ mode }) => ((mode ?? 0) & OTHERS_WRITE) !== 0),
    foreign: owner === null ? [] : named((archive) => archive.owner !== null && archive.owner !== owner),
  };
}

/** Output files that runs have left where backups and copies go; the main thread knows of the work directories. */
function outputLeftovers({ directory, directoryFound, mayWrite, writable }: DoctorRequest, job: Job): Leftover[] {
  const directories = [...(directoryFound && mayWrite ? [directory] : []), ...writable];
  const { work } = job.host.prepared;
  return directories.flatMap((one) => sureOnes((dead) => findOutput(one, work ?? newWorkPath(one), dead), job));
}

/** Files that were to become settings. */
function settingsLeftovers({ temporaries }: FoundSettings, job: Job): Leftover[] {
  const { work } = job.host.prepared;
  if (work === null) return [];
  const directories = [...new Set(temporaries.map((path) => dirname(path)))];
  return directories.flatMap((one) => sureOnes((dead) => findOutputLeftovers(one, lockIn(work), dead), job));
}

/** The leftovers of runs that have surely ended: others may belong to runs that are alive. */
function sureOnes(find: (dead: readonly string[]) => readonly Leftover[], { host: { prepared } }: Job): Leftover[] {
  const dead = surelyDead(prepared.leftovers);
  try {
    return find(dead).filter(({ isSure }) => isSure);
  } catch {
    // That nothing can be read or written there is found elsewhere.
    return [];
  }
}

const NO_REMARKS = { stale: null, unchecked: [] } as const;
const NO_ACCESS: AccessFacts = { mode: null, owner: null };

function accessOf(info: Deno.FileInfo): AccessFacts {
  if (Deno.build.os === "windows") return NO_ACCESS;
  return { mode: info.mode === null ? null : info.mode & 0o7777, owner: info.uid };
}

function sizeOf(path: string): number | null {
  return statIfPresent(path)?.size ?? null;
}

function statIfPresent(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    // What exists but cannot be examined is reported when it is opened.
    return null;
  }
}
