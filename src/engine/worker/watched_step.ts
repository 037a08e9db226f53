import { BackupError } from "../../errors.ts";
import type { StepLimit } from "../protocol/mod.ts";
import { type Overrun, readUsage, StepWatch, TICK_MS } from "./step_watch.ts";

/** A step under way in another thread, under a limit. */
export class WatchedStep {
  readonly #watch: StepWatch;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param giveUp is called with the error once the limit is exceeded */
  constructor(limit: StepLimit, giveUp: (refusal: BackupError) => void) {
    this.#watch = new StepWatch(limit, readUsage());
    this.#timer = setInterval(() => {
      const overrun = this.#watch.tick(readUsage());
      if (overrun !== null) giveUp(refusalOf(limit, overrun, this.#watch.computedSeconds));
    }, TICK_MS);
  }

  /** The step has reported progress. */
  progress(): void {
    this.#watch.progress(readUsage());
  }

  /** The step is over. */
  end(): void {
    clearInterval(this.#timer);
  }
}

function refusalOf({ refusal, quietSeconds }: StepLimit, overrun: Overrun, computed: number): BackupError {
  const { code, message, hint } = refusal;
  if (overrun === "computing") {
    return new BackupError(
      code,
      `${message}: it was not finished after ${Math.round(computed)} seconds of CPU time`,
      hint,
    );
  }
  const minutes = Math.round(quietSeconds / 60);
  return new BackupError(
    code,
    `${message}: its disk did not respond for ${minutes} minutes`,
    "Check the disk, or the connection to it, and try again.",
  );
}
