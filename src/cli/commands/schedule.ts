import { dirname, join, resolve } from "node:path";
import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import type { Destination } from "../../engine/protocol/mod.ts";
import { currentUser, resolveDirectory, resolveFile } from "../../engine/real_paths.ts";
import { isNullDevice, NULL_DEVICE, writeTextFiles } from "../../engine/text_file.ts";
import { BackupError } from "../../errors.ts";
import type { Generated, ScheduleWritten } from "../../output/outcome.ts";
import { PROGRAM, shellWord, typedProgram, typedWord } from "../../program.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { requireLibrary } from "../options/library.ts";
import { isReady } from "../options/backup_place.ts";
import { examples } from "../help/examples.ts";
import { type BackupConfig, inForce, readBackupConfig } from "../options/backup_config.ts";
import { backupDirectory } from "../options/backup_directory.ts";
import { areMeantForCopies, copyPlaces, copyToOption, placesInVariable } from "../options/copy_places.ts";
import { expandHome, homeOf } from "../options/paths.ts";
import { keepArguments, refuseZeros, retentionAtNight, retentionOptions } from "../options/retention.ts";
import { environmentAtNight } from "../schedule/environment.ts";
import { concernsOf } from "../schedule/concerns.ts";
import { cronFiles, cronLines, MAX_LINE } from "../schedule/cron.ts";
import { launchdAgent, launchdFiles } from "../schedule/launchd.ts";
import { backupCommand, CADENCES, firstBackup, type Plan } from "../schedule/plan.ts";
import { systemdFiles, systemdUnits } from "../schedule/systemd.ts";
import { isWholeForCmd, windowsFiles, windowsTask } from "../schedule/windows.ts";
import { settingsVariables } from "../options/settings_paths.ts";
import { address, path, shellLine, timeOfDay } from "../options/values.ts";

const ACTION = "Cannot schedule backups";
const WRITERS = {
  systemd: { print: systemdUnits, files: systemdFiles },
  launchd: { print: launchdAgent, files: launchdFiles },
  cron: { print: cronLines, files: cronFiles },
  windows: { print: windowsTask, files: windowsFiles },
} as const;

/** `vpo-backup schedule` */
export const schedule = defineCommand({
  name: "schedule",
  action: ACTION,
  make: parser,
  run,
});

