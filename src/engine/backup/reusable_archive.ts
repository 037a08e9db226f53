import { join } from "node:path";
import { readMetadata } from "../../archive/read.ts";
import { EarlierBlocks } from "../../archive/reuse.ts";
import { areKin } from "../../library/content/lineage.ts";
import type { Metadata } from "../../store/metadata.ts";
import { archiveTime, newestNameFirst } from "../../store/naming.ts";
import { openFile } from "../../store/open_file.ts";
import type { BackupRequest } from "../protocol/mod.ts";

/** Archives that are tried before everything is packed anew: some may be of other libraries. */
const MAX_LOOKED_AT = 12;

/**
 * The blocks of the newest readable archive of this library in the directory that was packed at the same level. An
 * archive of another library has hardly a block in common.
 *
 * @param described metadata of the backup that is made
 * @returns null where there is none: an archive that cannot be used is no reason to fail a backup
 */
export async function findEarlierBlocks(request: BackupRequest, described: Metadata): Promise<EarlierBlocks | null> {
  const { directory } = request.destination;
  const names = Array.from(Deno.readDirSync(directory))
    .filter(({ isFile, name }) => isFile && archiveTime(name) !== null)
    .map(({ name }) => name)
    .sort(newestNameFirst);
  for (const name of names.slice(0, MAX_LOOKED_AT)) {
    const found = await openOwn(join(directory, name), described);
    if (found === null) continue;
    if (found.level === request.level) return found.blocks;
    found.blocks[Symbol.dispose]();
    return null;
  }
  return null;
}

/** @returns null where the archive is of another library, or cannot be used */
async function openOwn(path: string, described: Metadata) {
  let blocks: EarlierBlocks | null = null;
  try {
    blocks = EarlierBlocks.open(path, openFile(path));
    if (blocks === null) return null;
    using archive = openFile(path);
    const metadata = await readMetadata(archive, () => {});
    if (isSameLibrary(metadata, described)) return { blocks, level: metadata.compression_level };
  } catch {
    // That is no reason to fail a backup.
  }
  blocks?.[Symbol.dispose]();
  return null;
}

/**
 * Lineage decides where both archives have one, because all libraries in containers have the same path; otherwise the
 * path does.
 */
function isSameLibrary(one: Metadata, other: Metadata): boolean {
  const kin = one.lineage === undefined || other.lineage === undefined ? null : areKin(one.lineage, other.lineage);
  return kin ?? one.library_path === other.library_path;
}
