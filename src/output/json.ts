import type {
  BackupCreated,
  BackupPlanned,
  Checked,
  EngineEvent,
  Facts,
  Listed,
  Restored,
} from "../engine/protocol.ts";
import type { BackupError } from "../errors.ts";
import { escapeControls, savedShare, stripControls } from "./format.ts";
import type { Outcome, Reporter, Streams } from "./reporter.ts";

type Document = Readonly<Record<string, unknown>>;

/** One JSON document on standard output for each command. Fields are added to these documents and never changed. */
export class JsonReporter implements Reporter {
  readonly #streams: Streams;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  event(event: EngineEvent): void {
    if (event.kind === "warning") this.#streams.err(`Warning: ${stripControls(event.message)}\n`);
  }

  result(outcome: Outcome): void {
    this.#print(documentOf(outcome));
  }

  failed(error: BackupError): void {
    this.#print({ success: false, error: error.message, code: error.code, hint: error.hint });
  }

  #print(document: Document): void {
    this.#streams.out(escapeControls(JSON.stringify(document, null, 2)) + "\n");
  }
}

/** The document of a result. */
export function documentOf(outcome: Outcome): Document {
  switch (outcome.kind) {
    case "created":
      return createdDocument(outcome);
    case "planned":
      return plannedDocument(outcome);
    case "restored":
      return restoredDocument(outcome);
    case "checked":
      return checkedDocument(outcome);
    case "listed":
      return listedDocument(outcome);
  }
}

/** The plain values of a result, under the names that they have in its document. */
export function factsOf(outcome: Outcome): Facts {
  const isPlain = (entry: [string, unknown]): entry is [string, Facts[string]] =>
    entry[1] === null || ["string", "number", "boolean"].includes(typeof entry[1]);
  return Object.fromEntries(Object.entries(documentOf(outcome)).filter(isPlain));
}

function createdDocument(result: BackupCreated): Document {
  return {
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
  };
}

function plannedDocument(result: BackupPlanned): Document {
  return {
    dry_run: true,
    database_path: result.library,
    database_size_bytes: result.databaseSize,
    output_path: result.path,
    estimated_archive_min_bytes: result.estimatedMin,
    estimated_archive_max_bytes: result.estimatedMax,
    file_count: result.fileCount,
    schema_version: result.schemaVersion,
  };
}

function restoredDocument({ replacement, previousLibrary, seconds }: Restored): Document {
  return {
    success: true,
    source_path: replacement.source,
    database_path: replacement.library,
    previous_library_path: previousLibrary,
    duration_seconds: milliseconds(seconds),
    schema_mismatch: replacement.schemaVersion !== replacement.currentSchemaVersion,
    schema_version: replacement.schemaVersion,
    file_count: replacement.fileCount,
  };
}

function checkedDocument({ replacement }: Checked): Document {
  return {
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
  };
}

function listedDocument({ directory, entries }: Listed): Document {
  return {
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
  };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
