import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { readArchive } from "../archive/read.ts";
import { BackupError } from "../errors.ts";
import { type LibraryFacts, NotALibrary, readFacts, UNKNOWN_FACTS } from "../library/facts.ts";
import { checkDatabase, DamagedDatabase } from "../library/integrity.ts";
import { sqliteFailure } from "../library/sqlite.ts";
import { writeAll } from "../store/file_bytes.ts";
import { isOwnMetadata, type Metadata } from "../store/metadata.ts";
import { requireSpace } from "../store/space.ts";
import { createPrivateFile } from "../store/work_directory.ts";
import { exchangeLibrary, readCurrentSchema } from "./exchange.ts";
import { explain, type Task } from "./failure.ts";
import { beginStep, type Host } from "./host.ts";
import { limitLook } from "./limits.ts";
import { MagicCheck } from "./magic_check.ts";
import type { Checked, Declined, Replacement, Restored, RestoreRequest } from "./protocol.ts";
import { pruneSetAside } from "./replace.ts";
import { makeTemporary } from "./temporary.ts";

/** Restores a backup over the library, or only checks that it could be. Nothing changes before every check is passed. */
export async function restore(request: RestoreRequest, host: Host): Promise<Restored | Checked | Declined> {
  const task: Task = {
    action: "Cannot restore the backup",
    library: request.library,
    directory: dirname(request.library),
  };
  try {
    return await restoreArchive(request, host, task);
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

async function restoreArchive(request: RestoreRequest, host: Host, task: Task): Promise<Restored | Checked | Declined> {
  const started = performance.now();
  using work = makeTemporary(request.destination.directory, host);
  const candidate = work.file("library.db");

  beginStep(host, "read archive", { archive: request.archive });
  const metadata = await extract(request, candidate, host, task);

  const { size } = Deno.statSync(candidate);
  beginStep(host, "check database", { database_size_bytes: size });
  limitLook(host, size, endlessArchive(request.archive));
  const facts = checkExtracted(candidate, metadata, request);
  const replacement: Replacement = {
    source: request.archive,
    library: request.library,
    createdAt: metadata.created_at,
    vpoVersion: metadata.vpo_version,
    schemaVersion: facts.schemaVersion,
    currentSchemaVersion: readCurrentSchema(request.library, request.waitSeconds, host),
    databaseSize: size,
    fileCount: facts.fileCount,
  };
  if (!request.force) refuseNewerSchema(replacement);
  const result = await exchangeLibrary({ ...request, replacement, candidate, started }, host);
  if (result.kind === "restored") pruneSetAside(request.library);
  return result;
}

/** Writes the archive's database to `path` and checks it against what the archive says of it. */
async function extract(request: RestoreRequest, path: string, host: Host, task: Task): Promise<Metadata> {
  using archive = Deno.openSync(request.archive);
  using database = createPrivateFile(path);
  const hash = createHash("sha256");
  const magic = new MagicCheck();
  let size = 0;
  const sink = {
    begin(announced: number, metadata: Metadata | null) {
      if (metadata?.database_sha256 !== undefined) requireSize(metadata, announced);
      requireSpace(task.directory, announced, task.action);
      size = announced;
    },
    write(chunk: Uint8Array) {
      magic.add(chunk);
      hash.update(chunk);
      writeAll(database, chunk);
    },
  };
  const advance = (done: number, total: number) => {
    host.throwIfCancelled();
    host.report({ kind: "progress", done, total });
  };
  const metadata = await readArchive(archive, sink, advance, host.coder);
  if (metadata.database_sha256 !== undefined) {
    requireSize(metadata, size);
    if (hash.digest("hex") !== metadata.database_sha256) throw damaged("the SHA-256 of the library in it is wrong");
  }
  database.syncSync();
  return metadata;
}

function requireSize(metadata: Metadata, size: number): void {
  const { database_size_bytes: expected } = metadata;
  if (size !== expected) throw damaged(`the library in it is ${size} bytes long, not ${expected}`);
}

/**
 * Checks the extracted database as far as SQLite can. Metadata of this program describe the very copy in the archive;
 * VPO's describe the live library at about that time, so they may differ.
 */
function checkExtracted(candidate: string, metadata: Metadata, request: RestoreRequest): LibraryFacts {
  const facts = checkCandidate(candidate, request);
  if (!isOwnMetadata(metadata)) return facts;
  if (facts.schemaVersion !== metadata.schema_version) {
    throw damaged(`its library has schema ${facts.schemaVersion}, its metadata say ${metadata.schema_version}`);
  }
  if (facts.fileCount !== metadata.file_count) {
    throw damaged(`its library has ${facts.fileCount} files, its metadata say ${metadata.file_count}`);
  }
  return facts;
}

/** By force, a library comes back whose indexes do not fit its tables: REINDEX mends it, and it may be all there is. */
function checkCandidate(candidate: string, { anyDatabase, force }: RestoreRequest): LibraryFacts {
  try {
    return checkDatabase(candidate, force ? "quick" : "full", (database) => {
      try {
        return readFacts(database);
      } catch (error) {
        if (anyDatabase && error instanceof NotALibrary) return UNKNOWN_FACTS;
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof DamagedDatabase) {
      const hint = force ? null : "If it is all you have: --force also restores a library whose indexes are damaged.";
      throw damaged(`the library in it is damaged: ${error.message}`, error, hint);
    }
    if (error instanceof NotALibrary) {
      const hint = "A backup of another database is restored with --any-database.";
      throw damaged(`what is in it is not a VPO library: ${error.message}`, error, hint);
    }
    const failure = sqliteFailure(error);
    if (failure === null || failure === "full" || failure === "input/output") throw error;
    throw damaged(`SQLite cannot use the library in it: ${(error as Error).message}`, error);
  }
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

function endlessArchive(archive: string): BackupError {
  return damaged(`Cannot restore "${archive}": checking the library in it does not come to an end`);
}

function damaged(why: string, cause?: unknown, hint: string | null = null): BackupError {
  return new BackupError("invalid_archive", why, hint, { cause });
}
