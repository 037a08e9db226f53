import { run } from "../../src/cli/run.ts";
import { Outlet } from "../../src/output/outlet.ts";
import type { Outcome } from "./program.ts";
import { Sayings } from "./sayings.ts";

/** Runs a command line in this process: enough for help, and for one that is refused before anything is done. */
export async function runHere(args: readonly string[]): Promise<Outcome> {
  const said = new Sayings();
  const terminal = {
    input: false,
    output: false,
    error: false,
    takesEscapes: false,
    size: () => ({ columns: 80, rows: 24 }),
  };
  const outlet = new Outlet("nowhere", (bytes) => bytes.length);
  const interruption = new AbortController().signal;
  const { out, err } = said;
  const code = await run({
    args,
    env: () => undefined,
    out,
    err,
    outlets: { output: outlet, error: outlet },
    terminal,
    openKeyboard: () => Promise.resolve(null),
    readInput: () => Promise.resolve(null),
    isOutputShared: () => false,
    sendFile: () => Promise.resolve(),
    interruption,
    finish: () => {},
  });
  return { code, stdout: said.stdout, stderr: said.stderr };
}
