import { merge, or } from "@optique/core/constructs";
import type { InferValue, Parser } from "@optique/core/parser";
import { backupCommand, runBackup } from "./commands/backup.ts";
import { backupsCommand, LIST, runBackups } from "./commands/backups.ts";
import { diffCommand, runDiff } from "./commands/diff.ts";
import { completionCommand, runCompletion } from "./commands/completion.ts";
import { doctorCommand, runDoctor } from "./commands/doctor.ts";
import type { Outcome } from "../output/outcome.ts";
import type { Context } from "./context.ts";
import { globalOptions } from "./options/global.ts";
import { pruneCommand, runPrune } from "./commands/prune.ts";
import { restoreCommand, runRestore } from "./commands/restore.ts";
import { runSchedule, scheduleCommand } from "./commands/schedule.ts";
import { runShow, showCommand } from "./commands/show.ts";
import { runStatus, statusCommand } from "./commands/status.ts";
import { runUndo, undoCommand } from "./commands/undo.ts";
import { runVerify, verifyCommand } from "./commands/verify.ts";
import { runVersion, versionCommand } from "./commands/version.ts";

/** Made when they are asked for: to make them all, and to choose among them, takes a quarter of the time of a start. */
const COMMANDS = {
  backup: backupCommand,
  restore: restoreCommand,
  undo: undoCommand,
  backups: backupsCommand,
  verify: verifyCommand,
  status: statusCommand,
  prune: pruneCommand,
  show: showCommand,
  diff: diffCommand,
  schedule: scheduleCommand,
  doctor: doctorCommand,
  completion: completionCommand,
  version: versionCommand,
} as const;

type Name = keyof typeof COMMANDS;

/** What else may stand for a command. */
const ALIASES: Readonly<Record<string, Name>> = { [LIST]: "backups", "--version": "version" };

export type Invocation = InferValue<typeof globalOptions> & InferValue<ReturnType<typeof COMMANDS[Name]>>;

export type CommandLine = Parser<"sync", Invocation, unknown>;

/** Reads every command line. */
export function wholeParser(): CommandLine {
  return reading(or(...Object.values(COMMANDS).map((make) => make())));
}

/** Reads command lines that begin with the words of `args`: where the first is a command, that one alone. */
export function parserFor([first = ""]: readonly string[]): CommandLine {
  const name = ALIASES[first] ?? first;
  return Object.hasOwn(COMMANDS, name) ? reading(COMMANDS[name as Name]()) : wholeParser();
}

function reading(commands: Parser<"sync", Readonly<Record<string, unknown>>, unknown>): CommandLine {
  return merge(globalOptions, commands) as unknown as CommandLine;
}

/** What each command could not do, when the system or the sandbox refuses before the engine has the word. */
export const ACTIONS: Readonly<Record<Invocation["command"], string>> = {
  backup: "Cannot back up the library",
  restore: "Cannot restore the backup",
  undo: "Cannot undo the restore",
  backups: "Cannot list the backups",
  verify: "Cannot check the backups",
  status: "Cannot look at the backups",
  prune: "Cannot prune the backups",
  show: "Cannot show the backup",
  diff: "Cannot compare",
  schedule: "Cannot schedule backups",
  doctor: "Cannot look for what could go wrong",
  completion: "Cannot print the completion script",
  version: "Cannot tell the version",
};

/** Runs the command that was asked for. */
export function dispatch(invocation: Invocation, context: Context): Promise<Outcome> {
  switch (invocation.command) {
    case "backup":
      return runBackup(invocation, context);
    case "restore":
      return runRestore(invocation, context);
    case "undo":
      return runUndo(invocation, context);
    case "backups":
      return runBackups(invocation, context);
    case "verify":
      return runVerify(invocation, context);
    case "status":
      return runStatus(invocation, context);
    case "prune":
      return runPrune(invocation, context);
    case "show":
      return runShow(invocation, context);
    case "diff":
      return runDiff(invocation, context);
    case "schedule":
      return runSchedule(invocation, context);
    case "doctor":
      return runDoctor(invocation, context);
    case "completion":
      return runCompletion(invocation);
    case "version":
      return Promise.resolve(runVersion());
  }
}
