import { join } from "node:path";
import { TemporaryDirectory } from "./temporary.ts";

/** Makes a symbolic link; Windows asks of what it is to lead to. */
export function makeSymlink(target: string, path: string, type: "file" | "dir" = "file"): void {
  Deno.symlinkSync(target, path, { type });
}

/** Whether this user can make symbolic links: on Windows not all may, and Wine only says that it has made them. */
export const canSymlink: boolean = (() => {
  using directory = new TemporaryDirectory();
  const link = join(directory.path, "link");
  try {
    makeSymlink("nowhere", link);
    return Deno.lstatSync(link).isSymlink;
  } catch {
    return false;
  }
})();

/** A test that makes symbolic links; ignored where nobody can. */
export function testWithSymlinks(name: string, fn: () => void | Promise<void>, declare = Deno.test): void {
  declare({ name: `${name} (needs symbolic links)`, ignore: !canSymlink, fn });
}
