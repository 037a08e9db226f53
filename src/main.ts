/**
 * The edge of the process: arguments, streams, signals, exit code. Nothing outside `process/` touches these.
 *
 * @module
 */
import type { Io } from "./cli/io.ts";
import { run } from "./cli/run.ts";
import { Outlet } from "./output/outlet.ts";
import { Input } from "./process/input.ts";
import { isOutputShared, readInput, sendFile } from "./process/pipes.ts";
import { Signals } from "./process/signals.ts";

const DEFAULT_SIZE = { columns: 80, rows: 24 } as const;

const input = new Input(Deno.exit);
const output = new Outlet("standard output", (bytes) => Deno.stdout.writeSync(bytes));
const error = new Outlet("standard error", (bytes) => Deno.stderr.writeSync(bytes));
const isTerminal = {
  input: Deno.stdin.isTerminal(),
  output: Deno.stdout.isTerminal(),
  error: Deno.stderr.isTerminal(),
};
const signals = new Signals(isTerminal.output || isTerminal.error, (exitCode) => {
  input.close();
  Deno.exit(exitCode);
});
Signals.surviveFileLimit();

function readEnv(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function terminalSize(): { columns: number; rows: number } {
  // Without a terminal, throwing takes longer than everything else here.
  if (!isTerminal.input && !isTerminal.output && !isTerminal.error) return DEFAULT_SIZE;
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some terminals do not tell their size.
    return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows };
  } catch {
    return DEFAULT_SIZE;
  }
}

/** Windows has no such variable: there Deno itself enables escape sequences. */
function takesEscapes(): boolean {
  return Deno.build.os === "windows" || !["", "dumb"].includes(readEnv("TERM") ?? "");
}

const io: Io = {
  args: Deno.args,
  env: readEnv,
  outlets: { output, error },
  out: (text) => output.write(text),
  err: (text) => error.write(text),
  terminal: { ...isTerminal, takesEscapes: takesEscapes(), size: terminalSize },
  openKeyboard: (redraw) => input.openKeyboard(redraw),
  readInput,
  isOutputShared,
  sendFile,
  interruption: signals.interruption,
  finish: () => signals.finish(),
};

Deno.exit(await run(io));
