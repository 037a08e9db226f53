import { runParserSync } from "@optique/core/facade";
import { formatMessage, type Message, message } from "@optique/core/message";
import { BackupError, type ErrorCode, ERRORS } from "../errors.ts";
import { explainSystem } from "../engine/refusal.ts";
import { COLORED, type Palette, PLAIN } from "../output/color.ts";
import { HumanReporter } from "../output/human.ts";
import { factsOf, JsonReporter } from "../output/json.ts";
import { openLogFile, OperationLog } from "../output/log.ts";
import { clearingFirst, type Progress, ProgressJson, ProgressLine, ProgressSummary } from "../output/progress.ts";
import type { Loudness, Reporter, Streams } from "../output/reporter.ts";
import type { Paper } from "../output/view.ts";
import { verdictOf } from "../output/views.ts";
import { VERSION } from "../version.ts";
import { ACTIONS, dispatch, type Invocation, parser } from "./commands.ts";
import type { Context } from "./context.ts";
import { helpFooter } from "./help_footer.ts";
import type { Io } from "./io.ts";
import { expandHome } from "./paths.ts";

const PROGRAM = "vpo-backup";
const HELP_COLUMNS = 80;

/** Runs one command line and says with which status the process is to end. Every error ends up here, once. */
export async function run(io: Io): Promise<number> {
  let report = reporterFor(io, io, { json: isGiven(io, "--json"), quiet: false, verbose: 0 });
  let log: OperationLog | null = null;
  let command: Invocation["command"] | null = null;
  try {
    const invocation = parse(io);
    if (invocation === null) return 0;
    command = invocation.command;
    const context = contextFor(invocation, io);
    report = context.reporter;
    log = context.log;
    const verdict = await operate(invocation, context);
    if (io.interruption.aborted) return (io.interruption.reason as BackupError).exitCode;
    return verdict === null ? 0 : ERRORS[verdict].exit;
  } catch (error) {
    const failure = explainSystem(error, command === null ? "Cannot start" : ACTIONS[command]);
    log?.failed(command ?? "start", { code: failure.code, message: failure.message });
    report.failed(failure);
    return failure.exitCode;
  }
}

/** @returns the row of the table of errors that tells the exit status, or null for success */
async function operate(invocation: Invocation, context: Context): Promise<ErrorCode | null> {
  const started = performance.now();
  context.log.started(invocation.command, { version: VERSION });
  const result = await dispatch(invocation, context);
  if (result.kind === "declined") throw new BackupError("general", "Declined; nothing was changed");
  context.log.finished(invocation.command, { ...factsOf(result), seconds: (performance.now() - started) / 1000 });
  context.reporter.result(result);
  return verdictOf(result);
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
    footer: helpFooter(),
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
  const named = "backups" in invocation ? invocation.backups : "backup" in invocation ? [invocation.backup] : [];
  const misspelled = named.find((name) => name?.startsWith("-"));
  if (misspelled === undefined || args.includes("--")) return;
  throw new BackupError("usage", `Unknown option "${misspelled}"`, "A file of that name is given after --");
}

function usageError(reason: Message): BackupError {
  const [text = "", ...more] = formatMessage(reason, { quotes: true, colors: false }).split("\n").filter(Boolean);
  const suggestion = more.join(" ");
  // What another command knows is no suggestion for this one.
  const wrong = /"([^"]*)"/.exec(text)?.[1];
  const isNew = suggestion !== "" && !suggestion.includes(`\`${wrong}\``);
  const hint = isNew ? suggestion : `See: ${PROGRAM} --help`;
  return new BackupError("usage", text.replace(/\.$/, ""), hint);
}

function contextFor(globals: Invocation, io: Io): Context {
  const progress = progressFor(globals, io);
  const streams = progress === null ? io : clearingFirst(io, progress);
  const readable = globals.verbose > 0 ? (text: string) => streams.err(text) : null;
  const file = globals.logFile === undefined ? null : openLog(globals.logFile, io);
  return {
    io: { ...io, ...streams },
    globals,
    reporter: reporterFor(io, streams, globals),
    log: new OperationLog(readable, file),
    palette: paletteFor(io, io.terminal.error),
    progress: (event) => progress?.event(event),
  };
}

/** A line on a terminal; under `-v`, which says what is done on other lines, one for each phase and not on a terminal. */
function progressFor({ progress, noProgress, quiet, verbose }: Invocation, io: Io): Progress | null {
  const write = (text: string) => io.err(text);
  if (progress === "json") return new ProgressJson(write);
  if (progress === "none" || noProgress || quiet) return null;
  if (io.terminal.error) return verbose > 0 ? null : new ProgressLine(write, io.terminal.columns);
  return verbose > 0 ? new ProgressSummary(write) : null;
}

function openLog(named: string, io: Io): (text: string) => void {
  try {
    return openLogFile(expandHome(named, io.env));
  } catch (error) {
    const { code, message } = explainSystem(error, `Cannot write the log "${named}"`);
    throw new BackupError(code, message, "Name another file with --log-file FILE.", { cause: error });
  }
}

function reporterFor(io: Io, streams: Streams, loudness: Loudness & { readonly json: boolean }): Reporter {
  if (loudness.json) return new JsonReporter(streams);
  const { columns, output, error } = io.terminal;
  const paper = (isTerminal: boolean): Paper => ({
    isTerminal,
    columns,
    palette: paletteFor(io, isTerminal),
    verbose: loudness.verbose,
  });
  return new HumanReporter(streams, loudness, { out: paper(output), err: paper(error) });
}

function paletteFor(io: Io, isTerminal: boolean): Palette {
  const mayColor = !isGiven(io, "--no-color") && (io.env("NO_COLOR") ?? "") === "";
  return isTerminal && mayColor ? COLORED : PLAIN;
}

/** Whether a flag is on the command line, for errors in the rest of it must be told in the right form, too. */
function isGiven({ args }: Io, flag: string): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).includes(flag);
}
