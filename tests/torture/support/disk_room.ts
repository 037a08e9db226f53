import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { join } from "node:path";
import type { Room } from "../../support/surroundings/mounts.ts";

/** Why no disk can be mounted, where none can. */
export const CANNOT_MOUNT = "only root can mount a file system, and not everywhere";

/** Enough for what a trial begins with. */
export const ROOMY: Room = { bytes: 256 * 1024 * 1024 };
const BLOCK = new Uint8Array(64 * 1024).fill(0x5a);

/** Leaves this much room on a file system in memory, in bytes. */
export function leaveRoom(path: string, free: number): void {
  const { blocks, bfree, bsize } = statfsSync(path);
  // A size of 0 means that there is no limit.
  const size = Math.max(bsize, (blocks - bfree) * bsize + Math.ceil(free / bsize) * bsize);
  const { success, stderr } = new Deno.Command("mount", { args: ["-o", `remount,size=${size}`, path] }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

/** Takes all the room that there is but `spare` bytes, as another program may; gives the path of what takes it. */
export function fillUp(disk: string, spare: number): string {
  const path = join(disk, "filler");
  using file = Deno.openSync(path, { write: true, create: true });
  let size = 0;
  try {
    for (;;) size += file.writeSync(BLOCK);
  } catch (error) {
    assert(error instanceof Error && "code" in error && error.code === "ENOSPC", `${error}`);
  }
  file.truncateSync(Math.max(0, size - spare));
  return path;
}
