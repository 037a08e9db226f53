import { join } from "node:path";
import { BackupError } from "../../errors.ts";
import { pathExists, publishNew } from "../../store/publish.ts";
import type { WorkFiles } from "../../store/work_directory.ts";
import { checkExtracted, extractDatabase, warnOf } from "../inspect/extract.ts";
import { nameArchive } from "../inspect/unpack.ts";
import type { Extracted, ExtractRequest } from "../protocol/mod.ts";
import { explain, type LibraryTask as Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { inWorkDirectory } from "../worker/work_directory.ts";
import { canBeSalvaged, salvage } from "./salvage.ts";

const ACTION = "Cannot extract the library";
const LIBRARY_NAME = "library.db";
/** What is left of a library must not be taken for one. */
const SALVAGED_NAME = "library.salvaged.db";
const SALVAGE_HINT = "Try another backup first; what the sound parts of this one hold is written with --salvage.";
/** SQLite takes what it finds under these names for a part of the database. */
const SIDE_FILES = ["-wal", "-journal", "-shm"] as const;

/** Takes the library out of an archive into a directory, under a name that is free; nothing else is touched. */
export async function extractLibrary(request: ExtractRequest, host: Host): Promise<Extracted> {
  const { archive, destination: { directory } } = request;
  const task: Task = { action: ACTION, library: archive, directory };
  try {
    requireFree(join(directory, LIBRARY_NAME), request);
    if (request.salvage) requireFree(join(directory, SALVAGED_NAME), request);
    return await inWorkDirectory(task, host, (work) => extractTo(request, work, host));
  } catch (error) {
    throw explain(nameArchive(error, archive, "Cannot extract"), task);
  }
}

async function extractTo(request: ExtractRequest, work: WorkFiles, host: Host): Promise<Extracted> {
  const started = performance.now();
  const { archive } = request;
  const path = work.file("library.db");
  const extracted = await extractSound(request, path, host);
  const found = extracted instanceof BackupError ? remainsOf(request, extracted, work, host) : extracted;
  const name = found.salvage === null ? LIBRARY_NAME : SALVAGED_NAME;
  const { size: databaseSize } = Deno.statSync(path);
  const named = publish(path, join(request.destination.directory, name), request, host);
  const seconds = (performance.now() - started) / 1000;
  return { kind: "extracted", archive, path: named, databaseSize, ...found, seconds };
}

type Found = Pick<Extracted, "library" | "salvage">;

/** @returns why the archive is damaged, where what is left of it will do */
async function extractSound(
  { archive, anyDatabase, salvage }: ExtractRequest,
  path: string,
  host: Host,
): Promise<Found | BackupError> {
  const extraction = { archive, path, action: ACTION };
  try {
    beginStep(host, "read archive", { archive });
    const metadata = await extractDatabase(extraction, host);
    beginStep(host, "check database", { database_size_bytes: Deno.statSync(path).size });
    const { fileCount, schemaVersion, remarks } = await checkExtracted(extraction, metadata, { anyDatabase }, host);
    warnOf(remarks, archive, host);
    return { library: { createdAt: metadata.created_at, fileCount, schemaVersion }, salvage: null };
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== "invalid_archive") throw error;
    if (salvage) return error;
    const hint = error.hint ?? (canBeSalvaged(archive) ? SALVAGE_HINT : null);
    throw new BackupError(error.code, error.message, hint, { cause: error });
  }
}

function remainsOf({ archive }: ExtractRequest, damage: BackupError, work: WorkFiles, host: Host): Found {
  work.clear();
  beginStep(host, "read archive", { archive, damage: damage.message });
  return { library: null, salvage: salvage({ archive, path: work.file("library.db"), action: ACTION }, damage, host) };
}

function publish(file: string, path: string, request: ExtractRequest, host: Host): string {
  beginStep(host, "publish", { path });
  host.beginCommit();
  requireFree(path, request);
  try {
    return publishNew(file, [path]);
  } catch (error) {
    throw error instanceof Deno.errors.AlreadyExists ? taken(path, path) : error;
  }
}

/** @throws {BackupError} `usage`, for the library's own path and for a name that is taken */
function requireFree(path: string, { library }: ExtractRequest): void {
  if (path === library) {
    throw new BackupError(
      "usage",
      `${ACTION} to "${path}": that is where the library of this machine belongs`,
      "Name another directory with --output DIR, or put it there with: vpo-backup restore",
    );
  }
  for (const one of [path, ...SIDE_FILES.map((suffix) => path + suffix)]) {
    if (pathExists(one)) throw taken(path, one);
  }
}

function taken(path: string, existing: string): BackupError {
  const why = path === existing
    ? "it exists already"
    : `"${existing}" exists, which SQLite would take for a part of it`;
  return new BackupError("usage", `${ACTION} to "${path}": ${why}`, "Name another directory with --output DIR.");
}
