import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { previewReplacement } from "../inspect/compare.ts";
import { exchangeLibrary, readCurrentSchema } from "./replacement.ts";
import { checkExtracted, extractDatabase } from "../inspect/extract.ts";
import { explain, type Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import type { Checked, Replacement, Restored, RestoreRequest } from "../protocol/mod.ts";
import { type Temporary, withTemporary } from "../worker/work_directory.ts";

/** Restores a backup over the library, or only checks that it could be. Nothing changes before every check is passed. */
export async function restore(request: RestoreRequest, host: Host): Promise<Restored | Checked> {
  const task: Task = {
    action: "Cannot restore the backup",
    library: request.library,
    directory: dirname(request.library),
  };
  try {
    return await withTemporary(task, host, (work) => restoreArchive(request, work, host, task));
  } catch (error) {
    throw explain(nameArchive(error, request.archive), task);
  }
}

/** What is wrong with an archive is found where its name is not known. */
function nameArchive(error: unknown, archive: string): unknown {
  if (!(error instanceof BackupError) || error.code !== "invalid_archive") return error;
  const message = `Cannot restore "${archive}": ${error.message}`;
  return new BackupError("invalid_archive", message, error.hint, { cause: error });
}

async function restoreArchive(
  request: RestoreRequest,
  work: Temporary,
  host: Host,
  task: Task,
): Promise<Restored | Checked> {
  const started = performance.now();
  const candidate = work.file("library.db");

  beginStep(host, "read archive", { archive: request.archive });
  const extraction = { archive: request.archive, path: candidate, directory: task.directory, action: task.action };
  const metadata = await extractDatabase(extraction, host);

  const { size } = Deno.statSync(candidate);
  beginStep(host, "check database", { database_size_bytes: size });
  const facts = await checkExtracted(extraction, metadata, request, host);
  const replacement: Replacement = {
    source: request.archive,
    library: request.library,
    createdAt: metadata.created_at,
    vpoVersion: metadata.vpo_version,
    schemaVersion: facts.schemaVersion,
    currentSchemaVersion: readCurrentSchema(request.library, request.waitSeconds, host),
    databaseSize: size,
    fileCount: facts.fileCount,
    comparison: previewReplacement(request, candidate, host),
  };
  if (!request.force) refuseNewerSchema(replacement);
  const exchange = { ...request, replacement, candidate, spare: work.file("previous.db"), started, requireStill() {} };
  return await exchangeLibrary(exchange, host);
}

function refuseNewerSchema(replacement: Replacement): void {
  const { schemaVersion, currentSchemaVersion, source } = replacement;
  if (schemaVersion <= currentSchemaVersion) return;
  throw new BackupError(
    "schema_incompatible",
    `Cannot restore "${source}": its schema ${schemaVersion} is newer than the current schema ${currentSchemaVersion}`,
    "Update VPO first, or restore it all the same with --force.",
  );
}
