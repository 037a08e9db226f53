import { NotALibrary } from "../../library/content/library_facts.ts";
import { readLineage } from "../../library/content/lineage.ts";
import type { Job } from "../worker/job.ts";
import { type Unusable, unusableBy } from "./read_archives.ts";
import { unpack } from "../unpack/unpack.ts";

/** What unpacking an archive shows: a sample of its library, which SQLite's check found sound. */
export interface LookedInto {
  readonly lineage: string | null;
}

/** Why nothing can be told of an archive's library. */
export interface NotLookedInto extends Unusable {
  /** Whether it holds a sound database, though not a library of VPO's. */
  readonly isOtherDatabase: boolean;
}

/**
 * Unpacks the library of an archive, checks it, and tells whose it is. With VPO's archives there is no other way to
 * tell, and no hash that would prove their library to be the one that was checked when they were made.
 */
export async function lookInto(path: string, job: Job): Promise<LookedInto | NotLookedInto> {
  const { refusal } = job.host.prepared;
  if (refusal !== null) return { fault: "unreadable", why: refusal.message, isOtherDatabase: false };
  const work = job.files;
  const looking = job.about({ action: "Cannot look into the backup", archive: path });
  using _ = { [Symbol.dispose]: () => work.clear() };
  try {
    using unpacked = await unpack(path, work.file("library.db"), { anyDatabase: false }, looking);
    return { lineage: readLineage(unpacked.database, () => job.throwIfCancelled()) || null };
  } catch (error) {
    job.throwIfCancelled();
    const isOtherDatabase = error instanceof Error && error.cause instanceof NotALibrary;
    return { ...unusableBy(error), isOtherDatabase };
  }
}
