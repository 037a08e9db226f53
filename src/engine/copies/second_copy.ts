import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { BackupError } from "../../errors.ts";
import { fill, writeAll } from "../../store/file_bytes.ts";
import { identityFrom, identityOf } from "../../store/identity.ts";
import { archiveNamesFor, archiveTime } from "../../store/naming.ts";
import { openFile, type ReadableFile } from "../../store/open_file.ts";
import { prepareOutput } from "../../store/output_file.ts";
import { createPrivateFile, openOwn } from "../../store/private_file.ts";
import { publishClaimed } from "../../store/publish.ts";
import { requireSpace } from "../../store/space.ts";
import { outputFile } from "../../store/work_directory.ts";
import { holdsBackups } from "../backup_directory.ts";
import { readArchivedDatabase } from "../unpack/archived_database.ts";
import type { Copied, CopyRequest } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";
import { explainWriting } from "../worker/work_place.ts";

const CHUNK_BYTES = 256 * 1024;

/** What was written, to recognize it by. */
interface Written {
  readonly size: number;
  readonly sha256: string;
  /** Null where the system does not tell files apart. */
  readonly identity: string | null;
}

/** Copies an archive into another place. The copy is read back and fully checked before it gets its name. */
export async function copyArchive(request: CopyRequest, job: Job): Promise<Copied> {
  const { directory } = request.destination;
  try {
    return await copyTo(directory, request, job);
  } catch (error) {
    throw explainWriting(error, directory, job.action);
  }
}

async function copyTo(directory: string, request: CopyRequest, job: Job): Promise<Copied> {
  const { action } = job;
  // Its disk may have been unplugged since it was looked at.
  if (!holdsBackups(directory)) throw new BackupError("not_found", `${action}: its disk is no longer mounted`);
  using archive = openFile(request.archive);
  const { size } = archive.statSync();
  job.step("check space", { directory, archive_size_bytes: size });
  requireSpace(directory, size, action);
  const { path: work } = job.files;
  const dead = job.host.prepared.leftovers.map(({ path }) => path);
  const removed = prepareOutput(directory, work, dead);
  if (removed.length > 0) job.step("clean up", { removed: removed.join(", ") });

  const temporary = outputFile(directory, work);
  job.step("copy archive", { directory, archive_size_bytes: size });
  const written = write(archive, temporary, size, job);
  job.step("read back", { directory, archive_size_bytes: size });
  await requireSame(temporary, written, request, job);

  job.step("publish", { directory });
  job.host.beginCommit();
  const { path, unsynced } = publishClaimed(temporary, namesFor(directory, request));
  if (unsynced !== null) {
    job.host.report({ kind: "step", step: "directory not synced", facts: { directory, error: unsynced } });
  }
  if (written.identity === null || identityOf(path) !== written.identity) {
    requireSameBytes(path, { ...written, identity: null }, job);
  }
  return { kind: "copied", path };
}

function write(archive: ReadableFile, path: string, total: number, job: Job): Written {
  using copy = createPrivateFile(path);
  const size = eachChunk(archive, total, job, (chunk) => writeAll(copy, chunk));
  copy.syncSync();
  return { ...size, identity: identityFrom(copy.statSync()) };
}

/** Reads a file from its position to its end, chunk by chunk. */
function eachChunk(
  file: ReadableFile,
  total: number,
  job: Job,
  take: (chunk: Uint8Array) => void,
): Pick<Written, "size" | "sha256"> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let size = 0;;) {
    job.throwIfCancelled();
    const length = fill(file, buffer);
    if (length === 0) return { size, sha256: hash.digest("hex") };
    const chunk = buffer.subarray(0, length);
    hash.update(chunk);
    take(chunk);
    size += length;
    job.progress(size, total);
  }
}

/** Makes sure that the disk holds the bytes that were read, and that those are the backup that was made. */
async function requireSame(
  path: string,
  written: Written,
  request: CopyRequest,
  job: Job,
): Promise<void> {
  requireSameBytes(path, written, job);
  const { database_sha256 } = await readArchivedDatabase(path, job);
  if (database_sha256 === request.databaseSha256) return;
  throw new BackupError(
    "operation_failed",
    `${job.action}: "${request.archive}" is no longer the backup that was made`,
  );
}

function requireSameBytes(path: string, written: Written, job: Job): void {
  using copy = openOwn(path, written.identity);
  const found = eachChunk(copy, written.size, job, () => {});
  if (found.size === written.size && found.sha256 === written.sha256) return;
  const message = `${job.action}: what is read back differs from what was written`;
  throw new BackupError("operation_failed", message, "Check that disk: it does not keep what is written to it.");
}

/** The names that the copy may get: its own if that is a name for backups, else one made from its time. */
function namesFor(directory: string, { archive, createdAt }: CopyRequest): string[] {
  const own = basename(archive);
  const names = archiveNamesFor(new Date(createdAt));
  return [...new Set([...(archiveTime(own) === null ? [] : [own]), ...names])].map((name) => join(directory, name));
}
