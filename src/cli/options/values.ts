import { type Message, message, text } from "@optique/core/message";
import { fileSize, integer, string, type ValueParser } from "@optique/core/valueparser";
import type { CalendarSpan } from "../../engine/protocol/mod.ts";

/** The longest span, in months: going further back, years would not have four digits. */
const MAX_MONTHS = 12 * 1000;

/** Seconds in each unit of a duration, largest last; a minute is `min`, because `m` could also be a month. */
const UNITS = { s: 1, min: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const MONTHS = { m: 1, y: 12 } as const;

/** Letters of the units of a size, each 1024 times the one before it. */
const SIZE_UNITS = "kmgtpe";

type Unit = keyof typeof UNITS | keyof typeof MONTHS;

/**
 * A path on the command line, which is never empty: an empty one would be the current directory.
 *
 * @param mayBePipe whether `-` is standard input or output, and not refused as what somebody took for that
 */
export function path(
  metavar: "PATH" | "DIR" | "FILE" | "BACKUP",
  mayBePipe = metavar === "PATH" || metavar === "BACKUP",
): ValueParser<"sync", string> {
  const type = metavar === "DIR" ? "directory" : "any";
  const what = metavar === "DIR" ? "directory" : "file";
  const parser = string({
    metavar,
    pattern: /[^]/,
    errors: { patternMismatch: message`Expected a path, but got nothing.` },
  });
  return {
    ...parser,
    parse: (input) => input === "-" && !mayBePipe ? { success: false, error: noPipe(what) } : parser.parse(input),
    suggest: (pattern) => [{ kind: "file", type, pattern }],
  };
}

/** A line for a shell on the command line. */
export function shellLine(): ValueParser<"sync", string> {
  return string({
    metavar: "COMMAND",
    pattern: /\S/,
    errors: { patternMismatch: message`Expected a command, but got nothing.` },
  });
}

/** A URL on the command line, in its ASCII form. */
export function address(): ValueParser<"sync", string> {
  return {
    mode: "sync",
    metavar: "URL",
    placeholder: "https://example.org/",
    parse(input) {
      const url = URL.parse(input);
      const isWeb = url !== null && /^https?:$/.test(url.protocol) && input.trim() === input;
      return isWeb
        ? { success: true, value: url.href }
        : { success: false, error: message`Expected an address such as https://hc-ping.com/..., but got ${input}.` };
    },
    format: (value) => value,
  };
}

/** A duration on the command line, `90min`, `26h`, `3d` or `1d12h`, in seconds. */
export function duration(): ValueParser<"sync", number> {
  return {
    mode: "sync",
    metavar: "DURATION",
    placeholder: 0,
    parse(input) {
      const parts = partsOf(input);
      if (parts?.has("m")) return { success: false, error: ambiguous(input) };
      const seconds = parts === null || parts.has("y") ? 0 : secondsIn(parts);
      return seconds > 0 ? { success: true, value: seconds } : { success: false, error: notADuration(input) };
    },
    format: formatDuration,
  };
}

/** A calendar span on the command line as in restic, `1y5m7d2h`; `m` is a month, and `min` a minute. */
export function calendarSpan(): ValueParser<"sync", CalendarSpan> {
  return {
    mode: "sync",
    metavar: "DURATION",
    placeholder: { months: 0, seconds: 0 },
    parse(input) {
      const parts = partsOf(input);
      if (parts === null || parts.has("s")) return { success: false, error: notASpan(input) };
      const value = { months: (parts.get("y") ?? 0) * MONTHS.y + (parts.get("m") ?? 0), seconds: secondsIn(parts) };
      const isSome = value.months + value.seconds > 0 && value.months <= MAX_MONTHS;
      return isSome ? { success: true, value } : { success: false, error: notASpan(input) };
    },
    format: formatSpan,
  };
}

/** The amount of each unit in a duration; null where the text is not one, or has a unit twice. */
function partsOf(input: string): Map<Unit, number> | null {
  const parts = new Map<Unit, number>();
  if (!/^(\d{1,9}(min|[ymwdhs]))+$/.test(input)) return null;
  for (const [, amount, name] of input.matchAll(/(\d+)(min|[ymwdhs])/g)) {
    const unit = name as Unit;
    if (parts.has(unit)) return null;
    parts.set(unit, Number(amount));
  }
  return parts;
}

function secondsIn(parts: ReadonlyMap<Unit, number>): number {
  return Object.entries(UNITS).reduce((sum, [unit, length]) => sum + (parts.get(unit as Unit) ?? 0) * length, 0);
}

/** A whole number on the command line, no less than `min` and no more than `max`. */
export function count(min: number, max?: number): ValueParser<"sync", number> {
  return integer({
    min,
    ...(max === undefined ? { metavar: "N" } : { max, metavar: `${min}-${max}` }),
    errors: {
      invalidInteger: (input) => message`Expected a whole number, but got ${input}.`,
      unsafeInteger: (input) => message`Expected a number of at most 15 digits, but got ${input}.`,
    },
  });
}

/** A size on the command line, `500MB`, `2GB` or `2G` in powers of 1024 as they are printed, in bytes. */
export function size(): ValueParser<"sync", number> {
  const parser = fileSize({ metavar: "SIZE", siAsBinary: true });
  return {
    ...parser,
    parse(input) {
      const result = parser.parse(inWholeBytes(input.trim().replace(/(?<=[\d ])[kmgt]$/i, "$&B")));
      // To some programs 0 means without limit, and here it would leave the newest backup alone.
      return result.success && result.value < 1 ? { success: false, error: noSize(input) } : result;
    },
  };
}

/** A size with a fraction of its unit, such as `1.3GB`, in bytes, rounded down; any other text as it is. */
function inWholeBytes(text: string): string {
  const [, amount, unit] = /^(\d*\.\d+)\s*([kmgtpe])i?b$/i.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return text;
  return `${Math.floor(Number(amount) * 1024 ** (SIZE_UNITS.indexOf(unit.toLowerCase()) + 1))}B`;
}

/** A time of day on the command line, `03:30`. */
export function timeOfDay(): ValueParser<"sync", { readonly hour: number; readonly minute: number }> {
  return {
    mode: "sync",
    metavar: "HH:MM",
    placeholder: { hour: 0, minute: 0 },
    parse(input) {
      const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(input) ?? [];
      const value = { hour: Number(hour), minute: Number(minute) };
      return value.hour < 24 && value.minute < 60
        ? { success: true, value }
        : { success: false, error: message`Expected a time of day such as 03:30, but got ${input}.` };
    },
    format: ({ hour, minute }) => [hour, minute].map((part) => String(part).padStart(2, "0")).join(":"),
  };
}

/** In the largest unit of which it is a whole multiple. */
function formatDuration(seconds: number): string {
  const [unit = "s", length = 1] = Object.entries(UNITS).findLast(([, length]) => seconds % length === 0) ?? [];
  return `${seconds / length}${unit}`;
}

function formatSpan({ months, seconds }: CalendarSpan): string {
  const parts = [
    [Math.floor(months / MONTHS.y), "y"],
    [months % MONTHS.y, "m"],
    [Math.floor(seconds / UNITS.d), "d"],
    [Math.floor(seconds % UNITS.d / UNITS.h), "h"],
    [Math.floor(seconds % UNITS.h / UNITS.min), "min"],
  ] as const;
  return parts.flatMap(([amount, unit]) => amount === 0 ? [] : [`${amount}${unit}`]).join("");
}

function noPipe(what: string): Message {
  return message`Expected a ${text(what)}, but got ${"-"}; if that is its name, write ${"./-"}.`;
}

function noSize(input: string): Message {
  return message`Expected a size above 0, such as 500MB or 2GB, but got ${input}.`;
}

function notADuration(input: string): Message {
  return message`Expected a duration such as 90min, 26h, 3d or 2w, but got ${input}.`;
}

function ambiguous(input: string): Message {
  return message`Expected a duration such as 90min, 26h, 3d or 2w, but got ${input}: an m could be minutes or months.`;
}

function notASpan(input: string): Message {
  return message`Expected a duration such as 1y6m, 30d or 48h, m for months and min for minutes, but got ${input}.`;
}
