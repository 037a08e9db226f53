import assert from "node:assert/strict";
import { join } from "node:path";
import { blocksIn } from "../../src/archive/blocks.ts";
import { readWhole } from "./archives.ts";
import { Home } from "./home.ts";

/** A home with a library, its backup, and what is in that. */
export interface BackedUp extends Disposable {
  readonly home: Home;
  readonly archive: string;
  /** The library as it is in the archive. */
  readonly library: Uint8Array;
}

/** Such a home, with one backup. */
export async function backedUp(): Promise<BackedUp> {
  const home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const [name = ""] = home.archives().filter((name) => name.endsWith(".tar.gz"));
  const archive = join(home.backups, name);
  const { database: library } = await readWhole(archive);
  return { home, archive, library, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

/** Flips a bit in the data of a block of the database, `index` from 0. */
export function flipBlock(path: string, index: number): void {
  using archive = Deno.openSync(path, { read: true, write: true });
  const { at } = Array.from(blocksIn(archive))[index + 2] ?? assert.fail();
  const byte = new Uint8Array(1);
  archive.seekSync(at + 200, Deno.SeekMode.Start);
  archive.readSync(byte);
  byte[0] = (byte[0] ?? 0) ^ 1;
  archive.seekSync(at + 200, Deno.SeekMode.Start);
  archive.writeSync(byte);
}
