import { readLineage } from "../../library/content/lineage.ts";
import type { Host } from "../worker/host.ts";
import { workFiles } from "../worker/work_directory.ts";
import { type Unusable, unusableBy } from "./read_archives.ts";
import { unpack } from "./unpack.ts";

/** What is found in an archive that was unpacked: a sample of its library, which the check of SQLite's found sound. */
export interface LookedInto {
  readonly lineage: string | null;
}

/**
 * Unpacks the library of an archive, checks it, and tells whose it is. Archives of VPO's tell only that way, and have no
 * hash that would prove their library to be what was checked when they were made.
 */
export async function lookInto(path: string, host: Host): Promise<LookedInto | Unusable> {
  const { refusal } = host.prepared;
  if (refusal !== null) return { fault: "unreadable", why: refusal.message };
  const work = workFiles(host);
  const task = { action: "Cannot look into the backup", library: path, directory: work.path };
  using _ = { [Symbol.dispose]: () => work.clear() };
  try {
    using unpacked = await unpack(path, work.file("library.db"), false, task, host);
    return { lineage: readLineage(unpacked.database, () => host.throwIfCancelled()) || null };
  } catch (error) {
    host.throwIfCancelled();
    return unusableBy(error);
  }
}
