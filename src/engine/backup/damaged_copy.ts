import { dirname } from "node:path";
import { BackupError, systemReason } from "../../errors.ts";
import { checkOpen, DamagedDatabase } from "../../library/integrity.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { isDamage, lookTwice } from "../../library/sqlite.ts";
import { ADVICE } from "../../program.ts";
import { limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { Job } from "../worker/job.ts";
import type { BackupRequest } from "../protocol/mod.ts";

function foundDamage(error: unknown): boolean {
  return error instanceof DamagedDatabase || isDamage(error);
}

/**
 * The error to report of one that arose from the copy of the library. Damage in the pages of a library is in its copy as
 * well, but a failing disk or failing memory damages a copy of a sound library: that must not be replaced by a backup.
 */
export function explainCopyError(error: unknown, request: BackupRequest, job: Job): unknown {
  if (!foundDamage(error)) return error;
  const what = `${job.action}: the copy made of it in "${dirname(job.files.path)}" is damaged`;
  const why = systemReason(error);
  try {
    checkLibrary(request, job);
  } catch (reason) {
    job.throwIfCancelled();
    if (foundDamage(reason)) return error;
    const message = `${what}: ${why}; whether the library is, too, cannot be told: ${systemReason(reason)}`;
    return new BackupError("operation_failed", message, ADVICE.diagnose, { cause: error });
  }
  return new BackupError(
    "operation_failed",
    `${what}, though the library is not: ${why}`,
    ADVICE.workElsewhere,
    { cause: error },
  );
}

function checkLibrary({ library, waitSeconds }: BackupRequest, job: Job): void {
  job.step("check library", { library });
  using _limit = limitLook(job, sizeWithLog(library), { waitSeconds });
  lookTwice(() => {
    using snapshot = Snapshot.pin(library, waitSeconds);
    snapshot.read((database) => checkOpen(database, "quick"));
  });
}
