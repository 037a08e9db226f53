import { group, object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import type { RetentionRules } from "../../engine/protocol/mod.ts";
import { calendarSpan, size } from "./values.ts";

function keepOption<const F extends `--keep-${string}`>(flag: F, period: string) {
  return withDefault(
    option(flag, integer({ min: 0, metavar: "N" }), {
      description: message`Keep the newest backup from each of the last N ${text(`${period}.`)}`,
    }),
    0,
  );
}

/** The options that say which backups are kept. */
export function retentionOptions() {
  return group(
    "Retention (a backup is kept if any rule keeps it)",
    object({
      keepLast: withDefault(
        option("--keep-last", integer({ min: 0, metavar: "N" }), { description: message`Keep the newest N backups.` }),
        0,
      ),
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
    last: options.keepLast,
    hourly: options.keepHourly,
    daily: options.keepDaily,
    weekly: options.keepWeekly,
    monthly: options.keepMonthly,
    yearly: options.keepYearly,
    within: options.keepWithin ?? null,
    maxTotalSize: options.maxTotalSize ?? null,
  };
}

/** The options as they are typed, those left out that say nothing. */
export function keepArguments(options: RetentionOptions): string[] {
  const counts = {
    "--keep-last": options.keepLast,
    "--keep-hourly": options.keepHourly,
    "--keep-daily": options.keepDaily,
    "--keep-weekly": options.keepWeekly,
    "--keep-monthly": options.keepMonthly,
    "--keep-yearly": options.keepYearly,
  };
  const { keepWithin, maxTotalSize } = options;
  return [
    ...Object.entries(counts).flatMap(([name, count]) => count === 0 ? [] : [name, String(count)]),
    ...(keepWithin === undefined ? [] : ["--keep-within", calendarSpan().format(keepWithin)]),
    ...(maxTotalSize === undefined ? [] : ["--max-total-size", size().format(maxTotalSize)]),
  ];
}

/** Whether the options say anything about what is kept. */
export function asksToPrune(options: RetentionOptions): boolean {
  return keepArguments(options).length > 0;
}
