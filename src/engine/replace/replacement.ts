import { declined } from "../../errors.ts";
import type { Checked, Replacement, Restored } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";
import { type Candidate, putInPlace } from "./put_in_place.ts";
import { Owners } from "./owners.ts";
import { afterwards, checkResult } from "./result_check.ts";
import { type Ground, requireRoom } from "./room.ts";
import { pruneSetAside } from "./set_aside.ts";

/** A checked database that is to become the library, and how that is to be done. */
export interface PlannedReplacement extends Omit<Candidate, "library" | "owners"> {
  readonly replacement: Replacement;
  readonly dryRun: boolean;
  readonly confirm: boolean;
  readonly ground: Ground;
  /** `performance.now()` at the beginning of the operation. */
  readonly started: number;
}

/** Asks where that is wanted, replaces the library, and looks at the result before saying that it is done. */
export async function replaceLibrary(plan: PlannedReplacement, job: Job): Promise<Restored | Checked> {
  const { replacement, waitSeconds, ground } = plan;
  const { library } = replacement;
  const owners = new Owners(plan.candidate, job.action);
  requireRoom(library, ground, job);
  if (plan.dryRun) return { kind: "checked", replacement };
  const asked = performance.now();
  if (plan.confirm && !await job.host.ask(replacement)) throw declined();
  const started = plan.started + performance.now() - asked;
  // Once more: somebody may have thought about it for a while.
  requireRoom(library, ground, job);
  const check = (previous: string | null) => checkResult(replacement, waitSeconds, previous, job);
  const { previous, logs } = await putInPlace({ ...plan, library, owners }, job, check);
  const failing = "an older one that is set aside could not be removed";
  const removedLibraries = afterwards({ library, previous }, failing, () => pruneSetAside(library));
  const seconds = (performance.now() - started) / 1000;
  return { kind: "restored", replacement, previousLibrary: previous, keptLogs: logs, removedLibraries, seconds };
}
