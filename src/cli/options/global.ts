import { group, object } from "@optique/core/constructs";
import { lineBreak, type Message, message, text } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { choice, float, string, type ValueParser } from "@optique/core/valueparser";

/** Seconds that a command waits for a lock when nothing else is said. */
const DEFAULT_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 86_400;

/** A path on the command line, which is never empty: an empty one would be the current directory. */
export function path(metavar: "PATH" | "DIR" | "FILE" | "BACKUP"): ValueParser<"sync", string> {
  const type = metavar === "DIR" ? "directory" : "any";
  return {
    ...string({ metavar, pattern: /[^]/, errors: { patternMismatch: message`Expected a path, but got nothing.` } }),
    suggest: (pattern) => [{ kind: "file", type, pattern }],
  };
}

/** The options that every command takes, before or after its name. */
export const globalOptions = group(
  "Options of every command",
  object({
    library: optional(option("--library", path("PATH"), { description: message`The library.` })),
    backupDir: optional(option("--backup-dir", path("DIR"), { description: message`The backup directory.` })),
    json: option("--json", { description: message`Print one JSON document on standard output.` }),
    quiet: option("-q", "--quiet", { description: message`Print errors only.` }),
    verbose: map(
      multiple(flag("-v", "--verbose", { description: message`Print each step; twice, where an error comes from.` })),
      (given) => given.length,
    ),
    logFile: optional(option("--log-file", path("FILE"), { description: message`Append JSON lines of each step.` })),
    noColor: option("--no-color", { description: message`Print no colors.` }),
    progress: optional(option("--progress", choice(["auto", "json", "none"], { metavar: "HOW" }), {
      description:
        message`How progress is shown on standard error: auto, a line on a terminal; json, JSON lines; none.`,
    })),
    noProgress: option("--no-progress", { description: message`The same as --progress none; nothing is drawn over.` }),
  }),
);

export type GlobalOptions = InferValue<typeof globalOptions>;

export const waitOption = withDefault(
  option("--wait", float({ min: 0, max: MAX_WAIT_SECONDS, metavar: "SECONDS" }), {
    description: message`How long to wait for another process to let go of the library; ${
      text(`${DEFAULT_WAIT_SECONDS}`)
    } by default.`,
  }),
  DEFAULT_WAIT_SECONDS,
);

export const yesOption = option("-y", "--yes", { description: message`Do not ask.` });

/** Text that keeps its line breaks, for the end of a help page. */
export function lines(...texts: readonly string[]): Message {
  return texts.flatMap((line, index) => index === 0 ? [text(line)] : [lineBreak(), text(line)]);
}

/** Examples for the end of a command's help page. */
export function examples(...commands: readonly string[]): Message {
  return lines("Examples:", ...commands.map((command) => `  vpo-backup ${command}`));
}
