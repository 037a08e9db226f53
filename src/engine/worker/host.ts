import type { BlockCoder } from "../../archive/block_pool.ts";
import type { Checker } from "../../library/checker.ts";
import type { DiffPart, EngineEvent, Prepared, Question, StepLimit } from "../protocol/mod.ts";

/** What an engine verb has of the outside: somebody to report to and to ask, a sign to stop, threads for blocks. */
export interface Host {
  readonly prepared: Prepared;
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
  /** Has the run ended when what begins now, which this thread may not come back from, passes the limit; null ends it. */
  limitStep(limit: StepLimit | null): void;
  /** Resolves to whether the answer is yes. */
  ask(question: Question): Promise<boolean>;
  /** Gives a part of the result away before its end; resolves when it has been taken. */
  deliver(part: DiffPart): Promise<void>;
}
