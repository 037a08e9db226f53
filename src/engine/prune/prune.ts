import { join } from "node:path";
import { BackupError } from "../../errors.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { archiveTime } from "../../store/naming.ts";
import { syncDirectory } from "../../store/publish.ts";
import type { Job } from "../worker/job.ts";
import type { PlannedFile, Pruned, PrunePlan, PruneRequest } from "../protocol/mod.ts";

/** Carries a plan out, the oldest archive first, as far as what it names is still what it was. */
export function prune({ plan }: PruneRequest, job: Job): Pruned {
  const { directory, newest } = plan;
  const removed: PlannedFile[] = [];
  job.host.beginCommit();
  try {
    for (const file of plan.removed.toReversed()) {
      const isThere = newest.length > 0 && newest.every((good) => isUnchanged(directory, good));
      if (!isThere) throw newestHasGone(job.action);
      job.host.report({ kind: "step", step: "remove", facts: { archive: file.filename } });
      if (!removeUnchanged(directory, file, job)) continue;
      removed.push(file);
      syncDirectory(directory);
    }
  } catch (error) {
    throw cutShort(job.explain(error), plan, removed.length);
  }
  return { kind: "pruned", plan, removed: removed.reverse() };
}

/** @returns whether it was there, and the file that was planned */
function removeUnchanged(directory: string, file: PlannedFile, job: Job): boolean {
  const { filename } = file;
  const path = join(directory, filename);
  if (lstatIfPresent(path) === null) return false;
  if (archiveTime(filename) === null || !isUnchanged(directory, file)) {
    job.warn(`${filename} is no longer what it was, and is left alone`);
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

function isUnchanged(directory: string, { filename, identity }: PlannedFile): boolean {
  const info = lstatIfPresent(join(directory, filename));
  return info !== null && info.isFile && stateOf(info) === identity;
}

/** What tells a file from another one that takes its name, or from what it was before it was written to. */
export function stateOf({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime()].join(":");
}

/** The error of a run that had removed some backups before: those are gone, so it says how many. */
function cutShort(error: BackupError, plan: PrunePlan, removed: number): BackupError {
  const { code, message, hint } = error;
  const done = `removed before that: ${removed} of ${plan.removed.length} backups`;
  return new BackupError(code, `${message}; ${done}`, hint, { cause: error });
}

function newestHasGone(action: string): BackupError {
  return new BackupError(
    "general",
    `${action}: the newest good backup has gone or changed meanwhile`,
    "Look at what there is with: vpo-backup backups",
  );
}

/** The newest first. */
export function byAge(a: PlannedFile, b: PlannedFile): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.filename < b.filename ? 1 : -1);
}
