import { readLineage } from "../../library/lineage.ts";
import { type Unusable, unusableBy, whyUnsound } from "../inspect/read_archives.ts";
import { unpack } from "../inspect/unpack.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { makeTemporary } from "../worker/work_directory.ts";
import type { Candidate } from "./candidates.ts";

/** What is found in an archive that was unpacked: a sample of its library, which the check of SQLite's found sound. */
export interface LookedInto {
  readonly lineage: string | null;
}

/**
 * Unpacks the library of an archive, checks it, and tells whose it is. Archives of VPO's tell only that way, and have no
 * hash that would prove their library to be what was checked when they were made.
 */
export async function lookInto(path: string, directory: string, host: Host): Promise<LookedInto | Unusable> {
  const task = { action: "Cannot look into the backup", library: path, directory };
  try {
    using work = makeTemporary(directory, host);
    using unpacked = await unpack(path, work.file("library.db"), false, task, host);
    return { lineage: readLineage(unpacked.database, () => host.throwIfCancelled()) || null };
  } catch (error) {
    host.throwIfCancelled();
    return unusableBy(error);
  }
}

/**
 * Why a backup cannot be relied upon while others are removed; null where it can.
 *
 * @param isChecked whether its library was unpacked and checked before
 */
export async function whyUnreliable(
  { path, file: { filename }, libraryPath }: Candidate,
  isChecked: boolean,
  directory: string | null,
  host: Host,
): Promise<Unusable | null> {
  beginStep(host, "read archive", { archive: filename });
  // The library in an archive of this program was checked when it was made, and its hash shows that it is still that.
  if (isChecked || libraryPath !== null) return await whyUnsound(path, host);
  if (directory === null) return { fault: "unreadable", why: "its library was not unpacked to be checked" };
  const found = await lookInto(path, directory, host);
  return "fault" in found ? found : null;
}
