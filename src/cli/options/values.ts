import { type Message, message } from "@optique/core/message";
import { fileSize, string, type ValueParser } from "@optique/core/valueparser";

/** Seconds in each unit of a duration. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const DURATION = /^(\d{1,9})([smhdw])$/;

/** A path on the command line, which is never empty: an empty one would be the current directory. */
export function path(metavar: "PATH" | "DIR" | "FILE" | "BACKUP"): ValueParser<"sync", string> {
  const type = metavar === "DIR" ? "directory" : "any";
  return {
    ...string({ metavar, pattern: /[^]/, errors: { patternMismatch: message`Expected a path, but got nothing.` } }),
    suggest: (pattern) => [{ kind: "file", type, pattern }],
  };
}

/** A duration on the command line, `90m`, `26h`, `3d` or `2w`, in seconds. */
export function duration(): ValueParser<"sync", number> {
  return {
    mode: "sync",
    metavar: "DURATION",
    placeholder: 0,
    parse(input) {
      const [, amount, unit = ""] = DURATION.exec(input) ?? [];
      const seconds = Number(amount) * (UNITS[unit] ?? 0);
      return seconds > 0 ? { success: true, value: seconds } : { success: false, error: notADuration(input) };
    },
    format: formatDuration,
  };
}

/** A size on the command line, `500MB` or `2GB` in powers of 1024 as they are printed, in bytes. */
export function size(): ValueParser<"sync", number> {
  return fileSize({ metavar: "SIZE", siAsBinary: true });
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

/** In the largest unit of which it is a whole number. */
function formatDuration(seconds: number): string {
  const [unit = "s", length = 1] = Object.entries(UNITS).findLast(([, length]) => seconds % length === 0) ?? [];
  return `${seconds / length}${unit}`;
}

function notADuration(input: string): Message {
  return message`Expected a duration such as 90m, 26h, 3d or 2w, but got ${input}.`;
}
