import type { BlockCoder } from "../../archive/block_pool.ts";
import type { Checker } from "../../library/checker.ts";
import type { DiffPart, EngineEvent, Prepared, Question, StepLimit } from "../protocol/mod.ts";

/** A verb's connection to the outside: somebody to report to and to ask, a signal to stop, threads for blocks. */
export interface Host {
  readonly prepared: Prepared;
  readonly coder: BlockCoder;
  readonly checker: Checker;
  report(event: EngineEvent): void;
  /** @throws {BackupError} `interrupted`, when the user has asked to stop */
  throwIfCancelled(): void;
  /**
   * Announces that the result is now being put in place: from here on the run cannot be cancelled.
   *
   * @throws {BackupError} `interrupted`, when the user has asked to stop before
   */
  beginCommit(): void;
  /** Ends the run if what begins now, which this thread may not return from, exceeds the limit; null lifts it. */
  limitStep(limit: StepLimit | null): void;
  /** Resolves to whether the answer is yes. */
  ask(question: Question): Promise<boolean>;
  /** Sends a part of the result ahead of the rest; resolves when it has been taken. */
  deliver(part: DiffPart): Promise<void>;
}
