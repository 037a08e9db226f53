import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { writeArchive } from "../../src/archive/write.ts";
import { archiveName, isoSeconds } from "../../src/store/naming.ts";
import { ownMetadata, theirMetadata, theirTar } from "./archives.ts";
import { execute } from "./database.ts";
import type { Home } from "./home.ts";
import { lineageAt } from "./lineage.ts";

/** What backups are put into a directory. */
export interface Put {
  /** Path of a database that is in them; the sample library where nothing is said. */
  readonly database?: string;
  /** Where it is said to have been; null for backups that do not say it. The library in place where nothing is said. */
  readonly libraryPath?: string | null;
}

/** Puts sound backups of the sample library into the backup directory, as made at these times, and gives their names. */
export async function putBackups(home: Home, ...times: readonly (string | Date)[]): Promise<string[]> {
  return await putBackupsOf(home, {}, ...times);
}

/** The same of another library. */
export async function putBackupsOf(home: Home, put: Put, ...times: readonly (string | Date)[]): Promise<string[]> {
  Deno.mkdirSync(home.backups, { recursive: true });
  const database = put.database ?? home.putLibrary(join(home.path, "sample.db"));
  const { libraryPath = join(Deno.realPathSync(home.vpo), "library.db") } = put;
  const path = libraryPath === null ? {} : { library_path: libraryPath };
  const lineage = lineageAt(database);
  const names: string[] = [];
  for (const time of times) {
    const createdAt = new Date(time);
    const name = archiveName(createdAt);
    using source = Deno.openSync(database);
    using archive = Deno.openSync(join(home.backups, name), { write: true, createNew: true });
    const metadata = { ...ownMetadata(source.statSync().size), created_at: isoSeconds(createdAt), ...path, lineage };
    await writeArchive(archive, source, metadata, { level: 1 });
    names.push(name);
  }
  if (put.database === undefined) Deno.removeSync(database);
  return names;
}

/** A library whose files have other names than those of the sample library. */
export function putOtherLibrary(home: Home, name = "other.db"): string {
  const path = home.putLibrary(join(home.path, name));
  execute(path, "UPDATE files SET path = '/srv/other/' || id || ' of another.mkv'");
  return path;
}

/** Puts an archive as VPO writes it into the backup directory, as made at this time, and gives its name. */
export function putTheirs(home: Home, database: string, time: string | Date): string {
  Deno.mkdirSync(home.backups, { recursive: true });
  const bytes = Deno.readFileSync(database);
  const createdAt = new Date(time);
  const name = archiveName(createdAt);
  const metadata = { ...theirMetadata(bytes.length), created_at: isoSeconds(createdAt) };
  Deno.writeFileSync(join(home.backups, name), gzipSync(theirTar(bytes, metadata)), { createNew: true });
  return name;
}

/** The time so many seconds ago. */
export function ago(seconds: number): Date {
  return new Date(Date.now() - seconds * 1000);
}

/** Turns one bit in the middle of a file around. */
export function flipBit(path: string): void {
  const bytes = Deno.readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  Deno.writeFileSync(path, bytes);
}

/** Sets the time of a file's last change back by some hours. */
export function age(path: string, hours: number): void {
  const time = ago(hours * 3600);
  Deno.utimeSync(path, time, time);
}
