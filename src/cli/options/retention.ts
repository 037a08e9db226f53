import { group, object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { type Period, PERIODS, type RetentionRules } from "../../engine/protocol/mod.ts";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { type BackupConfig, type Naming, readBackupConfig } from "./backup_config.ts";
import { ordinaryDirectory } from "./backup_directory.ts";
import { type Env, expandHome } from "./paths.ts";
import { calendarSpan, count, size } from "./values.ts";

/** The unit of each period. */
const UNITS: Readonly<Record<Period, string>> = {
  hourly: "hours",
  daily: "days",
  weekly: "weeks",
  monthly: "months",
  yearly: "years",
};

/** What rules count, and the names of their options: `keep_daily` is given with `--keep-daily`. */
const COUNTED = ["last", ...PERIODS] as const;

type Counted = typeof COUNTED[number];

function keepOption(counted: Counted) {
  const description = counted === "last"
    ? message`Keep the newest N backups.`
    : message`Keep the newest backup from each of the last N ${text(`${UNITS[counted]}.`)}`;
  return optional(option(`--keep-${counted}`, count(0), { description }));
}

function keepOptions() {
  const options = COUNTED.map((counted) => [`keep_${counted}`, keepOption(counted)]);
  return Object.fromEntries(options) as { readonly [C in Counted as `keep_${C}`]: ReturnType<typeof keepOption> };
}

/** The options that say which backups are kept, named as in `backup.toml`. */
export function retentionOptions() {
  return group(
    "Retention (a backup is kept if any rule keeps it)",
    object({
      ...keepOptions(),
      keep_within: optional(option("--keep-within", calendarSpan(), {
        description: message`Keep backups made within this time before the newest one: 48h, 30d, 6m (months), 1y6m.`,
      })),
      max_total_size: optional(option("--max-total-size", size(), {
        description: message`Remove the oldest kept backups until the rest fit: 500MB, 2GB.`,
      })),
    }),
  );
}

/** The retention options as they were given. */
export type RetentionOptions = InferValue<ReturnType<typeof retentionOptions>>;

/**
 * The options, completed from `backup.toml`: rules add up. The file's rules are meant for the directory that the file,
 * the environment or the default names: if another one was named for this run, the file removes nothing, which is
 * reported.
 *
 * @param directory real path of the directory whose backups are to be removed
 */
export function retentionInForce(options: RetentionOptions, directory: string, context: Context): RetentionOptions {
  const { globals, io, reporter } = context;
  const { path, values } = readBackupConfig(globals, io.env);
  const both = merged(options, values);
  if (!asksToPrune(values) || isMeantFor(directory, globals, io.env)) return both;
  const message = `the rules in "${path}" are not for "${directory}": they remove nothing there`;
  reporter.event({ kind: "warning", message });
  return options;
}

/** Whether the file's rules are for a directory, given by its real path: the one that the file itself names comes first. */
function isMeantFor(directory: string, naming: Naming, env: Env): boolean {
  const own = readBackupConfig(naming, env).values.backup_dir;
  const ordinary = own === undefined ? ordinaryDirectory(naming, env) : expandHome(own, env);
  return ordinary !== null && resolveDirectory(ordinary).directory === directory;
}

/** What a schedule finds. */
interface Night {
  readonly atNight: Env;
  /** Whether it leaves it to the file to name the places of copies. */
  readonly hasOwnPlaces: boolean;
  /** Whether the file's rules are meant for these places. */
  readonly forCopies: boolean;
}

/** The rules of a schedule. */
export interface ScheduledRetention {
  /** The options that its backups are made with. */
  readonly options: RetentionOptions;
  /** What is then in force in the backup directory. */
  readonly inForce: RetentionOptions;
}

/**
 * The rules for the backups of a schedule, which names the directory and runs in an environment of its own. Rules that
 * are written into it as options hold for every place of copies that it names; the file's own do not.
 *
 * @param directory real path of the backup directory
 */
export function retentionAtNight(
  options: RetentionOptions,
  directory: string,
  { atNight, hasOwnPlaces, forCopies }: Night,
  context: Context,
): ScheduledRetention {
  const { globals, io, reporter } = context;
  const { path, values } = readBackupConfig(globals, io.env);
  const both = merged(options, values);
  if (path !== null && isMeantFor(directory, { config: path }, atNight)) {
    // Where the file does not name the directory, it had better not depend on the home of whoever runs the schedule.
    const leavesToFile = !forCopies || hasOwnPlaces && values.backup_dir !== undefined;
    return { options: leavesToFile ? options : both, inForce: both };
  }
  const now = retentionInForce(options, directory, context);
  if (!asksToPrune(values) || now === options) return { options: now, inForce: now };
  if (forCopies) return { options: both, inForce: both };
  const message = `the rules in "${path}" will remove nothing: as options of the schedule they would hold for the ` +
    `copies, too; to have them hold for "${directory}", name that as backup_dir in the file`;
  reporter.event({ kind: "warning", message });
  return { options, inForce: options };
}

/** The options, completed from others. */
function merged(options: RetentionOptions, others: BackupConfig["values"]): RetentionOptions {
  const names = [...COUNTED.map((counted) => `keep_${counted}` as const), "keep_within", "max_total_size"] as const;
  return Object.fromEntries(names.map((name) => [name, options[name] ?? others[name]])) as RetentionOptions;
}

/** The rules that the options make. */
export function rulesOf(options: RetentionOptions): RetentionRules {
  const counts = COUNTED.map((counted) => [counted, options[`keep_${counted}`] ?? 0]);
  return {
    ...Object.fromEntries(counts) as Readonly<Record<Counted, number>>,
    within: options.keep_within ?? null,
    maxTotalSize: options.max_total_size ?? null,
  };
}

/** The options as they are typed, without those that are not set. */
export function keepArguments(options: Partial<RetentionOptions>): string[] {
  const { keep_within: span, max_total_size: total } = options;
  return [
    ...COUNTED.flatMap((counted) => {
      const kept = options[`keep_${counted}`] ?? 0;
      return kept === 0 ? [] : [`--keep-${counted}`, String(kept)];
    }),
    ...(span === undefined ? [] : ["--keep-within", calendarSpan().format(span)]),
    ...(total === undefined ? [] : ["--max-total-size", size().format(total)]),
  ];
}

/** Whether the options have any rule about what is kept. */
export function asksToPrune(options: Partial<RetentionOptions>): boolean {
  return keepArguments(options).length > 0;
}

/**
 * Refuses rules that are all zero, which would keep nothing and remove nothing.
 *
 * @param action what then fails: "Cannot back up"
 * @throws {BackupError} `usage`
 */
export function refuseZeros(options: RetentionOptions, action: string): void {
  const isGiven = COUNTED.some((counted) => options[`keep_${counted}`] !== undefined);
  if (!isGiven || asksToPrune(options)) return;
  const hint = "Give a number above 0, such as --keep-last 10, or drop these rules.";
  throw new BackupError("usage", `${action}: every retention rule given is 0`, hint);
}
