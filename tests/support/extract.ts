import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "./commands.ts";

/** Takes `library.db` out of an archive with the system's tar, into a directory that is made, and gives its path. */
export async function extractLibrary(archive: string, directory: string): Promise<string> {
  Deno.mkdirSync(directory);
  const { code, stderr } = await run("tar", ["-xzf", archive, "-C", directory, "library.db"]);
  assert.equal(code, 0, stderr);
  return join(directory, "library.db");
}
