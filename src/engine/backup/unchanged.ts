import { createHash } from "node:crypto";
import { fill } from "../../store/file_bytes.ts";
import type { Metadata } from "../../store/metadata.ts";
import { isoSeconds } from "../../store/naming.ts";
import { openFile } from "../../store/open_file.ts";
import { recordLook } from "../../store/place_marker.ts";
import { type SettingsEntry, SettingsIndex } from "../../store/settings/settings_index.ts";
import { TOOL } from "../../version.ts";
import { readArchivedDatabase } from "../unpack/archived_database.ts";
import { isFromFuture, judgeOrigins } from "../inspect/origin.ts";
import { type FoundArchive, readArchives, reasonOf } from "../inspect/read_archives.ts";
import type { Job } from "../worker/job.ts";

const BUFFER_BYTES = 64 * 1024;

/** What a new archive would hold. */
export interface Content {
  /** Real path of the library. */
  readonly library: string;
  /** Path of the copy of it. */
  readonly copy: string;
  readonly settings: readonly SettingsEntry[];
}

/** An archive that holds exactly that. */
export interface Unchanged {
  readonly entry: FoundArchive;
  readonly metadata: Metadata;
  readonly sha256: string;
}

/**
 * The newest backup of the library in a directory, if it holds what a new one would hold. It was read to the end and
 * fully checked; that SQLite finds nothing wrong with these bytes was seen when it was made. Where the newest may be
 * another one, or cannot be used, the answer is null, and a new one is made.
 */
export async function findUnchanged(directory: string, content: Content, job: Job): Promise<Unchanged | null> {
  const heads = await readArchives(directory, job);
  const { size } = Deno.statSync(content.copy);
  if (!heads.some(({ metadata }) => metadata?.database_size_bytes === size)) return null;
  const sha256 = hashFile(content.copy, job);
  const newest = findNewest(heads, content.library, sha256);
  if (newest === null || (newest.metadata?.settings?.count ?? 0) !== content.settings.length) return null;
  try {
    job.step("read archive", { archive: newest.path });
    const settings = new SettingsIndex();
    const metadata = await readArchivedDatabase(newest.path, job, { settings });
    if (metadata.database_sha256 !== sha256 || !areSame(settings.entries, content.settings)) return null;
    return { entry: newest, metadata, sha256 };
  } catch (error) {
    job.throwIfCancelled();
    job.warn(`the newest backup, "${newest.path}", cannot be used: ${reasonOf(error)}`);
    return null;
  }
}

/**
 * Notes in the directory's marker that the library was found unchanged since an archive. A marker that cannot be
 * written is reported: the backup is just as good, but will seem older.
 *
 * @param temporary a new file there
 */
export function rememberLook(directory: string, found: Unchanged, now: Date, temporary: string, job: Job): void {
  const looked_at = isoSeconds(now);
  const look = { archive: found.entry.filename, database_sha256: found.sha256, looked_at };
  try {
    recordLook(directory, look, temporary, { tool: TOOL, created_at: looked_at });
  } catch (error) {
    job.warn(`this check could not be recorded, so status will go by the age of the backup: ${reasonOf(error)}`);
  }
}

/**
 * The newest archive of a library, if its database has this hash.
 *
 * @param heads the newest first
 */
function findNewest(heads: readonly FoundArchive[], path: string, sha256: string): FoundArchive | null {
  // The same bytes are the same library: the sample of names need not be read from the copy.
  const same = heads.find(({ metadata }) => metadata?.database_sha256 === sha256);
  if (same === undefined) return null;
  const origins = judgeOrigins(heads, { path, lineage: same.lineage || null, isUnreadable: false });
  const newest = heads.find(({ fault }, index) => fault !== null || origins[index] !== "other");
  const isSame = newest?.fault === null && newest.metadata?.database_sha256 === sha256;
  return isSame && !isFromFuture(newest, new Date()) ? newest : null;
}

/** Whether two archives' settings have the same names, modes and bytes; modification times do not matter. */
function areSame(one: readonly SettingsEntry[], other: readonly SettingsEntry[]): boolean {
  const keys = (entries: readonly SettingsEntry[]) =>
    entries.map(({ name, mode, size, sha256 }) => JSON.stringify([name, mode, size, sha256])).sort().join("\n");
  return keys(one) === keys(other);
}

function hashFile(path: string, job: Job): string {
  using file = openFile(path);
  const hash = createHash("sha256");
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let length = fill(file, buffer); length > 0; length = fill(file, buffer)) {
    job.throwIfCancelled();
    hash.update(buffer.subarray(0, length));
  }
  return hash.digest("hex");
}
