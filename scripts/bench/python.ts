/**
 * Python as the benchmark runs it: a real interpreter, where `python3` may be the shim of a version manager, which takes
 * a tenth of a second to find one.
 */
export const PYTHON: string = realInterpreter() ?? "python3";

function realInterpreter(): string | null {
  try {
    const script = "import os, sys; print(os.path.realpath(sys.executable))";
    const { success, stdout } = new Deno.Command("python3", { args: ["-c", script], stderr: "null" }).outputSync();
    const path = new TextDecoder().decode(stdout).trim();
    return success && path !== "" ? path : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
