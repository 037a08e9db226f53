import type { DiffPart, EngineEvent } from "../engine/protocol/mod.ts";
import type { BackupError } from "../errors.ts";
import type { Outcome } from "./outcome.ts";

/** Where text goes. */
export interface Streams {
  /** Standard output: the result. */
  out(text: string): void;
  /** Standard error: all else. */
  err(text: string): void;
}

/** How much to report. */
export interface Loudness {
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
}

/** Reports what happens, to a person or to a program. Every command ends with one `result` or one `failed`. */
export interface Reporter {
  event(event: EngineEvent): void;
  /** Reports a part that precedes the result and is not in it. */
  part(part: DiffPart): void;
  result(outcome: Outcome): void;
  failed(error: BackupError): void;
}
