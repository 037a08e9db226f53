import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { BackupError } from "../errors.ts";
import { MAX_SETTINGS_BYTES, MAX_SETTINGS_COUNT } from "./settings/names.ts";

/** Largest `backup_metadata.json` that is read, in bytes. */
export const MAX_METADATA_BYTES = 64 * 1024;

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Longest library path that is written, in UTF-16 code units; a longer one is left out. */
export const MAX_LIBRARY_PATH_LENGTH = 4096;
/** Longest sample of a library, in UTF-16 code units; other versions may take samples of other forms. */
const MAX_LINEAGE_LENGTH = 4096;
const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|\+00:00)$/;

const SettingsSummarySchema = v.object({
  count: v.pipe(Count, v.maxValue(MAX_SETTINGS_COUNT)),
  /** Total size of the files. */
  total_bytes: v.pipe(Count, v.maxValue(MAX_SETTINGS_BYTES)),
  /** Blocks that they take in the archive. */
  blocks: Count,
});

const MetadataSchema = v.object({
  vpo_version: v.pipe(v.string(), v.maxLength(200)),
  schema_version: Count,
  created_at: v.pipe(v.string(), v.regex(UTC_TIME), v.check(isRealTime)),
  database_size_bytes: Count,
  file_count: Count,
  total_library_size_bytes: Count,
  compression: v.optional(v.literal("gzip"), "gzip"),
  database_sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  page_size: v.optional(Count),
  page_count: v.optional(Count),
  compression_level: v.optional(Count),
  tool: v.optional(v.pipe(v.string(), v.maxLength(200))),
  newest_scan: v.optional(v.pipe(v.string(), v.maxLength(200))),
  contents_fingerprint: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  library_path: v.optional(v.pipe(v.string(), v.maxLength(MAX_LIBRARY_PATH_LENGTH))),
  lineage: v.optional(v.pipe(v.string(), v.maxLength(MAX_LINEAGE_LENGTH))),
  settings: v.optional(SettingsSummarySchema),
});

/** V8 takes 30 February for 1 March. */
function isRealTime(iso: string): boolean {
  const time = new Date(iso);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === iso.slice(0, 19);
}

/**
 * What an archive says of its library: the JSON of `backup_metadata.json`, under VPO's names.
 * From `database_sha256` on, only archives of this program have the fields; unknown fields are dropped.
 */
export type Metadata = v.InferOutput<typeof MetadataSchema>;

/** The metadata with null for what an archive does not say: this is listed, shown and printed. */
export type ArchiveRecord = {
  readonly [F in keyof Metadata]-?: undefined extends Metadata[F] ? Exclude<Metadata[F], undefined> | null
    : Metadata[F];
};

/** What an archive says of the settings in it. */
export type SettingsSummary = v.InferOutput<typeof SettingsSummarySchema>;

/**
 * Parses the bytes of `backup_metadata.json`.
 *
 * @throws {BackupError} `invalid_archive`, naming the field that is wrong
 */
export function parseMetadata(bytes: Uint8Array): Metadata {
  const result = v.safeParse(MetadataSchema, parseJson(bytes));
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  throw invalid(field === null ? "it is not a JSON object" : `its field "${field}" is missing or wrong`);
}

/** All fields, with what an archive says of them. */
export function recordOf(metadata: Metadata): ArchiveRecord {
  const fields = Object.keys(MetadataSchema.entries) as (keyof Metadata)[];
  return Object.fromEntries(fields.map((field) => [field, metadata[field] ?? null])) as unknown as ArchiveRecord;
}

/** Bytes of `backup_metadata.json`. */
export function serializeMetadata(metadata: Metadata): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(metadata, null, 2) + "\n");
}

/** Whether this program wrote the archive, which then has one canonical form and exact sizes. */
export function isOwnMetadata(metadata: Metadata): boolean {
  const { tool, database_sha256, settings } = metadata;
  return tool !== undefined || database_sha256 !== undefined || settings !== undefined;
}

/** Whether two are the same in every field. */
export function isSameMetadata(one: Metadata, other: Metadata): boolean {
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof Metadata>;
  return [...fields].every((field) => isDeepStrictEqual(one[field], other[field]));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(cause instanceof SyntaxError ? "it is not JSON" : "it is not UTF-8 text", cause);
  }
}

function invalid(why: string, cause?: unknown): BackupError {
  return new BackupError("invalid_archive", `the archive's metadata cannot be used: ${why}`, null, { cause });
}
