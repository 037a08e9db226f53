import { lookInto } from "../inspect/look_into.ts";
import { findDamage, reasonOf, type Unusable, whyUnsound } from "../inspect/read_archives.ts";
import type { Job } from "../worker/job.ts";
import type { Candidate } from "./candidates.ts";

/** A damaged archive that changed within this time may still be in the making, in milliseconds. */
const WRITING_MS = 3_600_000;

/** Why an archive cannot be used, and how that was found: by reading the archive, or by unpacking its library. */
export interface Fault extends Unusable {
  readonly foundBy: "reading" | "unpacking";
}

/**
 * Why a backup cannot be relied on while others are removed; null where it can.
 *
 * @param isChecked whether its library was unpacked and checked before
 */
export async function whyUnreliable(
  { path, file: { filename }, libraryPath }: Candidate,
  isChecked: boolean,
  unpack: boolean,
  job: Job,
): Promise<Fault | null> {
  job.step("read archive", { archive: filename });
  // This program checks a library before archiving it, and the hash shows that it is still the same.
  if (isChecked || libraryPath !== null) {
    const unusable = await whyUnsound(path, job);
    return unusable === null ? null : { ...unusable, foundBy: "reading" };
  }
  if (!unpack) return { fault: "unreadable", why: "its library was not unpacked and checked", foundBy: "reading" };
  const found = await lookInto(path, job);
  return "fault" in found ? { ...found, foundBy: "unpacking" } : null;
}

/**
 * Why an archive that was found damaged is not removed; null if it is damaged when looked at once more in the same way,
 * and not being written.
 */
export async function whyNotYet(path: string, foundBy: Fault["foundBy"], now: Date, job: Job): Promise<string | null> {
  try {
    const spared = foundBy === "unpacking" ? await whyNotDamagedInside(path, job) : await whyNotDamaged(path, job);
    if (spared !== null) return spared;
    const { mtime } = Deno.statSync(path);
    const age = now.getTime() - (mtime?.getTime() ?? 0);
    return age < WRITING_MS ? "it changed in the last hour: it may still be being written" : null;
  } catch (error) {
    job.throwIfCancelled();
    return reasonOf(error);
  }
}

async function whyNotDamaged(path: string, job: Job): Promise<string | null> {
  return await findDamage(path, job) === null ? "it can be read now" : null;
}

async function whyNotDamagedInside(path: string, job: Job): Promise<string | null> {
  const found = await lookInto(path, job);
  if (!("fault" in found)) return "it can be read now";
  return found.fault === "damaged" && !found.isOtherDatabase ? null : found.why;
}
