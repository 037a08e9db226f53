import { runParserSync } from "@optique/core/facade";
import { formatMessage, type Message, message } from "@optique/core/message";
import { BackupError, ERRORS } from "../errors.ts";
import { explainSandbox } from "../engine/refusal.ts";
import { COLORED, PLAIN } from "../output/color.ts";
import { HumanReporter } from "../output/human.ts";
import { JsonReporter } from "../output/json.ts";
import { openLogFile, OperationLog } from "../output/log.ts";
import { clearingFirst, ProgressLine } from "../output/progress.ts";
import type { Loudness, Reporter, Streams } from "../output/reporter.ts";
import { VERSION } from "../version.ts";
import { dispatch, type Invocation, parser } from "./commands.ts";
import type { Context } from "./context.ts";
import type { Io } from "./io.ts";
import { lines } from "./options.ts";

const PROGRAM = "vpo-backup";
const HELP_COLUMNS = 80;

/** Runs one command line and says with which status the process is to end. Every error ends up here, once. */
export async function run(io: Io): Promise<number> {
  let report = reporterFor(io, io, { json: isGiven(io, "--json"), quiet: false, verbose: 0 });
  let log: OperationLog | null = null;
  try {
    const invocation = parse(io);
    if (invocation === null) return 0;
    const context = contextFor(invocation, io);
    report = context.reporter;
    log = context.log;
    await operate(invocation, context);
    return io.interruption.aborted ? toBackupError(io.interruption.reason).exitCode : 0;
  } catch (error) {
    const failure = toBackupError(error);
    log?.failed("operation", { code: failure.code, message: failure.message });
    report.failed(failure);
    return failure.exitCode;
  }
}

async function operate(invocation: Invocation, context: Context): Promise<void> {
  const started = performance.now();
  context.log.started(invocation.command, { version: VERSION });
  await dispatch(invocation, context);
  context.log.finished(invocation.command, { seconds: (performance.now() - started) / 1000 });
}

/** @returns null where help or the version was asked for and printed */
function parse(io: Io): Invocation | null {
  const args = io.args.length === 0 ? ["--help"] : io.args;
  let shown = false;
  const onShow = () => {
    shown = true;
  };
  const invocation = runParserSync(parser, PROGRAM, args, {
    help: { command: true, option: { names: ["-h", "--help"] }, onShow },
    version: { value: `${PROGRAM} ${VERSION}`, option: true, onShow },
    aboveError: "none",
    maxWidth: HELP_COLUMNS,
    commandList: "top-level",
    usageLine: [{ type: "literal", value: "COMMAND" }],
    brief: message`Backs up, restores and lists VPO's library.`,
    footer: exitCodes(),
    stdout: (text) => io.out(text + "\n"),
    stderr: () => {},
    onError: (_, reason) => {
      throw usageError(reason);
    },
  });
  if (shown) return null;
  refuseMisspelledOption(invocation, args);
  return invocation;
}

/** An option that does not exist would be taken for the name of a backup; only after `--` it is meant as one. */
function refuseMisspelledOption(invocation: Invocation, args: readonly string[]): void {
  const backup = invocation.command === "restore" ? invocation.backup : undefined;
  if (backup?.startsWith("-") !== true || args.includes("--")) return;
  throw new BackupError("usage", `Unknown option "${backup}"`, "A file of that name is given after --");
}

function usageError(reason: Message): BackupError {
  const [text = "", ...more] = formatMessage(reason, { quotes: true, colors: false }).split("\n").filter(Boolean);
  const hint = more.length > 0 ? more.join(" ") : `See: ${PROGRAM} --help`;
  return new BackupError("usage", text.replace(/\.$/, ""), hint);
}

function contextFor(globals: Invocation, io: Io): Context {
  const draws = io.terminal.error && !globals.quiet && !globals.noProgress && globals.verbose === 0;
  const progress = draws ? new ProgressLine((text) => io.err(text), io.terminal.columns) : null;
  const streams = progress === null ? io : clearingFirst(io, progress);
  const readable = globals.verbose > 0 ? (text: string) => streams.err(text) : null;
  const file = globals.logFile === undefined ? null : openLogFile(globals.logFile);
  return {
    io: { ...io, ...streams },
    globals,
    reporter: reporterFor(io, streams, globals),
    log: new OperationLog(readable, file),
    progress: (event) => progress?.event(event),
  };
}

function toBackupError(error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof Deno.errors.NotCapable) return explainSandbox(error, "Cannot go on");
  const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  const isSystem = error instanceof Error && "code" in error;
  return new BackupError(isSystem ? "operation_failed" : "general", reason, null, { cause: error });
}

function reporterFor(io: Io, streams: Streams, loudness: Loudness & { readonly json: boolean }): Reporter {
  if (loudness.json) return new JsonReporter(streams);
  const isColored = io.terminal.error && !isGiven(io, "--no-color") && (io.env("NO_COLOR") ?? "") === "";
  return new HumanReporter(streams, loudness, isColored ? COLORED : PLAIN);
}

/** Whether a flag is on the command line, for errors in the rest of it must be told in the right form, too. */
function isGiven({ args }: Io, flag: string): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).includes(flag);
}

/** The exit codes as they stand in the one table, for the end of the help page. */
function exitCodes(): Message {
  const rows = new Map<number, string[]>([[0, ["success"]]]);
  for (const { exit, when } of Object.values(ERRORS)) rows.set(exit, [...rows.get(exit) ?? [], when]);
  const wrapped = [...rows].flatMap(([exit, reasons]) =>
    reasons.map((when, index) => `${index === 0 ? String(exit).padStart(5) : "     "}  ${when}`)
  );
  return lines("Exit codes:", ...wrapped);
}
