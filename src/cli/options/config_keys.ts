import { isAbsolute } from "node:path";
import { type Message, message } from "@optique/core/message";
import { choice, type ValueParser } from "@optique/core/valueparser";
import { NIGHTLY_HOURS } from "../../engine/protocol/mod.ts";
import { CADENCES } from "../schedule/plan.ts";
import { address, calendarSpan, count, duration, path, shellLine, size, timeOfDay } from "./values.ts";

/** The type of a value in `backup.toml`. */
export type Form = "text" | "number" | "truth" | "list";

/** One key of `backup.toml`. */
export interface Key<T, Otherwise extends string | null = string | null, F extends Form = Form> {
  readonly form: F;
  /** Parses it, or each text of a list, like the option of the same name. */
  parser(): ValueParser<"sync", T>;
  /** The default, as it would be written in the file; null for none. */
  readonly otherwise: Otherwise;
  /** An example of a value. */
  readonly example: string;
  /** What it means, as a comment in a new file. */
  readonly what: string;
}

const DISKS = Deno.build.os === "windows"
  ? ["D:\\vpo", "E:\\vpo"] as const
  : ["/mnt/usb/vpo", "/mnt/second/vpo"] as const;

/** All keys of `backup.toml`, in the order in which they are shown. */
export const KEYS = {
  backup_dir: text(wholePath, null, DISKS[0], "Where backups go (default: ~/.vpo/backups)."),
  copy_to: list(wholePath, DISKS[1], "Other places that each backup is copied to."),
  copy_max_age: text(duration, "8d", "8d", "How old the newest copy in each of them may be, for status and doctor."),
  keep_last: kept("10", "After each backup, those that no rule keeps are removed. This rule keeps the newest N."),
  keep_hourly: kept("24", "The newest backup from each of the last N hours."),
  keep_daily: kept("7", "The same for days."),
  keep_weekly: kept("8", "The same for weeks."),
  keep_monthly: kept("12", "The same for months."),
  keep_yearly: kept("10", "The same for years."),
  keep_within: text(calendarSpan, null, "30d", "All backups made within this time before the newest one."),
  max_total_size: text(size, null, "20GB", "Of all these, only as many of the newest as fit."),
  max_age: text(
    duration,
    `${NIGHTLY_HOURS}h`,
    `${NIGHTLY_HOURS}h`,
    "How old the newest good backup may be, for status and doctor.",
  ),
  // Level 5 takes half as long again, for 2.6% fewer bytes; level 6 saves 0.2% of them, level 1 costs 22%.
  level: number(() => count(1, 9), "3", "3", "How hard to compress, from 1 to 9."),
  settings: truth(
    "false",
    "Whether backups include settings: false for never, true even if others can read the backup.",
  ),
  every: text(
    () => choice(CADENCES),
    CADENCES[0],
    "daily",
    "How often schedule makes backups: daily, hourly or weekly (on Sundays).",
  ),
  at: text(timeOfDay, "03:30", "03:30", "When, in local time."),
  then: text(
    shellLine,
    null,
    "rclone copy /mnt/usb/vpo remote:vpo",
    "A shell command that the schedule runs after each successful backup.",
  ),
  ping: text(address, null, "https://hc-ping.com/UUID", "A URL for curl to call after that."),
} as const satisfies Readonly<Record<string, Key<unknown>>>;

/** The name of one of them. */
export type KeyName = keyof typeof KEYS;

/** The parsed value of one of them. */
export type ValueOf<N extends KeyName> = typeof KEYS[N] extends Key<infer T, string | null, infer F>
  ? F extends "list" ? readonly T[] : T
  : never;

/** The name of one that has a default. */
export type Defaulted = { [N in KeyName]: typeof KEYS[N]["otherwise"] extends string ? N : never }[KeyName];

/** The default of a key. */
export function defaultOf<N extends Defaulted>(name: N): ValueOf<N> {
  const key: Key<unknown> = KEYS[name];
  const result = key.parser().parse(key.otherwise ?? "");
  if (!result.success) throw new Error(`the default of ${name} cannot be read`);
  return result.value as ValueOf<N>;
}

function text<T, O extends string | null>(
  parser: () => ValueParser<"sync", T>,
  otherwise: O,
  example: string,
  what: string,
): Key<T, O, "text"> {
  return { form: "text", parser, otherwise, example, what };
}

function number<O extends string | null>(
  parser: () => ValueParser<"sync", number>,
  otherwise: O,
  example: string,
  what: string,
): Key<number, O, "number"> {
  return { form: "number", parser, otherwise, example, what };
}

function truth(example: string, what: string): Key<boolean, null, "truth"> {
  return { form: "truth", parser: trueOrFalse, otherwise: null, example, what };
}

function trueOrFalse(): ValueParser<"sync", boolean> {
  return {
    mode: "sync",
    metavar: "BOOLEAN",
    placeholder: false,
    parse: (input) => ({ success: true, value: input === "true" }),
    format: String,
  };
}

function list<T>(parser: () => ValueParser<"sync", T>, example: string, what: string): Key<T, null, "list"> {
  return { form: "list", parser, otherwise: null, example, what };
}

function kept(example: string, what: string): Key<number, null, "number"> {
  return number(() => count(0), null, example, what);
}

/** An absolute path, because the directory in which the program will be started is unknown. */
function wholePath(): ValueParser<"sync", string> {
  const notWhole = (input: string): Message =>
    message`Expected a full path, or one that begins with ~/, but got ${input}.`;
  return {
    ...path("DIR"),
    parse: (input) =>
      isAbsolute(input) || /^~(\/|$)/.test(input)
        ? { success: true, value: input }
        : { success: false, error: notWhole(input) },
  };
}
