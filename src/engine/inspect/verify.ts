import { BackupError } from "../../errors.ts";
import type { Metadata } from "../../store/metadata.ts";
import { checkExtracted, extractDatabase, readArchivedDatabase } from "./extract.ts";
import { explain, type Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import type { Examined, VerifyRequest } from "../protocol/mod.ts";
import { withTemporary } from "../worker/work_directory.ts";

const OTHER_WAYS = "Name another place with --temp-dir DIR, or check without unpacking with --quick.";

/** Checks one archive as a restore would, without a library; that it is damaged is a result and no error. */
export async function verifyArchive(request: VerifyRequest, host: Host): Promise<Examined> {
  const { archive, workDirectory } = request;
  const task: Task = { action: "Cannot check the backup", library: archive, directory: workDirectory ?? "" };
  const started = performance.now();
  const examined = (damage: string | null, facts: Examined["facts"]): Examined => ({
    kind: "examined",
    damage,
    facts,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    const metadata = workDirectory === null ? await readWhole(archive, host) : await tryExtracting(request, task, host);
    return examined(null, {
      createdAt: metadata.created_at,
      databaseSize: metadata.database_size_bytes,
      fileCount: metadata.file_count,
      schemaVersion: metadata.schema_version,
    });
  } catch (error) {
    if (error instanceof BackupError && error.code === "invalid_archive") return examined(error.message, null);
    throw explain(error, task);
  }
}

async function readWhole(archive: string, host: Host): Promise<Metadata> {
  beginStep(host, "read archive", { archive });
  return await readArchivedDatabase(archive, host);
}

async function tryExtracting(request: VerifyRequest, task: Task, host: Host): Promise<Metadata> {
  const { archive, anyDatabase } = request;
  const { action, directory } = task;
  return await withTemporary(task, host, async (work) => {
    const extraction = { archive, path: work.file("library.db"), directory, action };
    beginStep(host, "read archive", { archive });
    const metadata = await extractDatabase(extraction, host);
    beginStep(host, "check database", { archive, database_size_bytes: metadata.database_size_bytes });
    await checkExtracted(extraction, metadata, { anyDatabase, force: false }, host);
    return metadata;
  }, OTHER_WAYS);
}
