import { permissionFlags, RUNTIME_FLAGS } from "../permissions.ts";
import type { Stage } from "./stage.ts";
import { EXECUTABLE_HEADER_BYTES, type Target, targetOf } from "./targets.ts";

/** The variable that names a runtime to compile with, in the place of one that Deno downloads. */
const RUNTIME_VARIABLE = "DENORT_BIN";

/** Why there is no executable for a target. */
export class CannotCompile extends Error {}

/**
 * Compiles a stage into one executable, with the Deno that runs this and with exactly the program's permissions.
 *
 * @param directories that it may use; the whole file system where none are given
 * @param entry the module to start with, in the stage
 * @throws {CannotCompile} also when what comes out is for another target
 */
export function compile(
  stage: Stage,
  target: Target,
  output: string,
  { directories = [], entry = "src/main.js" }: { directories?: readonly string[]; entry?: string } = {},
): void {
  requireFittingRuntime(target);
  const { code, stderr } = new Deno.Command(Deno.execPath(), {
    cwd: stage.bundled,
    env: { DENO_DIR: stage.denoDirectory, NO_COLOR: "1" },
    args: ["compile", ...compileFlags(stage, directories), "--target", target.triple, "--output", output, entry],
  }).outputSync();
  if (code !== 0) throw new CannotCompile(reasonIn(new TextDecoder().decode(stderr)));
  const made = headerTarget(output);
  if (made?.triple === target.triple) return;
  Deno.removeSync(output);
  throw new CannotCompile(`what was compiled is an executable for ${made?.triple ?? "no known system"}`);
}

/** The flags that make an executable of the stage's modules what it is. */
function compileFlags(stage: Stage, directories: readonly string[]): string[] {
  return [
    "--quiet",
    // An executable would look for it in the system's temporary directory, where anybody may put one.
    "--no-code-cache",
    ...RUNTIME_FLAGS,
    ...permissionFlags(directories, directories),
    ...stage.workers.flatMap((worker) => ["--include", worker]),
  ];
}

/** Deno would take the runtime that it is given for every target. */
function requireFittingRuntime(target: Target): void {
  const path = Deno.env.get(RUNTIME_VARIABLE) ?? "";
  if (path === "") return;
  const fits = headerTarget(path);
  if (fits?.triple === target.triple) return;
  throw new CannotCompile(`${RUNTIME_VARIABLE} is a runtime for ${fits?.triple ?? "no known system"}`);
}

function headerTarget(path: string): Target | null {
  using file = Deno.openSync(path);
  const header = new Uint8Array(EXECUTABLE_HEADER_BYTES);
  const length = file.readSync(header) ?? 0;
  return targetOf(header.subarray(0, length));
}

/** The line in which Deno says what went wrong, else all that it says. */
function reasonIn(said: string): string {
  const line = said.split("\n").find((line) => line.startsWith("error: "));
  return (line?.slice("error: ".length) ?? said).trim();
}
