import { runParserSync } from "@optique/core/facade";
import { formatMessage, type Message, message } from "@optique/core/message";
import { BackupError, type ErrorCode, ERRORS } from "../errors.ts";
import { explainSystem } from "../engine/worker/explain_system.ts";
import { COLORED, type Palette, PLAIN } from "../output/color.ts";
import { HumanReporter } from "../output/human.ts";
import { JsonReporter, plainValuesOf } from "../output/json.ts";
import { MetricsReporter } from "../output/metrics.ts";
import { operationLog } from "../output/log/log.ts";
import { stripControls } from "../output/format.ts";
import type { OperationLog } from "../output/log/operation_log.ts";
import type { Outlet } from "../output/outlet.ts";
import { clearingFirst, type Progress, ProgressJson, ProgressLine, ProgressSummary } from "../output/progress.ts";
import type { Loudness, Reporter, Streams } from "../output/reporter.ts";
import type { Paper } from "../output/view.ts";
import { verdictOf } from "../output/views.ts";
import { VERSION } from "../version.ts";
import { actionOf, commandIn, dispatch, hasMetrics, type Invocation, parserFor, wholeParser } from "./registry.ts";
import { COMPLETE } from "./commands/completion.ts";
import type { Context } from "./context.ts";
import { askedForHelp, formatHelp, formatOverview, isOfCommand, PROGRAM } from "./help/page.ts";
import { topicPage, topicsFooter } from "./help/topics.ts";
import type { Io } from "./io.ts";
import type { GlobalOptions } from "./options/global.ts";
import { openLog } from "./options/log_file.ts";
import { answerCompletion } from "./help/suggestions.ts";
import { correct } from "./help/typos.ts";

/** Runs one command line and says with which status the process is to end. Every error ends up here, once. */
export async function run(io: Io): Promise<number> {
  if (io.args[0] === COMPLETE) {
    answerCompletion(io.args.slice(1), io);
    return 0;
  }
  const json = asksForJson(io);
  const outlets = [io.outlets.output, io.outlets.error];
  let report = reporterFor(io, io, { json, quiet: false, verbose: 0 });
  let log: OperationLog | null = null;
  let invocation: Invocation | null = null;
  let failure: BackupError | null = null;
  let verdict: ErrorCode | null = null;
  try {
    invocation = parse(io);
    if (invocation !== null) {
      const logFile = openLog(invocation, io.env);
      if (logFile !== null) outlets.push(logFile);
      const context = await contextFor(invocation, io, logFile);
      report = context.reporter;
      log = context.log;
      verdict = await operate(invocation, context);
    }
  } catch (error) {
    failure = explainSystem(error, invocation === null ? "Cannot start" : actionOf(invocation));
    verdict = failure.code;
    log?.failed(invocation?.command ?? "start", { code: failure.code, message: failure.message });
    report.failed(failure);
  }
  const unwritten = tellUnwritten(outlets, failure, json, io);
  verdict ??= unwritten;
  return verdict === null ? 0 : ERRORS[verdict].exit;
}

/**
 * Says once, where that can be said, what could not be written.
 *
 * @returns the row of the table of errors with whose status a run ends that has done its work without being able to say so
 */
function tellUnwritten(
  outlets: readonly Outlet[],
  failure: BackupError | null,
  json: boolean,
  { out, err, outlets: { output, error } }: Io,
): ErrorCode | null {
  const reasons = outlets.flatMap((outlet) =>
    outlet.failure === null ? [] : [explainSystem(outlet.failure, `Cannot write to ${outlet.name}`).message]
  );
  if (reasons.length === 0) return null;
  const rest = failure === null ? "the work itself was done" : failure.message;
  const say = error.failure === null ? err : output.failure === null && !json ? out : () => {};
  say(stripControls(`Error: ${[...reasons, rest].join("; ")}`) + "\n");
  return "operation_failed";
}

/** @returns the row of the table of errors that tells the exit status, or null for success */
async function operate(invocation: Invocation, context: Context): Promise<ErrorCode | null> {
  const started = performance.now();
  context.log.started(invocation.command, { version: VERSION });
  const result = await dispatch(invocation, context);
  context.log.finished(invocation.command, { ...plainValuesOf(result), seconds: (performance.now() - started) / 1000 });
  context.reporter.result(result);
  return verdictOf(result);
}

/** @returns null where help or the version was asked for and printed */
function parse(io: Io): Invocation | null {
  const args = askedForHelp(io.args);
  let shown = topicPage(io.args);
  if (shown !== null) {
    io.out(shown);
    return null;
  }
  const invocation = runParserSync(parserFor(args), PROGRAM, args, {
    help: {
      command: true,
      option: { names: ["-h", "--help"] },
      onShow: (_, page) => {
        shown = isOfCommand(page) ? formatHelp(page) : formatOverview(page);
      },
    },
    version: {
      value: `${PROGRAM} ${VERSION}`,
      option: true,
      onShow: () => {
        shown = `${PROGRAM} ${VERSION}\n`;
      },
    },
    aboveError: "none",
    commandList: "top-level",
    usageLine: [{ type: "literal", value: "COMMAND" }],
    brief: message`Back up VPO's library, verify the backups, and restore them.`,
    footer: topicsFooter(),
    stdout: () => {},
    stderr: () => {},
    onError: (_, reason) => {
      throw usageError(reason, args);
    },
  });
  if (shown !== null) {
    io.out(shown);
    return null;
  }
  refuseMisspelledOption(invocation, args);
  refuseOtherForm(invocation);
  return { ...invocation, json: invocation.json || invocation.format === "json" };
}

