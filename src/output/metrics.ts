import type { DiffPart, EngineEvent } from "../engine/protocol/mod.ts";
import type { BackupError } from "../errors.ts";
import type { Outcome } from "./outcome.ts";
import type { Reporter, Streams } from "./reporter.ts";
import { viewOf } from "./views.ts";

/** Metrics for Prometheus on standard output; errors are reported as for a person, and leave standard output empty. */
export class MetricsReporter implements Reporter {
  readonly #streams: Streams;
  readonly #human: Reporter;

  constructor(streams: Streams, human: Reporter) {
    this.#streams = streams;
    this.#human = human;
  }

  event(event: EngineEvent): void {
    this.#human.event(event);
  }

  part(part: DiffPart): void {
    this.#human.part(part);
  }

  result(outcome: Outcome): void {
    this.#streams.out((viewOf(outcome).metrics?.(outcome) ?? []).map((line) => `${line}\n`).join(""));
  }

  failed(error: BackupError): void {
    this.#human.failed(error);
  }
}
