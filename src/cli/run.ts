import { type BackupError, type ErrorCode, ERRORS } from "../errors.ts";
import { Engines } from "../engine/worker/client.ts";
import { explainSystem } from "../engine/worker/explain_system.ts";
import { COLORED, type Palette, PLAIN } from "../output/color.ts";
import { HumanReporter } from "../output/human.ts";
import { JsonReporter, plainValuesOf } from "../output/json.ts";
import { MetricsReporter } from "../output/metrics.ts";
import { LoggedWarnings } from "../output/log/logged_warnings.ts";
import { operationLog } from "../output/log/log.ts";
import { stripControls } from "../output/format.ts";
import type { OperationLog } from "../output/log/operation_log.ts";
import type { Outlet } from "../output/outlet.ts";
import { clearingFirst, type Progress, ProgressJson, ProgressLine, ProgressSummary } from "../output/progress.ts";
import type { Loudness, Reporter, Streams } from "../output/reporter.ts";
import type { Paper } from "../output/view.ts";
import { verdictOf } from "../output/views.ts";
import { VERSION } from "../version.ts";
import { readArguments } from "./arguments.ts";
import { actionOf, dispatch, type Invocation } from "./registry.ts";
import { COMPLETE } from "./commands/completion.ts";
import type { Context } from "./context.ts";
import type { Io } from "./io.ts";
import type { GlobalOptions } from "./options/global.ts";
import { withCompletedHint } from "./options/library.ts";
import { openLog } from "./options/log_file.ts";
import { reportingAside } from "./pipes.ts";

/** Runs one command line and returns the exit status. Every error ends up here, once. */
export async function run(real: Io): Promise<number> {
  const io = reportingAside(real);
  if (io.args[0] === COMPLETE) {
    (await import("./help/suggestions.ts")).answerCompletion(io.args.slice(1), io);
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
    const read = await readArguments(io.args);
    if (typeof read === "string") io.out(read);
    else {
      invocation = read;
      const logFile = openLog(invocation, io.env);
      if (logFile !== null) outlets.push(logFile);
      const context = await contextFor(invocation, io, logFile);
      report = context.reporter;
      log = context.log;
      verdict = await operate(invocation, context);
    }
  } catch (error) {
    failure = explainSystem(error, invocation === null ? "Cannot start" : actionOf(invocation));
    if (invocation !== null) failure = withCompletedHint(failure, { globals: invocation, io });
    verdict = failure.code;
    log?.failed(invocation?.command ?? "start", { code: failure.code, message: failure.message });
    report.failed(failure);
  }
  const unwritten = tellUnwritten(outlets, failure, json, io);
  verdict ??= unwritten;
  return verdict === null ? 0 : ERRORS[verdict].exit;
}

/**
 * Reports once, where possible, what could not be written.
 *
 * @returns the error with whose exit status the run ends if its work was done but could not be reported
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

/** @returns the error that gives the exit status, or null for success */
async function operate(invocation: Invocation, context: Context): Promise<ErrorCode | null> {
  const started = performance.now();
  context.log.started(invocation.command, { version: VERSION });
  const result = await dispatch(invocation, context).finally(() => context.engines.end());
  context.log.finished(invocation.command, { ...plainValuesOf(result), seconds: (performance.now() - started) / 1000 });
  context.reporter.result(result);
  return verdictOf(result);
}

async function contextFor(globals: Invocation, io: Io, logFile: Outlet | null): Promise<Context> {
  const progress = progressFor(globals, io);
  const streams = progress === null ? io : clearingFirst(io, progress);
  const readable = globals.verbose > 0 ? (text: string) => streams.err(text) : null;
  const log = await operationLog(readable, logFile && ((text) => logFile.write(text)));
  return {
    io: { ...io, ...streams },
    globals,
    reporter: new LoggedWarnings(reporterFor(io, streams, globals), log),
    log,
    palette: paletteFor(io, io.terminal.error),
    remarked: new Set(),
    engines: new Engines(),
    progress: (event) => progress?.event(event),
  };
}

/** A line that is redrawn on a terminal; elsewhere, with `-v`, a line for each phase. */
function progressFor({ progress, noProgress, quiet, verbose }: Invocation, io: Io): Progress | null {
  const write = (text: string) => io.err(text);
  if (progress === "json") return new ProgressJson(write);
  if (progress === "none" || noProgress || quiet) return null;
  if (io.terminal.error && io.terminal.takesEscapes) {
    return verbose > 0 ? null : new ProgressLine(write, () => io.terminal.size().columns);
  }
  return verbose > 0 ? new ProgressSummary(write) : null;
}

/** The form of the output. */
interface Forms {
  readonly json: boolean;
  readonly format?: GlobalOptions["format"];
}

function reporterFor(io: Io, streams: Streams, loudness: Loudness & Forms): Reporter {
  if (loudness.json) return new JsonReporter(streams, loudness.quiet);
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

/** Whether the command line asks for JSON: errors in the rest of it must have the right form, too. */
function asksForJson(io: Io): boolean {
  const options = optionsIn(io);
  const isFormat = (word: string | undefined) => word !== undefined && /^(--format|-[a-z]*f)$/.test(word);
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