/** An option that does not exist would be taken for the name of a backup; only after `--` it is meant as one. */
function refuseMisspelledOption(invocation: Invocation, args: readonly string[]): void {
  if (args.includes("--")) return;
  const taken = Object.values(invocation).flat().find((value) =>
    typeof value === "string" && /^-./.test(value) && args.includes(value)
  );
  if (taken !== undefined) throw new BackupError("usage", `Unknown option "${taken}"`, `If it is a file: ./${taken}`);
}

/** Metrics are no form for what most commands say, and nothing is said in two forms. */
function refuseOtherForm(invocation: Invocation): void {
  if (invocation.format !== "prometheus") return;
  if (!hasMetrics(invocation)) {
    const message = `Cannot print what "${invocation.command}" says as metrics`;
    throw new BackupError("usage", message, "Only status has --format prometheus; the others have text and json.");
  }
  if (invocation.json) throw new BackupError("usage", "Cannot print both JSON and metrics", "Drop --json.");
}

function usageError(reason: Message, args: readonly string[]): BackupError {
  const [text = ""] = formatMessage(reason, { quotes: true, colors: false }).split("\n");
  const wrong = /^Unexpected option or \w+: (["`])(.*)\1/.exec(text)?.[2];
  if (wrong !== undefined) {
    const { message, hint } = correct(wrong, args, wholeParser().usage);
    return new BackupError("usage", message, hint);
  }
  const told = text.startsWith("No matching command") ? "No command was given" : text.replace(/\.$/, "");
  return new BackupError("usage", told, `See: ${[PROGRAM, ...commandIn(args), "--help"].join(" ")}`);
}

async function contextFor(globals: Invocation, io: Io, logFile: Outlet | null): Promise<Context> {
  const progress = progressFor(globals, io);
  const streams = progress === null ? io : clearingFirst(io, progress);
  const readable = globals.verbose > 0 ? (text: string) => streams.err(text) : null;
  return {
    io: { ...io, ...streams },
    globals,
    reporter: reporterFor(io, streams, globals),
    log: await operationLog(readable, logFile && ((text) => logFile.write(text))),
    palette: paletteFor(io, io.terminal.error),
    remarked: new Set(),
    progress: (event) => progress?.event(event),
  };
}

/** A line on a terminal; under `-v`, which says what is done on other lines, one for each phase and not on a terminal. */
function progressFor({ progress, noProgress, quiet, verbose }: Invocation, io: Io): Progress | null {
  const write = (text: string) => io.err(text);
  if (progress === "json") return new ProgressJson(write);
  if (progress === "none" || noProgress || quiet) return null;
  if (io.terminal.error && io.terminal.takesEscapes) {
    return verbose > 0 ? null : new ProgressLine(write, () => io.terminal.size().columns);
  }
  return verbose > 0 ? new ProgressSummary(write) : null;
}

/** In which form something is said. */
interface Forms {
  readonly json: boolean;
  readonly format?: GlobalOptions["format"];
}

function reporterFor(io: Io, streams: Streams, loudness: Loudness & Forms): Reporter {
  if (loudness.json) return new JsonReporter(streams);
  const { output, error } = io.terminal;
  const { columns } = io.terminal.size();
  const paper = (isTerminal: boolean): Paper => ({
    isTerminal,
    columns,
    palette: paletteFor(io, isTerminal),
    verbose: loudness.verbose,
  });
  const human = new HumanReporter(streams, loudness, { out: paper(output), err: paper(error) });
  return loudness.format === "prometheus" ? new MetricsReporter(streams, human) : human;
}

function paletteFor(io: Io, isTerminal: boolean): Palette {
  const mayColor = !isGiven(io, "--no-color") && (io.env("NO_COLOR") ?? "") === "";
  return isTerminal && io.terminal.takesEscapes && mayColor ? COLORED : PLAIN;
}

/** Whether the command line asks for JSON, for errors in the rest of it must be told in the right form, too. */
function asksForJson(io: Io): boolean {
  const options = optionsIn(io);
  const isFormat = (word: string | undefined) => word === "--format" || word === "-f";
  return isGiven(io, "--json") || options.includes("--format=json") ||
    options.some((word, index) => word === "json" && isFormat(options[index - 1]));
}

function isGiven(io: Io, flag: string): boolean {
  return optionsIn(io).includes(flag);
}

function optionsIn({ args }: Io): readonly string[] {
  const end = args.indexOf("--");
  return end === -1 ? args : args.slice(0, end);
}
