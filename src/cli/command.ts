import type { Parser } from "@optique/core/parser";
import type { Outcome } from "../output/outcome.ts";
import type { Context } from "./context.ts";

/** The result of a command's parser. */
interface Named {
  readonly command: string;
}

/** Everything about a command; it stands in the command's own file. */
export interface Command<Options extends Named> {
  readonly name: Options["command"];
  /** Other names for it. */
  readonly aliases?: readonly string[];
  /** What failed if the system or the sandbox refuses before the engine has reported: "Cannot back up the library". */
  readonly action: string;
  /** Whether its outcome can be reported as metrics, with `--format prometheus`. */
  readonly hasMetrics?: boolean;
  /** Makes its parser, lazily: making those of all commands takes a quarter of the start. */
  make(): Parser<"sync", Options, unknown>;
  run(options: Options, context: Context): Promise<Outcome> | Outcome;
}

/** Has the compiler check a command and infer its options from its parser. */
export function defineCommand<Options extends Named, State>(
  command: Omit<Command<Options>, "make"> & { make(): Parser<"sync", Options, State> },
): Command<Options> {
  return command as unknown as Command<Options>;
}
