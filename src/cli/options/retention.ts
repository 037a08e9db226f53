import { group, object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import type { RetentionRules } from "../../engine/protocol/mod.ts";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { type BackupConfig, readBackupConfig } from "./backup_config.ts";
import { ordinaryDirectory } from "./backup_directory.ts";
import { calendarSpan, count, size } from "./values.ts";

function keepOption<const F extends `--keep-${string}`>(flag: F, period: string) {
  return optional(
    option(flag, count(0), {
      description: message`Keep the newest backup from each of the last N ${text(`${period}.`)}`,
    }),
  );
}

/** The options that say which backups are kept. */
export function retentionOptions() {
  return group(
    "Retention (a backup is kept if any rule keeps it)",
    object({
      keepLast: optional(option("--keep-last", count(0), { description: message`Keep the newest N backups.` })),
      keepHourly: keepOption("--keep-hourly", "hours"),
      keepDaily: keepOption("--keep-daily", "days"),
      keepWeekly: keepOption("--keep-weekly", "weeks"),
      keepMonthly: keepOption("--keep-monthly", "months"),
      keepYearly: keepOption("--keep-yearly", "years"),
      keepWithin: optional(option("--keep-within", calendarSpan(), {
        description: message`Keep backups made within this time before the newest one: 48h, 30d, 6m (months), 1y6m.`,
      })),
      maxTotalSize: optional(option("--max-total-size", size(), {
        description: message`Remove the oldest kept backups until the rest fit: 500MB, 2GB.`,
      })),
    }),
  );
}

export type RetentionOptions = InferValue<ReturnType<typeof retentionOptions>>;

/**
 * The options, and what `backup.toml` says where they say nothing: rules add up. What the file says was meant for the
 * directory that the file, the environment or the default names: where another one was named for this run, the file
 * removes nothing, and that is said.
 *
 * @param directory real path of the directory whose backups are to be removed
 */
export function retentionInForce(options: RetentionOptions, directory: string, context: Context): RetentionOptions {
  const { globals, io, reporter } = context;
  const { path, values } = readBackupConfig(globals, io.env);
  const fromFile = optionsIn(values);
  if (!asksToPrune(fromFile)) return merged(options, fromFile);
  const ordinary = ordinaryDirectory(globals, io.env);
  if (ordinary !== null && resolveDirectory(ordinary).directory === directory) return merged(options, fromFile);
  const message = `the rules in "${path}" are not for "${directory}": they remove nothing there`;
  reporter.event({ kind: "warning", message });
  return options;
}

function optionsIn(values: BackupConfig["values"]): RetentionOptions {
  return {
    keepLast: values.keep_last,
    keepHourly: values.keep_hourly,
    keepDaily: values.keep_daily,
    keepWeekly: values.keep_weekly,
    keepMonthly: values.keep_monthly,
    keepYearly: values.keep_yearly,
    keepWithin: values.keep_within,
    maxTotalSize: values.max_total_size,
  };
}

function merged(options: RetentionOptions, others: RetentionOptions): RetentionOptions {
  return {
    keepLast: options.keepLast ?? others.keepLast,
    keepHourly: options.keepHourly ?? others.keepHourly,
    keepDaily: options.keepDaily ?? others.keepDaily,
    keepWeekly: options.keepWeekly ?? others.keepWeekly,
    keepMonthly: options.keepMonthly ?? others.keepMonthly,
    keepYearly: options.keepYearly ?? others.keepYearly,
    keepWithin: options.keepWithin ?? others.keepWithin,
    maxTotalSize: options.maxTotalSize ?? others.maxTotalSize,
  };
}

/** The rules that the options make. */
export function rulesOf(options: RetentionOptions): RetentionRules {
  return {
    last: options.keepLast ?? 0,
    hourly: options.keepHourly ?? 0,
    daily: options.keepDaily ?? 0,
    weekly: options.keepWeekly ?? 0,
    monthly: options.keepMonthly ?? 0,
    yearly: options.keepYearly ?? 0,
    within: options.keepWithin ?? null,
    maxTotalSize: options.maxTotalSize ?? null,
  };
}

/** The options as they are typed, those left out that say nothing. */
export function keepArguments(options: RetentionOptions): string[] {
  const { keepWithin, maxTotalSize } = options;
  return [
    ...Object.entries(countsOf(options)).flatMap(([name, kept = 0]) => kept === 0 ? [] : [name, String(kept)]),
    ...(keepWithin === undefined ? [] : ["--keep-within", calendarSpan().format(keepWithin)]),
    ...(maxTotalSize === undefined ? [] : ["--max-total-size", size().format(maxTotalSize)]),
  ];
}

/** Whether the options say anything about what is kept. */
export function asksToPrune(options: RetentionOptions): boolean {
  return keepArguments(options).length > 0;
}

/**
 * Refuses rules that are all zero, which would keep nothing and remove nothing.
 *
 * @param action what is not done then: "Cannot back up"
 * @throws {BackupError} `usage`
 */
export function refuseZeros(options: RetentionOptions, action: string): void {
  const isGiven = Object.values(countsOf(options)).some((count) => count !== undefined);
  if (!isGiven || asksToPrune(options)) return;
  const hint = "Give a number above 0, such as --keep-last 10, or drop the --keep options.";
  throw new BackupError("usage", `${action}: every --keep option given is 0`, hint);
}

function countsOf(options: RetentionOptions): Readonly<Record<string, number | undefined>> {
  return {
    "--keep-last": options.keepLast,
    "--keep-hourly": options.keepHourly,
    "--keep-daily": options.keepDaily,
    "--keep-weekly": options.keepWeekly,
    "--keep-monthly": options.keepMonthly,
    "--keep-yearly": options.keepYearly,
  };
}
