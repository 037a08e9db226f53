import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { writeAll } from "./file_bytes.ts";
import { lstatIfPresent } from "./identity.ts";
import { syncDirectory } from "./publish.ts";

/** Name of the small file that says of a directory that backups are meant to go into it. */
export const MARKER_NAME = ".vpo-backup-place";

/** Largest marker that is read, in bytes. */
const MAX_MARKER_BYTES = 64 * 1024;
/** Neither for a pipe's other end nor through a link; Windows has neither flag. */
const NOT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
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
  const path = join(directory, MARKER_NAME);
  const info = lstatIfPresent(path);
  // Opening a pipe would wait for its other end.
  if (info?.isFile !== true || info.size > MAX_MARKER_BYTES) return null;
  const file = openSync(path, NOT_WAITING);
  try {
    // Somebody may have put something else there in the meantime, a pipe among others.
    const found = fstatSync(file);
    if (!found.isFile() || found.size !== info.size) return null;
    const bytes = new Uint8Array(MAX_MARKER_BYTES);
    return parseMarker(bytes.subarray(0, readSync(file, bytes)));
  } finally {
    closeSync(file);
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
