import type { Io, Keyboard } from "./cli/io.ts";
import { run } from "./cli/run.ts";
import { BackupError, type ErrorCode } from "./errors.ts";

/** The edge of the process: arguments, streams, signals, exit code. Nothing else touches these. */

const SIGNALS: readonly (readonly [Deno.Signal, ErrorCode, string])[] = [
  ["SIGINT", "interrupted", "Interrupted"],
  ["SIGTERM", "terminated", "Terminated"],
  ["SIGHUP", "hung_up", "Hung up"],
];
const DEFAULT_SIZE = { columns: 80, rows: 24 } as const;
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
      else if (performance.now() - first > STUCK_MS) {
        closeKeyboard();
        Deno.exit(reason.exitCode);
      }
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

/** Takes keys as they come, without showing them; Ctrl-C and its like still make signals, except on Windows. */
function openKeyboard(): Keyboard | null {
  try {
    Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  } catch {
    return null;
  }
  const bytes = new Uint8Array(256);
  const decoder = new TextDecoder();
  return {
    async read() {
      const length = await Deno.stdin.read(bytes);
      return length === null ? null : decoder.decode(bytes.subarray(0, length), { stream: true });
    },
    [Symbol.dispose]: closeKeyboard,
  };
}

/** Does nothing where it is not open. */
function closeKeyboard(): void {
  if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
}

function terminalSize(): { columns: number; rows: number } {
  // What it throws where there is no terminal takes longer than all else here.
  if (![Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal())) return DEFAULT_SIZE;
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some terminals do not tell how large they are.
    return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows };
  } catch {
    return DEFAULT_SIZE;
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
    ...terminalSize(),
  },
  readLine,
  openKeyboard,
  interruption: watchSignals(),
};

Deno.exit(await run(io));
