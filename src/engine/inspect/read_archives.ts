import { dirname, join } from "node:path";
import { readMetadata } from "../../archive/read.ts";
import { BackupError, systemReason } from "../../errors.ts";
import { comparableLineage } from "../../library/content/lineage.ts";
import { recordOf } from "../../store/metadata.ts";
import { archiveTime, isArchiveName, isoSeconds, newestFirst, newestNameFirst } from "../../store/naming.ts";
import { readArchivedDatabase } from "../unpack/archived_database.ts";
import type { Job } from "../worker/job.ts";
import { HeaderCheck } from "../unpack/header_check.ts";
import { openBackup } from "../unpack/open_backup.ts";
import type { ArchiveFault, BackupEntry } from "../protocol/mod.ts";

/** An archive found in a directory. */
export interface FoundArchive extends BackupEntry {
  /** A sample of the library in it; null where its metadata have none that can be compared. */
  readonly lineage: string | null;
}

/** Why an archive cannot be used. */
export interface Unusable {
  readonly fault: ArchiveFault;
  readonly why: string;
}

/** Through a link, anyone who may write to the directory could choose what is read. */
const LEADS_OUT = "it is a link that leads out of this directory";
/** Replaces what is not UTF-8 in a name: a file cannot be opened by such a name. */
const NOT_UTF_8 = "\ufffd";
const NAMELESS = "its name is not UTF-8, so it cannot be opened: rename it";

/** The archives of a directory, newest first, including unusable ones with the reason. */
export async function readArchives(directory: string, job: Job): Promise<FoundArchive[]> {
  job.step("list", { directory });
  const names = archiveNames(directory);
  const entries: FoundArchive[] = [];
  for (const name of names) {
    job.progress(entries.length, names.length);
    const entry = await readHead(directory, name, job);
    if (entry !== null) entries.push(entry);
  }
  return entries.sort(newestFirst);
}

/** The names in a directory that belong in a list of backups, newest first by what they say. */
export function archiveNames(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory))
    .filter((entry) => !entry.isDirectory && isArchiveName(entry.name))
    .map(({ name }) => name)
    .sort(newestNameFirst);
}

/**
 * Reads an archive to its end and checks its structure and its hashes; writes nothing.
 *
 * @returns why it is damaged, or null where it is sound
 * @throws whatever keeps it from being read
 */
export async function findDamage(path: string, job: Job): Promise<string | null> {
  try {
    await readArchivedDatabase(path, job);
    return null;
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  }
}

/** Why an archive is damaged or cannot be read, or null where it is sound. */
export async function whyUnsound(path: string, job: Job): Promise<Unusable | null> {
  try {
    await readArchivedDatabase(path, job);
    return null;
  } catch (error) {
    job.throwIfCancelled();
    return unusableBy(error);
  }
}

/** What an error means for the archive that it came from: only wrong bytes are damage. */
export function unusableBy(error: unknown): Unusable {
  return { fault: isDamage(error) ? "damaged" : "unreadable", why: reasonOf(error) };
}

/** Why an archive could not be read, in a line. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return LEADS_OUT;
  return systemReason(error);
}

/**
 * Reads an archive's metadata, which takes only its two ends if this program made it.
 *
 * @returns null where the archive has gone since its name was read
 */
export async function readHead(directory: string, filename: string, job: Job): Promise<FoundArchive | null> {
  const path = join(directory, filename);
  let archiveSize = 0;
  let modified: Date | null = null;
  try {
    const info = Deno.statSync(path);
    modified = info.mtime;
    // Opening a pipe would wait for its other end.
    if (!info.isFile) throw new Error("it is not a regular file");
    if (Deno.lstatSync(path).isSymlink && dirname(Deno.realPathSync(path)) !== directory) throw new Error(LEADS_OUT);
    archiveSize = info.size;
    using archive = openBackup(path);
    const metadata = await readMetadata(archive, () => job.throwIfCancelled(), new HeaderCheck());
    return {
      filename,
      path,
      archiveSize,
      createdAt: metadata.created_at,
      metadata: recordOf(metadata),
      lineage: comparableLineage(metadata.lineage),
      origin: "unknown",
      fault: null,
      error: null,
      verified: null,
    };
  } catch (error) {
    job.throwIfCancelled();
    const isNameless = filename.includes(NOT_UTF_8);
    if (error instanceof Deno.errors.NotFound && modified === null && !isNameless) return null;
    const createdAt = isoSeconds(archiveTime(filename) ?? modified ?? new Date(0));
    const { fault, why } = unusableBy(isNameless && modified === null ? new Error(NAMELESS) : error);
    const unknown = { metadata: null, lineage: null, origin: "unknown", verified: null } as const;
    return { filename, path, archiveSize, createdAt, ...unknown, fault, error: why };
  }
}

function isDamage(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === "invalid_archive";
}
