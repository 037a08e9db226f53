import { join } from "node:path";
import { readMetadata } from "../../archive/read.ts";
import { EarlierBlocks } from "../../archive/reuse.ts";
import { archiveSerial, archiveTime } from "../../store/naming.ts";
import type { BackupRequest } from "../protocol/mod.ts";

/** Archives that are looked at before all is packed anew. */
const MAX_LOOKED_AT = 3;

/**
 * The blocks of the newest readable archive in the directory, where it was packed at the same level.
 *
 * @returns null where there is none: an archive that cannot be used is no reason for a backup to fail
 */
export async function findEarlierBlocks(request: BackupRequest): Promise<EarlierBlocks | null> {
  const { directory } = request.destination;
  const names = Array.from(Deno.readDirSync(directory))
    .filter(({ isFile, name }) => isFile && archiveTime(name) !== null)
    .map(({ name }) => name)
    .sort((a, b) => Number(archiveTime(b)) - Number(archiveTime(a)) || archiveSerial(b) - archiveSerial(a));
  for (const name of names.slice(0, MAX_LOOKED_AT)) {
    const blocks = await openBlocks(join(directory, name), request.level);
    if (blocks !== "unreadable") return blocks;
  }
  return null;
}

async function openBlocks(path: string, level: number): Promise<EarlierBlocks | null | "unreadable"> {
  try {
    const blocks = EarlierBlocks.open(path);
    if (blocks === null) return null;
    using archive = Deno.openSync(path);
    const { compression_level: packedAt } = await readMetadata(archive, () => {});
    if (packedAt === level) return blocks;
    blocks[Symbol.dispose]();
    return null;
  } catch {
    return "unreadable";
  }
}
