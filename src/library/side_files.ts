import { realPathOf } from "./super_journal.ts";

/** What SQLite keeps beside a database has been put there by somebody else. */
export class PlantedFile extends Error {
  override readonly name = "PlantedFile";
}

/**
 * Refuses what SQLite must not open as a database or as a side file of one, even to read:
 *
 * - pipes and devices: SQLite would wait for the other end of a pipe;
 * - another user's file that got a second name beside the database. SQLite empties a log and overwrites a "-shm"; as
 *   root, it also gives both to the owner of the database (os_unix.c, robustFchown). Not all systems keep users from
 *   linking files of others. SQLite itself refuses symbolic links.
 *
 * @throws {PlantedFile}
 */
export function requireHarmlessFiles(database: string): void {
  const path = realPathOf(database);
  const owner = infoOf(path)?.uid;
  for (const name of ["", "-journal", "-wal", "-shm"].map((suffix) => path + suffix)) {
    const info = infoOf(name);
    if (info === null) continue;
    if (!info.isFile && !info.isDirectory) throw new PlantedFile(`"${name}" is not a regular file`);
    if ((info.nlink ?? 1) > 1 && info.uid !== owner) {
      throw new PlantedFile(`"${name}" is another user's file under a second name`);
    }
  }
}

function infoOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    // Usually nothing is there; what keeps us from looking at it keeps SQLite out, too.
    return null;
  }
}
