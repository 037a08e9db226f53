import { group, object } from "@optique/core/constructs";
import { type Message, message, text } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { choice, float } from "@optique/core/valueparser";
import { TEMP_DIR } from "../../program.ts";
import { path } from "./values.ts";

/** Default time that a command waits for a lock, in seconds. */
const DEFAULT_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 86_400;

/** The options that every command takes, before or after its name. */
export function globalOptions() {
  return group(
    "Global options",
    object({
      library: optional(option("--library", path("PATH"), { description: message`Path to VPO's library.` })),
      backupDir: optional(option("--backup-dir", path("DIR"), { description: message`Directory for backups.` })),
      config: optional(option("--config", path("FILE"), {
        description: message`File with your rules (default: ~/.vpo/backup.toml); see help config.`,
      })),
      json: option("--json", { description: message`Print one JSON document on standard output.` }),
      format: optional(option("-f", "--format", choice(["text", "json", "prometheus"], { metavar: "FORM" }), {
        description: message`Output format: text (default), json or, for status, prometheus.`,
      })),
      quiet: option("-q", "--quiet", { description: message`Print errors only.` }),
      verbose: map(
        multiple(
          flag("-v", "--verbose", {
            description: message`Show each step; given twice, also where an error came from.`,
          }),
        ),
        (given) => given.length,
      ),
      logFile: optional(
        option("--log-file", path("FILE"), {
          description: message`Append a JSON line for each step to this log.`,
        }),
      ),
      noColor: option("--no-color", { description: message`Don't use colors.` }),
      progress: optional(option("--progress", choice(["auto", "json", "none"], { metavar: "HOW" }), {
        description: message`Progress on standard error: auto (on a terminal only), json (JSON lines) or none.`,
      })),
      noProgress: option("--no-progress", { description: message`Same as --progress none.` }),
    }),
  );
}

/** The global options as they were given. */
export type GlobalOptions = InferValue<ReturnType<typeof globalOptions>>;

/** The option for how long to wait for a locked library, in seconds. */
export function waitOption() {
  return withDefault(
    option("--wait", float({ min: 0, max: MAX_WAIT_SECONDS, metavar: "SECONDS" }), {
      description: message`How long to wait for a locked library (${text(`${DEFAULT_WAIT_SECONDS}`)} by default).`,
    }),
    DEFAULT_WAIT_SECONDS,
  );
}

/** Where SQLite is to work, and libraries are unpacked. */
export function tempDirOption(description: Message) {
  return optional(option(TEMP_DIR, path("DIR"), { description }));
}

/** The option that says yes in advance. */
export function yesOption() {
  return option("-y", "--yes", { description: message`Don't ask for confirmation.` });
}
