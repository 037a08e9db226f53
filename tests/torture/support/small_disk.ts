import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { join } from "node:path";

/** Enough for what a trial begins with, in bytes. */
const ROOMY = 256 * 1024 * 1024;
const BLOCK = new Uint8Array(64 * 1024).fill(0x5a);

/** Why no file system can be mounted here; null where one can. */
export function cannotMount(): string | null {
  if (Deno.build.os !== "linux") return "tmpfs is there on Linux only";
  if (Deno.uid() !== 0) return "only root can mount a file system";
  const directory = Deno.makeTempDirSync();
  try {
    new SmallDisk(directory)[Symbol.dispose]();
    return null;
  } catch {
    return "a file system cannot be mounted here";
  } finally {
    Deno.removeSync(directory);
  }
}

/** A file system of its own in the place of a directory, roomy at first. */
export class SmallDisk implements Disposable {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    command("mount", "-t", "tmpfs", "-o", `size=${ROOMY},mode=0755`, "tmpfs", directory);
  }

  /** Leaves this much room, in bytes. */
  leave(free: number): void {
    const { blocks, bfree, bsize } = statfsSync(this.directory);
    // A size of 0 means that there is no limit.
    const size = Math.max(bsize, (blocks - bfree) * bsize + Math.ceil(free / bsize) * bsize);
    command("mount", "-o", `remount,size=${size}`, this.directory);
  }

  /** Nothing can be written any more. */
  makeReadOnly(): void {
    command("mount", "-o", "remount,ro", this.directory);
  }

  /** Takes all the room that there is but `spare` bytes, as another program may; gives the path of what takes it. */
  fillUp(spare: number): string {
    const path = join(this.directory, "filler");
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

  [Symbol.dispose](): void {
    command("umount", "-l", this.directory);
  }
}

function command(program: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(program, { args, stdout: "null" }).outputSync();
  assert(success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
