import assert from "node:assert/strict";
import { isInstalled } from "./commands.ts";

/** A small file system, until the end of the block. */
export class SmallDisk implements Disposable {
  readonly #path: string;

  /** @param size in KiB; 4 MB where nothing else is said */
  constructor(path: string, size = 4096) {
    this.#path = path;
    Deno.mkdirSync(path);
    const args = ["-t", "tmpfs", "-o", `size=${size}k`, "none", path];
    assert(new Deno.Command("mount", { args }).outputSync().success);
  }

  /** Only root may mount one, and not everywhere. */

  static isPossible(): boolean {
    if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
    const path = Deno.makeTempDirSync();
    try {
      return isInstalled("mount", "-t", "tmpfs", "none", path) && isInstalled("umount", path);
    } finally {
      Deno.removeSync(path);
    }
  }

  /** Lets nothing be written from here on. */
  close(): void {
    assert(new Deno.Command("mount", { args: ["-o", "remount,ro", this.#path] }).outputSync().success);
  }

  [Symbol.dispose](): void {
    assert(new Deno.Command("umount", { args: [this.#path] }).outputSync().success);
  }
}
