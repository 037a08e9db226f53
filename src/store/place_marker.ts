import { join } from "node:path";
import * as v from "valibot";
import { writeAll } from "./file_bytes.ts";
import { NotRegular, readFile } from "./open_file.ts";
import { syncDirectory } from "./publish.ts";

/** Name of the small file that says of a directory that backups are meant to go into it. */
export const MARKER_NAME = ".vpo-backup-place";

/** Largest marker that is read, in bytes. */
const MAX_MARKER_BYTES = 64 * 1024;
/** It holds no secret, and a check may run as another user than the backup. */
const MARKER_MODE = 0o644;

const MarkerSchema = v.object({
  /** What wrote it. */
  tool: v.pipe(v.string(), v.maxLength(200)),
  /** When somebody said yes to this directory, in ISO 8601. */
  created_at: v.pipe(v.string(), v.isoTimestamp()),
});

/** What a marker says; unknown fields are dropped. */
export type PlaceMarker = v.InferOutput<typeof MarkerSchema>;

/**
 * Marks a directory.
 *
 * @throws {Deno.errors.AlreadyExists} where something has the marker's name
 */
export function writeMarker(directory: string, marker: PlaceMarker): void {
  const path = join(directory, MARKER_NAME);
  using file = Deno.openSync(path, { write: true, createNew: true, mode: MARKER_MODE });
  try {
    writeAll(file, new TextEncoder().encode(JSON.stringify(marker, null, 2) + "\n"));
    file.syncSync();
    syncDirectory(directory);
  } catch (error) {
    Deno.removeSync(path);
    throw error;
  }
}

/** Reads a directory's marker; null where there is none, or something else under its name. Links are not followed. */
export function readMarker(directory: string): PlaceMarker | null {
  try {
    return parseMarker(readFile(join(directory, MARKER_NAME), MAX_MARKER_BYTES, { noLinks: true }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof NotRegular || error instanceof RangeError) {
      return null;
    }
    throw error;
  }
}

function parseMarker(bytes: Uint8Array): PlaceMarker | null {
  try {
    const result = v.safeParse(MarkerSchema, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    return result.success ? result.output : null;
  } catch {
    // It is not UTF-8, or not JSON: then it is not ours.
    return null;
  }
}
