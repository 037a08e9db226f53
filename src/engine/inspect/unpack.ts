import type { DatabaseSync } from "node:sqlite";
import { BackupError } from "../../errors.ts";
import type { LibraryFacts } from "../../library/content/library_facts.ts";
import { openOwnDatabase } from "../../library/sqlite.ts";
import type { Metadata } from "../../store/metadata.ts";
import { checkExtracted, extractDatabase } from "./extract.ts";
import type { LibraryTask as Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";

/** The library of an archive, in a file of its own and open. */
export interface Unpacked extends Disposable {
  readonly metadata: Metadata;
  readonly facts: LibraryFacts;
  readonly database: DatabaseSync;
  /** Of the database, in bytes. */
  readonly size: number;
}

/**
 * Unpacks the library of an archive to `path`, a new file in the work directory, to be looked at.
 *
 * @throws {BackupError} `invalid_archive`
 */
export async function unpack(
  archive: string,
  path: string,
  anyDatabase: boolean,
  task: Task,
  host: Host,
): Promise<Unpacked> {
  const { action } = task;
  beginStep(host, "read archive", { archive });
  const extraction = { archive, path, action };
  const metadata = await extractDatabase(extraction, host);
  const { size } = Deno.statSync(path);
  beginStep(host, "check database", { archive, database_size_bytes: size });
  const facts = await checkExtracted(extraction, metadata, { anyDatabase }, host);
  const database = openOwnDatabase(path);
  return { metadata, facts, database, size, [Symbol.dispose]: () => database.close() };
}

/** What is wrong with an archive is found where its name is not known. */
export function nameArchive(error: unknown, archive: string, action: string): unknown {
  if (!(error instanceof BackupError) || error.code !== "invalid_archive") return error;
  return new BackupError("invalid_archive", `${action} "${archive}": ${error.message}`, error.hint, { cause: error });
}
