/**
 * What a backup directory remembers of the second copies of its backups: a disk that is unplugged cannot be asked how
 * old the newest copy on it is.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import { writeAll } from "../../store/file_bytes.ts";
import { NotRegular, readFile } from "../../store/open_file.ts";
import { isAbsence } from "../../store/identity.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { removeIfPresent } from "../../store/publish.ts";
import { newWorkPath, outputFile } from "../../store/work_directory.ts";

/** Name of the small file with the record. */
const COPY_RECORD_NAME = ".vpo-backup-copies";
/** Largest record that is read, in bytes. */
const MAX_RECORD_BYTES = 256 * 1024;
/** Most places that are remembered: those that were copied to last. */
const MAX_PLACES = 100;

const CopySchema = v.object({
  /** Real path of the place. */
  directory: v.pipe(v.string(), v.maxLength(4096)),
  /** Name of the copy. */
  filename: v.pipe(v.string(), v.maxLength(255)),
  /** When the backup was made, in ISO 8601. */
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  /** Real path of the library: others may be backed up in the same directory. */
  library_path: v.pipe(v.string(), v.maxLength(4096)),
});
const RecordSchema = v.object({ copies: v.array(CopySchema) });

/** The last copy of a library's backups that was made in a place. */
export type RecordedCopy = v.InferOutput<typeof CopySchema>;

/**
 * Reads the record of a backup directory; empty where there is none, or something else under its name.
 *
 * @throws whatever keeps it from being read: what it says is not known then, rather than nothing
 */
export function readCopyRecord(backupDirectory: string): readonly RecordedCopy[] {
  const path = copyRecordPath(backupDirectory);
  try {
    const bytes = readFile(path, MAX_RECORD_BYTES, { noLinks: true });
    const result = v.safeParse(RecordSchema, JSON.parse(new TextDecoder().decode(bytes)));
    return result.success ? result.output.copies : [];
  } catch (error) {
    if (isAbsence(error) || isNoRecord(error)) return [];
    throw error;
  }
}

/** Whether what has its name is no file, too large or not JSON. */
function isNoRecord(error: unknown): boolean {
  return error instanceof NotRegular || error instanceof RangeError || error instanceof SyntaxError;
}

/** Where a backup directory has its record. */
export function copyRecordPath(backupDirectory: string): string {
  return join(backupDirectory, COPY_RECORD_NAME);
}

/**
 * Records a copy, in place of an earlier one of the same library in the same directory.
 *
 * @throws where the record is there and cannot be read: the other copies in it must not be forgotten
 */
export function recordCopy(backupDirectory: string, copy: RecordedCopy): void {
  const others = readCopyRecord(backupDirectory).filter((other) =>
    other.directory !== copy.directory || other.library_path !== copy.library_path
  );
  const copies = [copy, ...others].slice(0, MAX_PLACES);
  const temporary = outputFile(backupDirectory, newWorkPath(backupDirectory), "trial");
  try {
    {
      using file = createPrivateFile(temporary);
      writeAll(file, new TextEncoder().encode(JSON.stringify({ copies }, null, 2) + "\n"));
      file.syncSync();
    }
    Deno.renameSync(temporary, copyRecordPath(backupDirectory));
  } finally {
    removeIfPresent(temporary);
  }
}
