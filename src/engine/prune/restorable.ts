import { lookInto } from "../inspect/look_into.ts";
import { type Unusable, whyUnsound } from "../inspect/read_archives.ts";
import type { Job } from "../worker/job.ts";
import type { Candidate } from "./candidates.ts";

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
): Promise<Unusable | null> {
  job.step("read archive", { archive: filename });
  // This program checks a library before archiving it, and the hash shows that it is still the same.
  if (isChecked || libraryPath !== null) return await whyUnsound(path, job);
  if (!unpack) return { fault: "unreadable", why: "its library was not unpacked and checked" };
  const found = await lookInto(path, job);
  return "fault" in found ? found : null;
}
