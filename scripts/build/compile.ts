import { permissionFlags, RUNTIME_FLAGS } from "../permissions.ts";
import { signatureFault } from "./mach_o.ts";
import { CannotCompile, namedRuntime, RUNTIME_VARIABLE } from "./runtime.ts";
import type { Stage } from "./stage.ts";
import { headerTarget, type Target } from "./targets.ts";

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
  const runtime = namedRuntime(target);
  const { code, stderr } = new Deno.Command(Deno.execPath(), {
    cwd: stage.bundled,
    env: {
      DENO_DIR: stage.denoDirectory,
      NO_COLOR: "1",
      ...(runtime === null ? {} : { [RUNTIME_VARIABLE]: runtime }),
    },
    args: ["compile", ...compileFlags(stage, directories), "--target", target.triple, "--output", output, entry],
  }).outputSync();
  if (code !== 0) throw new CannotCompile(reasonIn(new TextDecoder().decode(stderr)));
  const fault = faultOf(output, target);
  if (fault === null) return;
  Deno.removeSync(output);
  throw new CannotCompile(`what was compiled ${fault}`);
}

/** Why the target's system would not start this executable; null where nothing speaks against it. */
function faultOf(path: string, target: Target): string | null {
  const made = headerTarget(path);
  if (made?.triple !== target.triple) return `is an executable for ${made?.triple ?? "no known system"}`;
  return target.os === "macos" ? signatureFault(Deno.readFileSync(path), target.arch) : null;
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

/** The line in which Deno says what went wrong, else all that it says. */
function reasonIn(said: string): string {
  const line = said.split("\n").find((line) => line.startsWith("error: "));
  return (line?.slice("error: ".length) ?? said).trim();
}
