import { merge, or } from "@optique/core/constructs";
import type { InferValue, Parser } from "@optique/core/parser";
import type { Outcome } from "../output/outcome.ts";
import { backup } from "./commands/backup.ts";
import { backups } from "./commands/backups.ts";
import { completion } from "./commands/completion.ts";
import { config } from "./commands/config.ts";
import { diff } from "./commands/diff.ts";
import { doctor } from "./commands/doctor.ts";
import { extract } from "./commands/extract.ts";
import { prune } from "./commands/prune.ts";
import { report } from "./commands/report.ts";
import { restore } from "./commands/restore.ts";
import { schedule } from "./commands/schedule.ts";
import { show } from "./commands/show.ts";
import { status } from "./commands/status.ts";
import { undo } from "./commands/undo.ts";
import { verify } from "./commands/verify.ts";
import { version } from "./commands/version.ts";
import type { Command } from "./command.ts";
import type { Context } from "./context.ts";
import { type GlobalOptions, globalOptions } from "./options/global.ts";

/** The commands, in the order in which the help page lists them. */
const COMMANDS = [
  backup,
  restore,
  undo,
  backups,
  verify,
  status,
  prune,
  show,
  diff,
  extract,
  schedule,
  config,
  report,
  doctor,
  completion,
  version,
] as unknown as readonly AnyCommand[];

/** A command whose options only the command itself examines. */
type AnyCommand = Command<Readonly<Record<string, unknown>> & { readonly command: string }>;

/** A parsed command line: the global options, the command's name and its own options. */
export type Invocation = GlobalOptions & InferValue<ReturnType<AnyCommand["make"]>>;

/** A parser of command lines. */
export type CommandLine = Parser<"sync", Invocation, unknown>;

/** The parser of all command lines. */
export function wholeParser(): CommandLine {
  return reading(or(...COMMANDS.map((command) => command.make())));
}

/** The parser of command lines that begin with the words of `args`: if the first is a command, only that one. */
export function parserFor([first = ""]: readonly string[]): CommandLine {
  const command = find(first);
  return command === undefined ? wholeParser() : reading(command.make());
}

function reading(commands: Parser<"sync", Readonly<Record<string, unknown>>, unknown>): CommandLine {
  return merge(globalOptions(), commands) as unknown as CommandLine;
}

/** What failed if the system refuses a command: "Cannot back up the library". */
export function actionOf(invocation: Invocation): string {
  return commandOf(invocation).action;
}

/** Whether a command's outcome can be reported as metrics. */
export function hasMetrics(invocation: Invocation): boolean {
  return commandOf(invocation).hasMetrics === true;
}

/** Runs the command that was asked for. */
export async function dispatch(invocation: Invocation, context: Context): Promise<Outcome> {
  return await commandOf(invocation).run(invocation, context);
}

/** The name of the command that a command line is for; empty where no word is one. */
export function commandIn(args: readonly string[]): readonly string[] {
  const command = args.map(find).find((found) => found !== undefined);
  return command === undefined ? [] : [command.name];
}

function commandOf(invocation: Invocation): AnyCommand {
  const command = find(invocation.command);
  if (command === undefined) {
    throw new Error(`the parser knows a command that the registry does not: ${invocation.command}`);
  }
  return command;
}

function find(word: string): AnyCommand | undefined {
  return COMMANDS.find(({ name, aliases }) => name === word || aliases?.includes(word) === true);
}
