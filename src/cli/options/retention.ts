import { group, object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import type { RetentionRules } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
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
