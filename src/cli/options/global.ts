import { group, object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { choice, float } from "@optique/core/valueparser";
import { path } from "./values.ts";

/** Seconds that a command waits for a lock when nothing else is said. */
const DEFAULT_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 86_400;

/** The options that every command takes, before or after its name. */
export const globalOptions = group(
  "Options of every command",
  object({
    library: optional(option("--library", path("PATH"), { description: message`The library.` })),
    backupDir: optional(option("--backup-dir", path("DIR"), { description: message`The backup directory.` })),
    json: option("--json", { description: message`Print one JSON document on standard output.` }),
    format: optional(option("-f", "--format", choice(["text", "json"], { metavar: "FORM" }), {
      description: message`Print text, which is the default, or json, as --json does.`,
    })),
    quiet: option("-q", "--quiet", { description: message`Print errors only.` }),
    verbose: map(
      multiple(flag("-v", "--verbose", { description: message`Print each step; twice, where an error comes from.` })),
      (given) => given.length,
    ),
    logFile: optional(
      option("--log-file", path("FILE"), {
        description: message`Append JSON lines of each step to a new file, or to such a log.`,
      }),
    ),
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
