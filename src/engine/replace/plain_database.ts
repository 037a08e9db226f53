import { openFile } from "../../store/open_file.ts";
import { basename } from "node:path";
import { BackupError } from "../../errors.ts";
import { readFileHeader } from "../../library/file_header.ts";
import { libraryOfSetAside } from "../../store/naming.ts";

/**
 * Refuses what is no archive but a database: it may have a log beside it, and nothing tells what it is a backup of.
 *
 * @throws {BackupError} `invalid_archive`
 */
export function refuseDatabase(archive: string, library: string): void {
  using file = openFile(archive);
  if (readFileHeader(file) === null) return;
  const of = libraryOfSetAside(archive);
  if (of !== null) {
    const where = of === library ? "" : `--library "${of}" `;
    throw new BackupError(
      "invalid_archive",
      "it is a previous library kept by a restore, not a backup",
      `Put it back with: vpo-backup undo ${where}"${basename(archive)}"`,
    );
  }
  throw new BackupError(
    "invalid_archive",
    "it is a SQLite database and no archive",
    `Make an archive of it, and restore that: vpo-backup backup --library "${archive}" --output "${archive}.tar.gz"`,
  );
}
