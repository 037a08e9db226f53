import { dirname } from "node:path";
import { contentOfRemains, findRemains, hasBlocks } from "../../archive/salvage.ts";
import { BackupError } from "../../errors.ts";
import { writeAll } from "../../store/file_bytes.ts";
import { openFile } from "../../store/open_file.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { requireWorkSpace } from "../../store/space.ts";
import type { Extraction } from "../unpack/archived_database.ts";
import type { MissingRange, Salvage } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";

/** Where SQLite's header holds the page size, in bytes; 1 stands for 65,536. */
const PAGE_SIZE = { at: 16, bytes: 2, largest: 65_536 } as const;

/** Whether an archive consists of blocks that can be read independently. */
export function canBeSalvaged(path: string): boolean {
  using archive = openFile(path);
  return hasBlocks(archive);
}

/**
 * Writes what the sound blocks of a damaged archive hold to a new file, with zeros for the rest.
 *
 * @throws {BackupError} `invalid_archive`, where nothing can be saved
 */
export function salvage({ archive: path, path: target }: Extraction, damage: BackupError, job: Job): Salvage {
  using archive = openFile(path);
  if (!hasBlocks(archive)) {
    const hint = "Only archives made by this program consist of parts that can be read separately.";
    throw new BackupError("invalid_archive", `${damage.message}; it has no blocks to salvage`, hint);
  }
  const remains = findRemains(archive, (done, total) => job.progress(done, total));
  const { size, metadata, blocks } = remains;
  requireWorkSpace(dirname(target), size, job.action);
  using database = createPrivateFile(target);
  database.truncateSync(size);
  const missing: MissingRange[] = [];
  let end = 0;
  let pageSize = metadata?.page_size ?? null;
  for (const { offset, content } of contentOfRemains(archive, remains)) {
    job.throwIfCancelled();
    if (offset > end) missing.push({ start: end, length: offset - end });
    if (offset === 0) pageSize ??= pageSizeOf(content);
    database.seekSync(offset, Deno.SeekMode.Start);
    writeAll(database, content);
    end = offset + content.length;
    job.progress(end, size);
  }
  if (end === 0) {
    throw new BackupError("invalid_archive", `${damage.message}; no block of its library could be salvaged`);
  }
  if (end < size) missing.push({ start: end, length: size - end });
  database.syncSync();
  const unplacedBlocks = blocks.reduce((sum, { count, first }) => first === null ? sum + count : sum, 0);
  return { damage: damage.message, missing, unplacedBlocks, pageSize };
}

function pageSizeOf(header: Uint8Array): number | null {
  if (header.length < PAGE_SIZE.at + PAGE_SIZE.bytes) return null;
  const value = new DataView(header.buffer, header.byteOffset, header.length).getUint16(PAGE_SIZE.at);
  const size = value === 1 ? PAGE_SIZE.largest : value;
  return size < 512 || (size & (size - 1)) !== 0 ? null : size;
}
