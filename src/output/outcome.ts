import type { Declined, Result } from "../engine/protocol.ts";

/** Text that a command makes without the engine: a script, a unit file. */
export interface Generated {
  readonly kind: "generated";
  /** What the text is, such as `completion`. */
  readonly name: string;
  readonly text: string;
}

/** What a command ends with when it ends well. */
export type Outcome = Exclude<Result, Declined> | Generated;
