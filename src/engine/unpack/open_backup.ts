import { basename } from "node:path";
import { BackupError } from "../../errors.ts";
import { readFileHeader } from "../../library/file_header.ts";
import { namingOptions, PROGRAM, typedWord } from "../../program.ts";
import { libraryOfSetAside } from "../../store/naming.ts";
import { openFile, type ReadableFile } from "../../store/open_file.ts";

/**
 * Opens an archive for reading. A bare database is refused: it may have a log beside it, and nothing tells what it is a
 * backup of.
 *
 * @throws {BackupError} `invalid_archive`
 */
export function openBackup(path: string): ReadableFile {
  const file = openFile(path);
  try {
    if (readFileHeader(file) !== null) throw plainDatabase(path);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function plainDatabase(path: string): BackupError {
  const of = libraryOfSetAside(path);
  if (of !== null) {
    return new BackupError(
      "invalid_archive",
      "it is a previous library kept by a restore, not a backup",
      `Put it back with: ${PROGRAM} undo ${typedWord(basename(path))}${
        namingOptions({ library: of, directory: null })
      }`,
    );
  }
  return new BackupError(
    "invalid_archive",
    "it is a SQLite database, not an archive",
    `Make an archive of it, and restore that: ${PROGRAM} backup --library ${typedWord(path)} --output ${
      typedWord(`${path}.tar.gz`)
    }`,
  );
}
