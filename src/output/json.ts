import type { BackupCreated, BackupPlanned, Checked, EngineEvent, Listed, Restored } from "../engine/protocol.ts";
import type { BackupError } from "../errors.ts";
import { savedShare } from "./format.ts";
import type { Reporter, Streams } from "./reporter.ts";

/** One JSON document on standard output for each command. Fields are added to these documents and never changed. */
export class JsonReporter implements Reporter {
  readonly #streams: Streams;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  event(event: EngineEvent): void {
    if (event.kind === "warning") this.#streams.err(`Warning: ${event.message}\n`);
  }

  backedUp(result: BackupCreated): void {
    this.#print({
      success: true,
      path: result.path,
      archive_size_bytes: result.archiveSize,
      database_size_bytes: result.databaseSize,
      compression_ratio: savedShare(result.databaseSize, result.archiveSize, 3),
      file_count: result.fileCount,
      schema_version: result.schemaVersion,
      created_at: result.createdAt,
      database_sha256: result.databaseSha256,
      verified: true,
      duration_seconds: milliseconds(result.seconds),
    });
  }

  backupPlanned(result: BackupPlanned): void {
    this.#print({
      dry_run: true,
      database_path: result.library,
      database_size_bytes: result.databaseSize,
      output_path: result.path,
      estimated_archive_min_bytes: result.estimatedMin,
      estimated_archive_max_bytes: result.estimatedMax,
      file_count: result.fileCount,
      schema_version: result.schemaVersion,
    });
  }

  restored({ replacement, previousLibrary, seconds }: Restored): void {
    this.#print({
      success: true,
      source_path: replacement.source,
      database_path: replacement.library,
      previous_library_path: previousLibrary,
      duration_seconds: milliseconds(seconds),
      schema_mismatch: replacement.schemaVersion !== replacement.currentSchemaVersion,
      schema_version: replacement.schemaVersion,
      file_count: replacement.fileCount,
    });
  }

  checked({ replacement }: Checked): void {
    this.#print({
      dry_run: true,
      valid: true,
      backup_path: replacement.source,
      created_at: replacement.createdAt,
      vpo_version: replacement.vpoVersion,
      schema_version: replacement.schemaVersion,
      current_schema_version: replacement.currentSchemaVersion,
      schema_mismatch: replacement.schemaVersion !== replacement.currentSchemaVersion,
      database_size_bytes: replacement.databaseSize,
      file_count: replacement.fileCount,
    });
  }

  listed({ directory, entries }: Listed): void {
    this.#print({
      directory,
      total_count: entries.length,
      total_size_bytes: entries.reduce((sum, entry) => sum + entry.archiveSize, 0),
      backups: entries.map((entry) => ({
        filename: entry.filename,
        path: entry.path,
        created_at: entry.createdAt,
        archive_size_bytes: entry.archiveSize,
        database_size_bytes: entry.metadata?.databaseSize ?? null,
        file_count: entry.metadata?.fileCount ?? null,
        schema_version: entry.metadata?.schemaVersion ?? null,
        error: entry.error,
      })),
    });
  }

  failed(error: BackupError): void {
    this.#print({ success: false, error: error.message, code: error.code, hint: error.hint });
  }

  #print(document: Readonly<Record<string, unknown>>): void {
    this.#streams.out(JSON.stringify(document, null, 2) + "\n");
  }
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
