import { dirname } from "node:path";
import { backUp } from "../../../src/engine/backup/backup.ts";
import { Job } from "../../../src/engine/worker/job.ts";
import { recordOf } from "../../../src/engine/worker/verbs.ts";
import type { BackupCreated, Checked, Request, Restored } from "../../../src/engine/protocol/mod.ts";
import { WorkDirectory } from "../../../src/store/work_directory.ts";
import { restore } from "../../../src/engine/replace/restore.ts";
import { quietHost } from "../../support/host.ts";

function jobFor(request: Request, work: WorkDirectory): Job {
  const prepared = { work: work.path, refusal: null, leftovers: [], library: "plain" } as const;
  const host = quietHost({ prepared, ask: () => Promise.resolve(true) });
  return new Job(host, recordOf(request).purpose(request));
}

/** Makes a backup of `library` at `archive` by the engine itself, without a process or a worker. */
export async function backUpHere(library: string, archive: string, level = 6): Promise<BackupCreated> {
  const directory = dirname(archive);
  using work = WorkDirectory.create(directory);
  const request = {
    verb: "backup",
    library,
    destination: { directory, existing: directory },
    filename: archive.slice(directory.length + 1),
    claim: false,
    force: true,
    dryRun: false,
    waitSeconds: 0,
    level,
    reuse: true,
    skipUnchanged: false,
    anyDatabase: false,
    tempDirectory: null,
    settings: null,
  } as const;
  const job = jobFor(request, work);
  const result = await backUp(request, job).catch((error) => {
    throw job.explain(error);
  });
  if (result.kind !== "created") throw new Error(`the backup ended as "${result.kind}"`);
  return result;
}

/** Restores `archive` over `library` by the engine itself. */
export async function restoreHere(
  archive: string,
  library: string,
  options: { readonly dryRun?: boolean; readonly force?: boolean } = {},
): Promise<Restored | Checked> {
  const directory = dirname(library);
  const { dryRun = false, force = false } = options;
  using work = WorkDirectory.create(directory);
  const request = {
    verb: "restore",
    settings: null,
    archive,
    library,
    destination: { directory, existing: directory },
    dryRun,
    force,
    waitSeconds: 0,
    anyDatabase: false,
    confirm: false,
  } as const;
  const job = jobFor(request, work);
  return await restore(request, job).catch((error) => {
    throw job.explain(error);
  });
}
