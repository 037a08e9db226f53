import type { EngineEvent } from "../engine/protocol/mod.ts";
import type { Engines } from "../engine/worker/client.ts";
import type { Palette } from "../output/color.ts";
import type { OperationLog } from "../output/log/operation_log.ts";
import type { Reporter } from "../output/reporter.ts";
import type { Io } from "./io.ts";
import type { GlobalOptions } from "./options/global.ts";

/** What a command works with. */
export interface Context {
  readonly io: Io;
  readonly globals: GlobalOptions;
  readonly reporter: Reporter;
  readonly log: OperationLog;
  /** Colors for standard error. */
  readonly palette: Palette;
  /** Remarks on the choice of the library that were made already: a command may look for it more than once. */
  readonly remarked: Set<string>;
  /** What serves the requests of this command. */
  readonly engines: Engines;
  /** Shows progress, if it is shown at all. */
  progress(event: EngineEvent): void;
}
