import { join } from "node:path";
import { readMetadata } from "../../archive/read.ts";
import { BackupError } from "../../errors.ts";
import { archiveSerial, archiveTime, isArchiveName, isoSeconds } from "../../store/naming.ts";
import { readArchivedDatabase } from "./extract.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { HeaderCheck } from "./header_check.ts";
import type { BackupEntry } from "../protocol/mod.ts";

/** The archives of a directory, the newest first; those that cannot be read are among them with the reason. */
export async function readArchives(directory: string, host: Host): Promise<BackupEntry[]> {
  beginStep(host, "list", { directory });
  const names = Array.from(Deno.readDirSync(directory))
    .filter((entry) => !entry.isDirectory && isArchiveName(entry.name))
    .map((entry) => entry.name);
  const entries: BackupEntry[] = [];
  for (const name of names) {
    host.throwIfCancelled();
    host.report({ kind: "progress", done: entries.length, total: names.length });
    const entry = await describeArchive(directory, name, host);
    if (entry !== null) entries.push(entry);
  }
  return entries.sort(byAge);
}

/**
 * Reads all of an archive and checks its structure and its hashes; writes nothing.
 *
 * @returns why it is damaged, or null where it is sound
 * @throws whatever keeps it from being read
 */
export async function findDamage(path: string, host: Host): Promise<string | null> {
  try {
    await readArchivedDatabase(path, host);
    return null;
  } catch (error) {
    if (error instanceof BackupError && error.code === "invalid_archive") return error.message;
    throw error;
  }
}

/** Why an archive is damaged or cannot be read, or null where it is sound. */
export async function whyUnsound(path: string, host: Host): Promise<string | null> {
  try {
    return await findDamage(path, host);
  } catch (error) {
    host.throwIfCancelled();
    return reasonOf(error);
  }
}

/** Why an archive could not be read, in a line. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "it is a link that leads out of this directory";
  return error instanceof Error ? error.message : String(error);
}

/** @returns null where the archive has gone since its name was read */
async function describeArchive(directory: string, filename: string, host: Host): Promise<BackupEntry | null> {
  const path = join(directory, filename);
  let archiveSize = 0;
  let modified: Date | null = null;
  try {
    const info = Deno.statSync(path);
    modified = info.mtime;
    // Opening a pipe would wait for its other end.
    if (!info.isFile) throw new BackupError("invalid_archive", "it is not a regular file");
    archiveSize = info.size;
    using archive = Deno.openSync(path);
    const metadata = await readMetadata(archive, () => host.throwIfCancelled(), new HeaderCheck());
    return {
      filename,
      path,
      archiveSize,
      createdAt: metadata.created_at,
      metadata: {
        databaseSize: metadata.database_size_bytes,
        fileCount: metadata.file_count,
        schemaVersion: metadata.schema_version,
      },
      error: null,
      verified: null,
    };
  } catch (error) {
    host.throwIfCancelled();
    if (error instanceof Deno.errors.NotFound && modified === null) return null;
    const createdAt = isoSeconds(archiveTime(filename) ?? modified ?? new Date(0));
    return { filename, path, archiveSize, createdAt, metadata: null, error: reasonOf(error), verified: null };
  }
}

function byAge(a: BackupEntry, b: BackupEntry): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) ||
    archiveSerial(b.filename) - archiveSerial(a.filename) ||
    (a.filename < b.filename ? 1 : -1);
}
