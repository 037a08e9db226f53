import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./commands.ts";

/** Whether the C programs that trials need can be compiled here. */
export const hasCompiler: boolean = isInstalled("gcc", "--version");

/** Compiles a C file of the tests; throws what the compiler says where it does not compile. */
export function compileC(source: URL, output: string, options: readonly string[]): void {
  const args = ["-O1", "-o", output, fileURLToPath(source), ...options];
  const { success, stderr } = new Deno.Command("gcc", { args, stdout: "null" }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}
