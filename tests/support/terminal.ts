import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isInstalled, run } from "./commands.ts";
import type { CommandLine } from "./program.ts";

/** Whether a command can be run on a terminal here: Python has no such module on Windows. */
export const hasTerminal: boolean = isInstalled("python3", "-c", "import pty, termios, fcntl");

/** What the person at the terminal does when a text appears. */
export type Action =
  | { readonly await: string; readonly send: string }
  | { readonly await: string; readonly signal: "SIGTERM" | "SIGHUP" | "SIGINT" | "SIGQUIT" | "SIGTSTP" | "SIGCONT" }
  | { readonly await: string; readonly resize: readonly [rows: number, columns: number] };

/** How a command is run on a terminal. */
export interface TerminalOptions {
  readonly columns?: number;
  /** Streams that are files and not the terminal, with their paths. */
  readonly files?: { readonly stdin?: string; readonly stdout?: string; readonly stderr?: string };
}

/** How a command on a terminal ended; minus the signal's number where one ended it. */
export interface TerminalOutcome {
  readonly code: number;
  /** All that came to the terminal, what was typed included; its line ends are plain ones. */
  readonly terminal: string;
}

/** The Enter key. */
export const ENTER = "\n";
/** Ctrl-C, which a terminal turns into SIGINT. */
export const CTRL_C = "\x03";
/** Ctrl-D, which a terminal turns into the end of input. */
export const CTRL_D = "\x04";

/** Longest time that a command may take, in seconds: for one that hangs, not for a busy machine. */
const LIMIT_SECONDS = 180;

/**
 * What Deno says on a terminal where another process has the database for long in which it keeps what it knows of
 * modules; it goes on without.
 */
const OF_DENO = /^(Could not initialize cache database|Failed to open cache file) '.*\n/gm;

/** Runs a command on a terminal of its own, to its end. Every action of the script must get its turn. */
export async function runOnTerminal(
  command: CommandLine,
  script: readonly Action[],
  { columns = 80, files = {} }: TerminalOptions = {},
): Promise<TerminalOutcome> {
  const task = { ...command, env: { TERM: "xterm", ...command.env }, script, columns, files, seconds: LIMIT_SECONDS };
  const driver = fileURLToPath(new URL("terminal.py", import.meta.url));
  const { code, stdout, stderr } = await run("python3", [driver], JSON.stringify(task));
  assert.equal(code, 0, stderr);
  const outcome = JSON.parse(stdout) as TerminalOutcome & { readonly steps: number };
  const terminal = outcome.terminal.replaceAll("\r\n", "\n").replace(OF_DENO, "");
  assert.equal(outcome.steps, script.length, `the script was not done to its end; the terminal has:\n${terminal}`);
  return { code: outcome.code, terminal };
}
