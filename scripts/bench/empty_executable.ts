import { join } from "node:path";

/**
 * Compiles an executable that does nothing, with this Deno; null where that cannot be done.
 *
 * @param directory gets it
 */
export function compileEmpty(directory: string): string | null {
  const entry = join(directory, "empty.js");
  const output = join(directory, Deno.build.os === "windows" ? "empty.exe" : "empty");
  Deno.writeTextFileSync(entry, "export {};\n");
  const { success } = new Deno.Command(Deno.execPath(), {
    args: ["compile", "--quiet", "--no-config", "--no-code-cache", "--output", output, entry],
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success ? output : null;
}
