import type { DatabaseSync } from "node:sqlite";
import type { LibraryFacts } from "../../library/content/library_facts.ts";
import { openOwnDatabase } from "../../library/sqlite.ts";
import type { Metadata } from "../../store/metadata.ts";
import { type SettingsEntry, SettingsIndex } from "../../store/settings/settings_index.ts";
import { checkExtracted, type Demands, extractDatabase } from "./archived_database.ts";
import type { Job } from "../worker/job.ts";

/** The library of an archive, in its own file and open. */
export interface Unpacked extends Disposable {
  readonly metadata: Metadata;
  readonly facts: LibraryFacts;
  readonly database: DatabaseSync;
  /** Of the database, in bytes. */
  readonly size: number;
  /** What settings are in the archive. */
  readonly settings: readonly SettingsEntry[];
}

/**
 * Unpacks the library of an archive to `path`, a new file in the work directory, for inspection.
 *
 * @throws {BackupError} `invalid_archive`
 */
export async function unpack(
  archive: string,
  path: string,
  demands: Demands,
  job: Job,
): Promise<Unpacked> {
  job.step("read archive", { archive });
  const settings = new SettingsIndex();
  const extraction = { archive, path, settings };
  const metadata = await extractDatabase(extraction, job);
  const { size } = Deno.statSync(path);
  job.step("check database", { archive, database_size_bytes: size });
  const facts = await checkExtracted(extraction, metadata, demands, job);
  const database = openOwnDatabase(path);
  return { metadata, facts, database, size, settings: settings.entries, [Symbol.dispose]: () => database.close() };
}
