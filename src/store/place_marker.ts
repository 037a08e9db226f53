import { dirname, join } from "node:path";
import * as v from "valibot";
import { writeAll } from "./file_bytes.ts";
import { lstatIfPresent } from "./identity.ts";
import { isArchiveName } from "./naming.ts";
import { NotRegular, readFile } from "./open_file.ts";
import { linkFile, pathExists, removeIfPresent, syncDirectory } from "./publish.ts";
import { newWorkPath, outputFile } from "./work_directory.ts";

/** Name of the small file that marks a directory as a place for backups. */
export const MARKER_NAME = ".vpo-backup-place";

/** Largest marker that is read, in bytes. */
const MAX_MARKER_BYTES = 64 * 1024;
/** The marker is not secret, and a check may run as another user than the backup. */
const MARKER_MODE = 0o644;
/** Looks that are remembered, at most: one for each library whose backups go there, and some to spare. */
const MAX_LOOKS = 32;

const LookSchema = v.object({
  /** Name of the archive that holds what the library held. */
  archive: v.pipe(v.string(), v.maxLength(255), v.check((name) => isArchiveName(name) && !/[/\\]/.test(name))),
  /** Hash of the database in it. */
  database_sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** When the library was looked at, in ISO 8601. */
  looked_at: v.pipe(v.string(), v.isoTimestamp()),
});

const MarkerSchema = v.object({
  /** What wrote it. */
  tool: v.pipe(v.string(), v.maxLength(200)),
  /** When somebody said yes to this directory, in ISO 8601. */
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  /** When libraries were found unchanged since an archive there; an invalid look does not invalidate the marker. */
  looks: v.optional(v.fallback(v.pipe(v.array(LookSchema), v.maxLength(MAX_LOOKS)), [])),
});

/** A look at a library that found it unchanged since an archive. Anybody who may write there may have made it up. */
export type Look = v.InferOutput<typeof LookSchema>;

/** What a marker says; unknown fields are dropped. */
export type PlaceMarker = v.InferOutput<typeof MarkerSchema>;

/**
 * Marks a directory.
 *
 * @throws {Deno.errors.AlreadyExists} where something has the marker's name
 */
export function writeMarker(directory: string, marker: PlaceMarker): void {
  // A run that is killed while it writes must not leave half of one under its name.
  const temporary = outputFile(directory, newWorkPath(directory), "place");
  writeFile(temporary, marker);
  try {
    nameMarker(temporary, join(directory, MARKER_NAME));
  } finally {
    removeIfPresent(temporary);
  }
}

/**
 * Two runs at once may both find the name free where there are no hard links: each other's marker will do, so that no
 * claim is needed, which a killed run would leave for minutes.
 */
function nameMarker(temporary: string, path: string): void {
  if (!linkFile(temporary, path)) {
    if (pathExists(path)) throw new Deno.errors.AlreadyExists(`"${path}" exists`);
    Deno.renameSync(temporary, path);
  }
  try {
    syncDirectory(dirname(path));
  } catch (error) {
    removeIfPresent(path);
    throw error;
  }
}

/**
 * Writes a look into a directory's marker, which is made if missing. Looks at archives that are gone are dropped.
 *
 * @param temporary a new file in the directory, until it has the marker's name
 * @param fresh the marker where there is none
 */
export function recordLook(directory: string, look: Look, temporary: string, fresh: PlaceMarker): void {
  const path = join(directory, MARKER_NAME);
  const marker = readMarker(directory) ?? fresh;
  if (marker === fresh && lstatIfPresent(path) !== null) {
    throw new Error(`"${path}" is in the way, and not what this program writes`);
  }
  const isThere = (name: string) => lstatIfPresent(join(directory, name)) !== null;
  const others = (marker.looks ?? []).filter(({ archive }) => archive !== look.archive && isThere(archive));
  writeFile(temporary, { ...marker, looks: [look, ...others].slice(0, MAX_LOOKS) });
  try {
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
  syncDirectory(directory);
}

/** @throws {Deno.errors.AlreadyExists} */
function writeFile(path: string, marker: PlaceMarker): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: MARKER_MODE });
  try {
    writeAll(file, new TextEncoder().encode(JSON.stringify(marker, null, 2) + "\n"));
    file.syncSync();
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
    // It is not UTF-8 or not JSON: then it is not ours.
    return null;
  }
}
