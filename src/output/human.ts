import type { DiffPart, EngineEvent } from "../engine/protocol/mod.ts";
import type { BackupError } from "../errors.ts";
import { PLAIN } from "./color.ts";
import { stripControls } from "./format.ts";
import type { Outcome } from "./outcome.ts";
import type { Loudness, Reporter, Streams } from "./reporter.ts";
import type { Paper } from "./view.ts";
import { verdictOf, viewOf } from "./views.ts";
import { diffPartLines } from "./views/diff.ts";

/** The properties of standard output and standard error for a human reader. */
export interface Papers {
  readonly out: Paper;
  readonly err: Paper;
}

/** Plain text, as in a file. */
export const PLAIN_PAPER: Paper = { isTerminal: false, columns: 80, palette: PLAIN, verbose: 0 };

/** Plain text for a person. */
export class HumanReporter implements Reporter {
  readonly #streams: Streams;
  readonly #loudness: Loudness;
  readonly #papers: Papers;

  constructor(streams: Streams, loudness: Loudness, papers: Papers = { out: PLAIN_PAPER, err: PLAIN_PAPER }) {
    this.#streams = streams;
    this.#loudness = loudness;
    this.#papers = papers;
  }

  event(event: EngineEvent): void {
    if (event.kind !== "warning" || this.#loudness.quiet && event.isFailure !== true) return;
    const { error, warning } = this.#papers.err.palette;
    const word = event.isFailure === true ? error("Error:") : warning("Warning:");
    this.#streams.err(`${word} ${stripControls(event.message)}\n`);
  }

  part(part: DiffPart): void {
    this.#streams.out(text(diffPartLines(part)));
  }

  result(outcome: Outcome): void {
    const view = viewOf(outcome);
    const isNews = !this.#loudness.quiet || view.isAnswer || verdictOf(outcome) !== null;
    if (isNews) this.#streams.out(text(view.lines(outcome, this.#papers.out)));
    if (this.#loudness.verbose > 0) this.#streams.err(text(view.details?.(outcome) ?? []));
  }

  failed(error: BackupError): void {
    this.#streams.err(`${this.#papers.err.palette.error("Error:")} ${stripControls(error.message)}\n`);
    if (error.hint !== null) this.#streams.err(`${stripControls(error.hint)}\n`);
    if (this.#loudness.verbose > 1 && error.stack !== undefined) {
      this.#streams.err(text(error.stack.split("\n").map(stripControls)));
    }
  }
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
