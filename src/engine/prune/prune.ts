import { join } from "node:path";
import { BackupError } from "../../errors.ts";
import { ADVICE } from "../../program.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { archiveTime } from "../../store/naming.ts";
import { syncDirectory } from "../../store/publish.ts";
import type { Job } from "../worker/job.ts";
import type { PlannedFile, Pruned, PrunePlan, PruneRequest } from "../protocol/mod.ts";
import { PlannedFiles } from "./planned_files.ts";

/** Carries out a plan, oldest archive first, as long as each file is still the one that was planned. */
export async function prune({ plan }: PruneRequest, job: Job): Promise<Pruned> {
  const { directory, newest } = plan;
  const planned = new PlannedFiles(directory, job);
  const removed: PlannedFile[] = [];
  job.host.beginCommit();
  try {
    for (const file of plan.removed.toReversed()) {
      if (!await areThere(newest, planned)) throw newestHasGone(job.action);
      job.host.report({ kind: "step", step: "remove", facts: { archive: file.filename } });
      if (!await removeUnchanged(directory, file, planned, job)) continue;
      removed.push(file);
      syncDirectory(directory);
    }
  } catch (error) {
    throw cutShort(job.explain(error), plan, removed.length);
  }
  return { kind: "pruned", plan, removed: removed.reverse() };
}

/** @returns whether it was there, and still the file that was planned */
async function removeUnchanged(
  directory: string,
  file: PrunePlan["removed"][number],
  planned: PlannedFiles,
  job: Job,
): Promise<boolean> {
  const { filename } = file;
  const path = join(directory, filename);
  const quality = file.reason === "damaged" ? "damaged" : null;
  if (archiveTime(filename) === null || !await planned.isStill(file, quality)) {
    // Another run may have been faster.
    if (lstatIfPresent(path) !== null) job.warn(`${filename} is no longer what it was, and is left alone`);
    return false;
  }
  try {
    Deno.removeSync(path);
  } catch (error) {
    // Another run was faster.
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  return true;
}

/** Whether the newest good backup of each library still exists and is still good. */
async function areThere(newest: readonly PlannedFile[], planned: PlannedFiles): Promise<boolean> {
  for (const good of newest) {
    if (!await planned.isStill(good, "good")) return false;
  }
  return newest.length > 0;
}

/** The error of a run that had already removed some backups: they are gone, so it says how many. */
function cutShort(error: BackupError, plan: PrunePlan, removed: number): BackupError {
  const { code, message, hint } = error;
  const done = `removed before that: ${removed} of ${plan.removed.length} backups`;
  return new BackupError(code, `${message}; ${done}`, hint, { cause: error });
}

function newestHasGone(action: string): BackupError {
  return new BackupError(
    "general",
    `${action}: the newest good backup has gone or changed meanwhile`,
    ADVICE.lookAgain,
  );
}
