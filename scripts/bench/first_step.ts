import { PYTHON } from "./python.ts";

/** Seconds from the start of one of the program's commands until it says that its first step begins. */
export function secondsToFirstStep([program, ...args]: readonly [string, ...string[]]): number {
  const { success, stdout, stderr } = new Deno.Command(PYTHON, {
    args: ["-c", MEASURE, program, ...args, "--progress", "json"],
  }).outputSync();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
  return Number(new TextDecoder().decode(stdout));
}

const MEASURE = `
import subprocess, sys, time
started = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
line = child.stderr.readline()
seconds = time.monotonic() - started
if child.wait() != 0 or b'"phase"' not in line:
    sys.exit((line + child.stderr.read()).decode())
print(seconds)
`;
