import type { Io } from "./cli/io.ts";
import { run } from "./cli/run.ts";
import { BackupError, type ErrorCode } from "./errors.ts";

/** The edge of the process: arguments, streams, signals, exit code. Nothing else touches these. */

const SIGNALS: readonly (readonly [Deno.Signal, ErrorCode, string])[] = [
  ["SIGINT", "interrupted", "Interrupted"],
  ["SIGTERM", "terminated", "Terminated"],
  ["SIGHUP", "hung_up", "Hung up"],
];
const DEFAULT_COLUMNS = 80;
/** A run ends this soon after a signal, in milliseconds; one that does not is stuck. */
const STUCK_MS = 2000;

function watchSignals(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const [signal, code, name] of SIGNALS) {
    // Windows knows SIGINT only.
    if (Deno.build.os === "windows" && signal !== "SIGINT") continue;
    Deno.addSignalListener(signal, () => {
      const reason = new BackupError(code, `${name}: nothing was changed, temporary files were removed`);
      if (!controller.signal.aborted) first = performance.now();
      // A second signal is impatience; temporary files are being removed.
      else if (performance.now() - first > STUCK_MS) Deno.exit(reason.exitCode);
      controller.abort(reason);
    });
  }
  return controller.signal;
}

function writeTo(stream: { writeSync(bytes: Uint8Array): number }): (text: string) => void {
  const encoder = new TextEncoder();
  return (text) => {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      // Whoever reads the other end has gone: the work is done all the same.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
}

function readEnv(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

async function readLine(): Promise<string | null> {
  const decoder = new TextDecoder();
  const byte = new Uint8Array(1);
  let line = "";
  for (;;) {
    if (await Deno.stdin.read(byte) === null) return line === "" ? null : line;
    if (byte[0] === 0x0a) return line;
    line += decoder.decode(byte, { stream: true });
  }
}

function columns(): number {
  // What it throws where there is no terminal takes longer than all else here.
  if (![Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal())) return DEFAULT_COLUMNS;
  try {
    // Some terminals do not tell how wide they are.
    return Deno.consoleSize().columns || DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

const io: Io = {
  args: Deno.args,
  env: readEnv,
  out: writeTo(Deno.stdout),
  err: writeTo(Deno.stderr),
  terminal: {
    input: Deno.stdin.isTerminal(),
    output: Deno.stdout.isTerminal(),
    error: Deno.stderr.isTerminal(),
    columns: columns(),
  },
  readLine,
  interruption: watchSignals(),
};

Deno.exit(await run(io));