function parser() {
  return command(
    "schedule",
    merge(
      object({
        command: constant("schedule"),
        system: argument(choice(Object.keys(WRITERS) as (keyof typeof WRITERS)[], { metavar: "SYSTEM" }), {
          description: message`systemd, launchd (macOS), cron or windows.`,
        }),
        at: optional(
          option("--at", timeOfDay(), { description: message`When to run, in local time (default: 03:30).` }),
        ),
        every: optional(option("--every", choice(CADENCES, { metavar: "PERIOD" }), {
          description: message`daily (default), hourly, or weekly (on Sundays).`,
        })),
        copyTo: copyToOption(),
        then: optional(option("--then", shellLine(), {
          description:
            message`Shell command to run after each successful backup, with network access, such as an off-site copy.`,
        })),
        ping: optional(option("--ping", address(), {
          description: message`URL for curl to call after that, such as a Healthchecks heartbeat.`,
        })),
        output: optional(option("-o", "--output", path("DIR"), {
          description: message`Write the files into this directory instead of printing them.`,
        })),
        force: option("--force", { description: message`Overwrite existing files.` }),
      }),
      retentionOptions(),
    ),
    {
      brief: message`Print a systemd, cron, launchd or Windows schedule.`,
      description:
        message`Prints a schedule for this executable, library and backup directory, with the commands to install it. Installs nothing. The program itself never opens a connection: the schedule runs COMMAND and curl.`,
      footer: examples(
        "schedule systemd --keep-daily 7 --keep-weekly 8",
        "schedule cron --every hourly --keep-within 2d --keep-daily 30",
        "schedule systemd --ping https://hc-ping.com/UUID --output units",
        "schedule launchd --at 12:15",
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

function run(options: Options, context: Context): Generated | ScheduleWritten {
  const { system, output, force } = options;
  const library = requireLibrary(context, ACTION);
  const wanted = backupDirectory(context.globals, context.io.env);
  requirePrintable(resolve(wanted));
  const destination = resolveDirectory(wanted);
  const plan = planFor(library, destination, options, context);
  requireWritable(plan);
  if (system === "windows") requireForCmd(plan);
  const { print, files } = WRITERS[system];
  const text = print(plan);
  const remarks = isReady(destination, context.io.env) ? [] : [unready(plan)];
  for (const message of [...remarks, ...concernsOf(plan, system), ...overlong(text, system)]) {
    context.reporter.event({ kind: "warning", message });
  }
  if (output === undefined) return { kind: "generated", name: system, text };
  const schedule = files(plan);
  const paths = writeTextFiles(expandHome(output, context.io.env), schedule.files, {
    action: ACTION,
    replace: force,
    remedy: "Move it away, or replace it with --force.",
  });
  const next = schedule.next(dirname(paths[0] ?? ""));
  return { kind: "schedule written", system, files: paths, next };
}

function planFor(library: string, destination: Destination, options: Options, context: Context): Plan {
  const { io, globals } = context;
  const { directory, existing } = destination;
  const { uid: owner, dev } = Deno.statSync(library);
  const home = homeOf(io.env);
  const config = readBackupConfig(globals, io.env);
  const inFile = config.values;
  const environment = settingsVariables(io.env);
  const hasOwnPlaces = options.copyTo.length === 0 && placesInVariable(io.env).length === 0;
  const atNight = environmentAtNight(owner, environment, io.env);
  const forCopies = areMeantForCopies(options.copyTo, config, io.env);
  const rules = retentionAtNight(options, directory, { atNight, hasOwnPlaces, forCopies }, context);
  refuseZeros(rules.inForce, ACTION);
  return {
    program: Deno.build.standalone ? Deno.execPath() : PROGRAM,
    library,
    backupDirectory: directory,
    hasDirectory: existing === directory,
    hasOwnDisk: existing === directory && Deno.statSync(directory).dev !== dev,
    every: inForce("every", options.every, config),
    at: inForce("at", options.at, config),
    copyPlaces: copyPlaces(options.copyTo, directory, context).map((place) => place.directory),
    hasOwnPlaces,
    keep: keepArguments(rules.options),
    rules: keepArguments(rules.inForce),
    environment,
    config: realConfig(config),
    hasMaxAge: inFile.max_age !== undefined,
    then: options.then ?? inFile.then ?? null,
    ping: options.ping ?? inFile.ping ?? null,
    owner,
    logFile: home === undefined ? null : join(home, "Library", "Logs", `${PROGRAM}.log`),
  };
}

/** Path of the rules; the null device has no other, and Deno lets nobody look for one. */
function realConfig({ path }: BackupConfig): string | null {
  if (path === null) return null;
  return isNullDevice(path) || isNullDevice(Deno.realPathSync(path)) ? NULL_DEVICE : resolveFile(path).path;
}

function requireWritable(plan: Plan): void {
  const { program, library, backupDirectory, logFile, config, copyPlaces, environment, then } = plan;
  const variables = environment.map(([, value]) => value);
  requirePrintable(program, library, backupDirectory, logFile ?? "", config ?? "", ...copyPlaces, ...variables);
  if (then !== null && ODD.test(then)) throw unwritable("your command contains a character that no schedule can hold");
}

/** The remark that a person has to make the first backup. */
function unready(plan: Plan): string {
  const [program = "", ...args] = firstBackup(plan);
  // What root makes, the owner could neither read nor remove at night.
  const asOwner = plan.owner === null || plan.owner === currentUser() ? [] : ["sudo", "-u", `#${plan.owner}`];
  const words = [...asOwner.map(shellWord), typedProgram(program), ...args.map((word) => typedWord(word))];
  return `"${plan.backupDirectory}" holds no backups yet, and a schedule runs only where there are some; ` +
    `make the first: ${words.join(" ")}`;
}

/** Refuses what cannot be written in one line for the shells of Windows. */
function requireForCmd(plan: Plan): void {
  const { then, ping } = plan;
  if (then !== null && !isWholeForCmd(then)) {
    throw unwritable("the quotation marks or parentheses of your command are not balanced");
  }
  if ((then ?? ping) !== null && backupCommand(plan).some((word) => word.includes('"'))) {
    throw unwritable("a path contains a quotation mark, which cmd cannot handle");
  }
}

function unwritable(why: string): BackupError {
  return new BackupError("usage", `${ACTION}: ${why}`, "Put the command into a script, and name that.");
}

function overlong(text: string, system: string): string[] {
  const isLong = system === "cron" && text.split("\n").some((line) => !line.startsWith("#") && line.length > MAX_LINE);
  return isLong ? [`some crons take no lines of more than ${MAX_LINE} characters: put your command into a script`] : [];
}

/**
 * A line break in a path would begin a new line in a unit file; systemd refuses noncharacters such as U+FFFF, and lone
 * surrogates, as invalid UTF-8, and XML does not allow them. Source: XML 1.0, "Char".
 */
const ODD = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

function requirePrintable(...paths: readonly string[]): void {
  const odd = paths.find((path) => ODD.test(path));
  if (odd === undefined) return;
  throw new BackupError(
    "usage",
    `${ACTION}: "${odd}" contains a character that no schedule can hold`,
    "Rename it.",
  );
}
