import { dirname } from "node:path";
import { checkExtracted, extractDatabase, warnOf } from "../inspect/extract.ts";
import { nameArchive } from "../inspect/unpack.ts";
import { explain, type LibraryTask as Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import type { Checked, Replacement, Restored, RestoreRequest } from "../protocol/mod.ts";
import type { WorkFiles } from "../../store/work_directory.ts";
import { inWorkDirectory } from "../worker/work_directory.ts";
import { KNOWN_SCHEMA_VERSION } from "../../version.ts";
import { refuseDatabase } from "./plain_database.ts";
import { lookAtLibrary } from "./preview.ts";
import { replaceLibrary } from "./replacement.ts";
import { bytesToSetAside, tryGround } from "./room.ts";
import { refuseNewerSchema } from "./schema.ts";

/** Restores a backup over the library, or only checks that it could be. Nothing changes before every check is passed. */
export async function restore(request: RestoreRequest, host: Host): Promise<Restored | Checked> {
  const task: Task = {
    action: "Cannot restore the backup",
    library: request.library,
    directory: dirname(request.library),
  };
  try {
    refuseDatabase(request.archive, request.library);
    return await inWorkDirectory(task, host, (work) => restoreArchive(request, work, host, task));
  } catch (error) {
    throw explain(nameArchive(error, request.archive, "Cannot restore"), task);
  }
}

async function restoreArchive(
  request: RestoreRequest,
  work: WorkFiles,
  host: Host,
  task: Task,
): Promise<Restored | Checked> {
  const started = performance.now();
  const { archive, library } = request;
  const { action } = task;
  const candidate = work.file("library.db");
  const ground = tryGround(task, work);

  beginStep(host, "read archive", { archive });
  const extraction = { archive, path: candidate, besides: bytesToSetAside(library, ground), action };
  const metadata = await extractDatabase(extraction, host);

  const { size } = Deno.statSync(candidate);
  beginStep(host, "check database", { database_size_bytes: size });
  const facts = await checkExtracted(extraction, metadata, { anyDatabase: request.anyDatabase }, host);
  warnOf(facts.remarks, request.archive, host);
  const inPlace = lookAtLibrary(request, candidate, host);
  const replacement: Replacement = {
    source: archive,
    library,
    createdAt: metadata.created_at,
    vpoVersion: metadata.vpo_version,
    schemaVersion: facts.schemaVersion,
    currentSchemaVersion: inPlace.schemaVersion ?? KNOWN_SCHEMA_VERSION,
    schemaInPlace: inPlace.schemaVersion,
    databaseSize: size,
    fileCount: facts.fileCount,
    unfinishedJobs: facts.unfinishedJobs,
    comparison: inPlace.comparison,
  };
  if (!request.force) refuseNewerSchema(replacement);
  const spare = work.file("previous.db");
  const plan = { ...request, action, replacement, candidate, spare, ground, started, requireStill() {} };
  return await replaceLibrary(plan, host);
}
