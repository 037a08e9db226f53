import { join, resolve } from "node:path";
import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import type { Generated } from "../../output/outcome.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { PROGRAM } from "../help/page.ts";
import { requireLibrary } from "../options/library.ts";
import { isReady } from "../options/backup_place.ts";
import { examples } from "../help/examples.ts";
import { backupDirectory, homeOf } from "../options/paths.ts";
import { keepArguments, refuseZeros, retentionOptions } from "../options/retention.ts";
import { cronLines } from "../schedule/cron.ts";
import { launchdAgent } from "../schedule/launchd.ts";
import { CADENCES, firstBackup, type Plan, typedWord } from "../schedule/plan.ts";
import { systemdUnits } from "../schedule/systemd.ts";
import { windowsTask } from "../schedule/windows.ts";
import { timeOfDay } from "../options/values.ts";

const WRITERS = { systemd: systemdUnits, launchd: launchdAgent, cron: cronLines, windows: windowsTask } as const;
const DEFAULT_TIME = { hour: 3, minute: 30 };

/** `vpo-backup schedule` */
export const schedule = defineCommand({
  name: "schedule",
  action: "Cannot schedule backups",
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
        at: withDefault(
          option("--at", timeOfDay(), { description: message`When to run, in local time (default: 03:30).` }),
          DEFAULT_TIME,
        ),
        every: withDefault(
          option("--every", choice(CADENCES, { metavar: "PERIOD" }), {
            description: message`daily (default), hourly, or weekly (on Sundays).`,
          }),
          CADENCES[0],
        ),
      }),
      retentionOptions(),
    ),
    {
      brief: message`Print a systemd, cron, launchd or Windows schedule.`,
      description:
        message`Prints a schedule for this executable, library and backup directory, with the commands to install it. Installs nothing.`,
      footer: examples(
        "schedule systemd --keep-daily 7 --keep-weekly 8",
        "schedule cron --every hourly --keep-within 2d --keep-daily 30",
        "schedule launchd --at 12:15",
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

function run(options: Options, context: Context): Generated {
  const { io, globals } = context;
  refuseZeros(options, "Cannot schedule backups");
  const library = requireLibrary(context, "Cannot schedule backups");
  const home = homeOf(io.env);
  const named = backupDirectory(globals.backupDir, io.env);
  requirePrintable(resolve(named));
  const { directory, existing } = resolveDirectory(named);
  const plan: Plan = {
    program: Deno.build.standalone ? Deno.execPath() : PROGRAM,
    library,
    backupDirectory: directory,
    hasDirectory: existing === directory,
    every: options.every,
    at: options.at,
    keep: keepArguments(options),
    owner: Deno.statSync(library).uid,
    logFile: home === undefined ? null : join(home, "Library", "Logs", `${PROGRAM}.log`),
  };
  requirePrintable(plan.program, library, directory, plan.logFile ?? "");
  if (!isReady({ directory, existing }, io.env)) {
    const first = firstBackup(plan).map((word) => typedWord(word)).join(" ");
    const message = `"${directory}" holds no backups yet, and a schedule starts only where there are some: ${first}`;
    context.reporter.event({ kind: "warning", message });
  }
  return { kind: "generated", name: options.system, text: WRITERS[options.system](plan) };
}

/**
 * A line break in a path would begin a line of its own in a unit file; noncharacters such as U+FFFF, and halves of
 * characters, are refused by systemd as no UTF-8, and may stand in no XML. Source: XML 1.0, "Char".
 */
function requirePrintable(...paths: readonly string[]): void {
  const odd = paths.find((path) => /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(path));
  if (odd === undefined) return;
  throw new BackupError(
    "usage",
    `Cannot schedule backups: "${odd}" contains a character that no schedule can hold`,
    "Rename it.",
  );
}
