import { join } from "node:path";
import { writeArchive } from "../../src/archive/write.ts";
import { archiveName, isoSeconds } from "../../src/store/naming.ts";
import { ownMetadata } from "./archives.ts";
import type { Home } from "./home.ts";

/** Puts sound backups of the sample library into the backup directory, as made at these times, and gives their names. */
export async function putBackups(home: Home, ...times: readonly (string | Date)[]): Promise<string[]> {
  Deno.mkdirSync(home.backups, { recursive: true });
  const database = home.putLibrary(join(home.path, "sample.db"));
  const names: string[] = [];
  for (const time of times) {
    const createdAt = new Date(time);
    const name = archiveName(createdAt);
    using source = Deno.openSync(database);
    using archive = Deno.openSync(join(home.backups, name), { write: true, createNew: true });
    const metadata = { ...ownMetadata(source.statSync().size), created_at: isoSeconds(createdAt) };
    await writeArchive(archive, source, metadata, { level: 1 });
    names.push(name);
  }
  Deno.removeSync(database);
  return names;
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
