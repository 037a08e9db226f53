import { runPython } from "./commands.ts";
import type { CommandLine, Outcome } from "./program.ts";

/** Runs a command as its only child, so that the largest child is the command. */
const PROGRAM = `
import resource, subprocess
ended = subprocess.run([input["program"], *input["args"]], env=input["env"], cwd=input["cwd"], stdin=subprocess.DEVNULL,
  capture_output=True, text=True)
print(json.dumps({
    "code": ended.returncode, "stdout": ended.stdout, "stderr": ended.stderr,
    "peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
}))
`;

/** Linux counts a process's largest memory in kilobytes, other systems in something else. */
export const measuresMemory: boolean = Deno.build.os === "linux";

/** Runs a command to its end and measures the most memory that it had at once, in bytes. */
export async function peakMemory(command: CommandLine): Promise<Outcome & { readonly peak: number }> {
  return await runPython(PROGRAM, command) as Outcome & { readonly peak: number };
}
