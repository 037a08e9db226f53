import type { BlockCoder } from "../../archive/block_pool.ts";
import type { Checker } from "../../library/checker.ts";
import type { BackupError } from "../../errors.ts";
import type { EngineEvent, Facts, Replacement, Step } from "../protocol/mod.ts";

/** What an engine verb has of the outside: somebody to report to and to ask, a sign to stop, threads for blocks. */
export interface Host {
  readonly coder: BlockCoder;
  readonly checker: Checker;
  report(event: EngineEvent): void;
  /** @throws {BackupError} `interrupted`, when the user has asked to stop */
  throwIfCancelled(): void;
  /**
   * Says that the result is now put in place: from here on the run cannot be cancelled.
   *
   * @throws {BackupError} `interrupted`, when the user has asked to stop before
   */
  beginCommit(): void;
  /**
   * Has the run ended with `refusal` when the step it is in, which this thread may not come back from, takes longer
   * than `milliseconds`.
   */
  limitStep(milliseconds: number, refusal: BackupError): void;
  /** Resolves to whether the replacement may go ahead. */
  ask(replacement: Replacement): Promise<boolean>;
}

/** Reports that a step begins, with what is worth logging about it. */
export function beginStep(host: Host, step: Step, facts: Facts = {}): void {
  host.throwIfCancelled();
  host.report({ kind: "step", step, facts });
}
