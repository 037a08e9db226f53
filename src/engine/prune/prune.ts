import { join } from "node:path";
import { BackupError } from "../../errors.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { archiveTime } from "../../store/naming.ts";
import { syncDirectory } from "../../store/publish.ts";
import { findDamage, readArchives, reasonOf, whyUnsound } from "../inspect/read_archives.ts";
import { explain, type Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import type { BackupEntry, PlannedFile, PlanPruneRequest, Pruned, PrunePlan, PruneRequest } from "../protocol/mod.ts";
import { decide } from "./retention.ts";

/** A damaged archive that changed more lately than this may still be being written by somebody, in milliseconds. */
const WRITING_MS = 3_600_000;

/** Plans what of a directory is to be deleted; deletes nothing. */
export async function planPrune(request: PlanPruneRequest, host: Host): Promise<PrunePlan> {
  try {
    return await plan(request, host, new Date());
  } catch (error) {
    throw explain(error, taskIn(request.directory));
  }
}

/** Carries a plan out, the oldest archive first, as far as what it names is still what it was. */
export function prune({ plan }: PruneRequest, host: Host): Promise<Pruned> {
  return Promise.resolve().then(() => removePlanned(plan, host)).catch((error) => {
    throw explain(error, taskIn(plan.directory));
  });
}

async function plan(request: PlanPruneRequest, host: Host, now: Date): Promise<PrunePlan> {
  const { directory } = request;
  const found = new Candidates();
  for (const entry of await readArchives(directory, host)) found.sort(entry);
  if (!request.force) refuseLateClock(found, directory, now);
  await found.requireGoodNewest(directory, host);

  const fates = decide(found.readable, request.rules);
  const kept: PrunePlan["kept"][number][] = [];
  const removed: PrunePlan["removed"][number][] = [];
  fates.forEach((fate, index) => {
    const file = found.readable[index];
    if (file === undefined) return;
    if (fate.keep) kept.push({ ...file, reasons: fate.reasons });
    else removed.push({ ...file, reason: fate.reason });
  });
  const leftAlone = [...found.notOurs];
  for (const { file, why } of found.unreadable) {
    const reprieve = request.damaged ? await whyNotYet(join(directory, file.filename), now, host) : why;
    if (reprieve === null) removed.push({ ...file, reason: "damaged" });
    else leftAlone.push({ filename: file.filename, why: reprieve });
  }
  return { kind: "prune planned", directory, kept, removed: removed.sort(byAge), leftAlone };
}

/** What is in a directory, sorted by what pruning may do with it; each list has the newest first. */
class Candidates {
  /** The first of them is sound once {@link requireGoodNewest} has looked. */
  readonly readable: PlannedFile[] = [];
  readonly unreadable: { readonly file: PlannedFile; readonly why: string }[] = [];
  readonly notOurs: { readonly filename: string; readonly why: string }[] = [];

  sort(entry: BackupEntry): void {
    const { filename, error } = entry;
    const info = lstatIfPresent(entry.path);
    if (info === null) return;
    const why = archiveTime(filename) === null
      ? "its name is none that a backup gets"
      : info.isFile
      ? null
      : "it is not a regular file";
    const file = { filename, createdAt: entry.createdAt, archiveSize: info.size, identity: stateOf(info) };
    if (why !== null) this.notOurs.push({ filename, why });
    else if (error === null) this.readable.push(file);
    else this.unreadable.push({ file, why: error });
  }

  /**
   * Finds the newest archive that is sound to its last byte; newer ones are as good as unreadable.
   *
   * @throws {BackupError} `invalid_archive` where there is none: then every archive may be all there is
   */
  async requireGoodNewest(directory: string, host: Host): Promise<void> {
    for (;;) {
      const [file] = this.readable;
      if (file === undefined) break;
      beginStep(host, "read archive", { archive: file.filename });
      const why = await whyUnsound(join(directory, file.filename), host);
      if (why === null) return;
      this.readable.shift();
      this.unreadable.push({ file, why });
      this.unreadable.sort((a, b) => byAge(a.file, b.file));
    }
    if (this.unreadable.length === 0) return;
    throw new BackupError(
      "invalid_archive",
      `${actionIn(directory)}: none of the backups is sound, so none is removed`,
      "Make a new one with: vpo-backup backup",
    );
  }
}

function refuseLateClock({ readable: [newest] }: Candidates, directory: string, now: Date): void {
  if (newest === undefined || Date.parse(newest.createdAt) <= now.getTime()) return;
  throw new BackupError(
    "general",
    `${actionIn(directory)}: by the clock "${newest.filename}" is from the future`,
    "Set the clock, or go on all the same with: vpo-backup prune --force",
  );
}

/** Why an archive that was found unreadable is not to be deleted; null where it is damaged and stays so. */
async function whyNotYet(path: string, now: Date, host: Host): Promise<string | null> {
  try {
    const damage = await findDamage(path, host);
    if (damage === null) return "it can be read by now";
    const { mtime } = Deno.statSync(path);
    const age = now.getTime() - (mtime?.getTime() ?? 0);
    return age < WRITING_MS ? "it changed in the last hour: it may still be being written" : null;
  } catch (error) {
    host.throwIfCancelled();
    return reasonOf(error);
  }
}

function removePlanned(plan: PrunePlan, host: Host): Pruned {
  const { directory, kept: [newest] } = plan;
  const removed: PlannedFile[] = [];
  host.beginCommit();
  try {
    for (const file of plan.removed.toReversed()) {
      if (newest === undefined || !isUnchanged(directory, newest)) throw newestHasGone(directory);
      host.report({ kind: "step", step: "remove", facts: { archive: file.filename } });
      if (!removeUnchanged(directory, file, host)) continue;
      removed.push(file);
      syncDirectory(directory);
    }
  } catch (error) {
    throw cutShort(error, plan, removed.length);
  }
  return { kind: "pruned", plan, removed: removed.reverse() };
}

/** @returns whether it was there, and the file that was planned */
function removeUnchanged(directory: string, file: PlannedFile, host: Host): boolean {
  const { filename } = file;
  const path = join(directory, filename);
  if (lstatIfPresent(path) === null) return false;
  if (archiveTime(filename) === null || !isUnchanged(directory, file)) {
    host.report({ kind: "warning", message: `${filename} is no longer what it was, and is left alone` });
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

function stateOf({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime()].join(":");
}

/** The error of a run that had removed some backups before: those are gone, so it says how many. */
function cutShort(error: unknown, plan: PrunePlan, removed: number): BackupError {
  const { code, message, hint } = explain(error, taskIn(plan.directory));
  const done = `removed before that: ${removed} of ${plan.removed.length} backups`;
  return new BackupError(code, `${message}; ${done}`, hint, { cause: error });
}

function newestHasGone(directory: string): BackupError {
  return new BackupError(
    "general",
    `${actionIn(directory)}: the newest good backup has gone or changed meanwhile`,
    "Look at what there is with: vpo-backup backups",
  );
}

function taskIn(directory: string): Task {
  return { action: actionIn(directory), library: "", directory };
}

function actionIn(directory: string): string {
  return `Cannot prune the backups in "${directory}"`;
}

function byAge(a: PlannedFile, b: PlannedFile): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.filename < b.filename ? 1 : -1);
}
