import { dirname, join } from "node:path";
import { BackupError } from "../../errors.ts";
import { archiveNamesFor } from "../../store/naming.ts";
import { pathExists, publishClaimed, type Published, syncDirectory } from "../../store/publish.ts";
import { ARCHIVE_SHARE, freeBytes, requireSpace, requireWorkSpace, SPACE_MARGIN_BYTES } from "../../store/space.ts";
import type { Job } from "../worker/job.ts";
import type { BackupRequest } from "../protocol/mod.ts";
import { explainSystem } from "../worker/explain_system.ts";

/**
 * Makes sure that the backup can be written where it is to go.
 *
 * @throws {BackupError} `usage` where the name is taken, or `insufficient_space`
 * @returns the fewest and the most bytes that the archive is likely to take
 */
export function checkDestination(request: BackupRequest, databaseSize: number, job: Job) {
  const { directory, existing } = request.destination;
  job.step("check space", { directory, database_size_bytes: databaseSize });
  if (request.filename !== null && !request.force && pathExists(join(directory, request.filename))) {
    throw taken(request);
  }
  const estimate = {
    min: Math.round(databaseSize * ARCHIVE_SHARE.min),
    max: Math.round(databaseSize * ARCHIVE_SHARE.max),
  };
  requireRoom(request.dryRun ? existing : directory, job.files.path, databaseSize, estimate.max, job.action);
  return estimate;
}

/** Requires space for the copy of the library and for the archive, which may be on one file system or on two. */
function requireRoom(directory: string, work: string, copy: number, archive: number, action: string): void {
  const isOne = isOneDisk(directory, work);
  requireSpace(directory, archive + (isOne ? copy : 0), action);
  if (!isOne) requireWorkSpace(work, copy, action);
}

/** What a backup still has to write, in bytes. */
export interface Needs {
  readonly copy: number;
  readonly archive: number;
  /** They are put aside first, and then go into the archive. */
  readonly settings: number;
}

/** Settings may take this much of the margin, in bytes: they are usually smaller by far. */
const SETTINGS_SHARE_BYTES = SPACE_MARGIN_BYTES / 2;

/** The directory in which settings would take the space that the library needs; null for none. */
export function whereSettingsLackRoom(
  directory: string,
  work: string,
  { copy, archive, settings }: Needs,
): string | null {
  const isFilledBy = (place: string, bytes: number) => freeBytes(place) < bytes + SETTINGS_SHARE_BYTES;
  if (isOneDisk(directory, work)) return isFilledBy(directory, copy + archive + 2 * settings) ? directory : null;
  if (isFilledBy(directory, archive + settings)) return directory;
  return isFilledBy(work, copy + settings) ? dirname(work) : null;
}

function isOneDisk(directory: string, work: string): boolean {
  return Deno.statSync(directory).dev === Deno.statSync(work).dev;
}

/** The path that the archive would get now. */
export function plannedPath(request: BackupRequest): string {
  const free = names(request, new Date()).find((path) => !pathExists(path));
  if (free === undefined && !request.force) throw taken(request);
  return free ?? join(request.destination.directory, request.filename ?? "");
}

/** Gives the archive its name, in one step. */
export function publishArchive(archive: string, request: BackupRequest, createdAt: Date): Published {
  try {
    return publishClaimed(archive, names(request, createdAt));
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if (request.filename === null || !request.force) throw taken(request);
    return replaceArchive(archive, join(request.destination.directory, request.filename));
  }
}

/** The old file is gone with the rename: a failure after that must not sound as if it were still there. */
function replaceArchive(archive: string, path: string): Published {
  Deno.renameSync(archive, path);
  try {
    return { path, unsynced: syncDirectory(dirname(path)) };
  } catch (cause) {
    const { code, message } = explainSystem(cause, `"${path}" was replaced, but that may not survive a power cut`);
    throw new BackupError(code, message, "The new backup in its place is whole. Check the disk.", { cause });
  }
}

/** The paths that the archive may get, the best first. */
function names(request: BackupRequest, time: Date): string[] {
  const { directory } = request.destination;
  if (request.filename !== null) return [join(directory, request.filename)];
  return archiveNamesFor(time).map((name) => join(directory, name));
}

function taken(request: BackupRequest): BackupError {
  const path = join(request.destination.directory, request.filename ?? "");
  return new BackupError(
    "usage",
    `Cannot back up to "${path}": it already exists`,
    "Choose another name, or replace it with --force.",
  );
}
