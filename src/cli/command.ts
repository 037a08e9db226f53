import type { Parser } from "@optique/core/parser";
import type { Outcome } from "../output/outcome.ts";
import type { Context } from "./context.ts";

/** What its parser makes of a command's own words and options. */
interface Named {
  readonly command: string;
}

/** All that there is to know of a command; it stands in the command's own file. */
export interface Command<Options extends Named> {
  readonly name: Options["command"];
  /** Other words for it. */
  readonly aliases?: readonly string[];
  /** What could not be done, when the system or the sandbox refuses before the engine has the word. */
  readonly action: string;
  /** Whether its outcome can be told in metrics, with `--format prometheus`. */
  readonly hasMetrics?: boolean;
  /** Makes the parser of its words and options; to make those of all commands takes a quarter of the time of a start. */
  make(): Parser<"sync", Options, unknown>;
  run(options: Options, context: Context): Promise<Outcome> | Outcome;
}

/** Has the compiler look at a command and infer its options from its parser. */
export function defineCommand<Options extends Named, State>(
  command: Omit<Command<Options>, "make"> & { make(): Parser<"sync", Options, State> },
): Command<Options> {
  return command as unknown as Command<Options>;
}
