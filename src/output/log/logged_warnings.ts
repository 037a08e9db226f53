import type { DiffPart, EngineEvent } from "../../engine/protocol/mod.ts";
import type { BackupError } from "../../errors.ts";
import type { Outcome } from "../outcome.ts";
import type { Reporter } from "../reporter.ts";
import type { OperationLog } from "./operation_log.ts";

/** Logs each warning that is reported, whoever raised it: with `--quiet` the log is the only place that has it. */
export class LoggedWarnings implements Reporter {
  readonly #reporter: Reporter;
  readonly #log: OperationLog;

  constructor(reporter: Reporter, log: OperationLog) {
    this.#reporter = reporter;
    this.#log = log;
  }

  event(event: EngineEvent): void {
    if (event.kind === "warning") this.#log.event(event);
    this.#reporter.event(event);
  }

  part(part: DiffPart): void {
    this.#reporter.part(part);
  }

  result(outcome: Outcome): void {
    this.#reporter.result(outcome);
  }

  failed(error: BackupError): void {
    this.#reporter.failed(error);
  }
}
