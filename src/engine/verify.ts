import { BackupError } from "../errors.ts";
import type { Metadata } from "../store/metadata.ts";
import { checkExtracted, extractDatabase, readDatabase } from "./extract.ts";
import { explain } from "./failure.ts";
import { beginStep, type Host } from "./host.ts";
import type { Examined, VerifyRequest } from "./protocol.ts";
import { makeRoom } from "./temporary.ts";

const ACTION = "Cannot check the backup";

/** Checks one archive as a restore would, without a library; that it is damaged is a result and no error. */
export async function verifyArchive(request: VerifyRequest, host: Host): Promise<Examined> {
  const { archive } = request;
  const started = performance.now();
  const examined = (damage: string | null, facts: Examined["facts"]): Examined => ({
    kind: "examined",
    damage,
    facts,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    const metadata = request.workDirectory === null
      ? await readWhole(archive, host)
      : await tryExtracting(request, request.workDirectory, host);
    return examined(null, {
      createdAt: metadata.created_at,
      databaseSize: metadata.database_size_bytes,
      fileCount: metadata.file_count,
      schemaVersion: metadata.schema_version,
    });
  } catch (error) {
    if (error instanceof BackupError && error.code === "invalid_archive") return examined(error.message, null);
    throw explain(error, { action: ACTION, library: archive, directory: request.workDirectory ?? "" });
  }
}

async function readWhole(archive: string, host: Host): Promise<Metadata> {
  beginStep(host, "read archive", { archive });
  return await readDatabase(archive, host);
}

async function tryExtracting(request: VerifyRequest, directory: string, host: Host): Promise<Metadata> {
  const { archive } = request;
  const hint = "Name another place with --temp-dir DIR, or check without unpacking with --quick.";
  using work = makeRoom(directory, host, ACTION, hint);
  const extraction = { archive, path: work.file("library.db"), directory, action: ACTION };
  beginStep(host, "read archive", { archive });
  const metadata = await extractDatabase(extraction, host);
  beginStep(host, "check database", { archive, database_size_bytes: metadata.database_size_bytes });
  await checkExtracted(extraction, metadata, { anyDatabase: request.anyDatabase, force: false }, host);
  return metadata;
}
