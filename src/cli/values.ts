import { type Message, message } from "@optique/core/message";
import { fileSize, type ValueParser } from "@optique/core/valueparser";

/** Seconds in each unit of a duration. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const DURATION = /^(\d{1,9})([smhdw])$/;

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
    format: (seconds) => `${seconds}s`,
  };
}

/** A size on the command line, `500MB` or `2GB` in powers of 1024 as they are printed, in bytes. */
export function size(): ValueParser<"sync", number> {
  return fileSize({ metavar: "SIZE", siAsBinary: true });
}

function notADuration(input: string): Message {
  return message`Expected a duration such as 90m, 26h, 3d or 2w, but got ${input}.`;
}
