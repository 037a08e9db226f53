import process from "node:process";
import type { StepLimit } from "../protocol/mod.ts";

type Limit = Pick<StepLimit, "computingSeconds" | "quietSeconds">;

/** Which limit of a step was passed. */
export type Overrun = "computing" | "quiet";

/** What the process has computed since it began, in milliseconds. */
export interface Usage {
  readonly all: number;
  /** Of the main thread alone, which only waits and shows what others do. */
  readonly main: number;
  /** When that was, in milliseconds. */
  readonly clock: number;
}

/** How often a step is looked at, in milliseconds. */
export const TICK_MS = 1000;
/** Computing beside the main thread that shows that something goes on, in milliseconds: idle threads take a tenth. */
const SIGN_OF_LIFE_MS = 100;

/**
 * Watches a step whose thread is in a call that cannot be broken off and says nothing until it is over.
 *
 * What the process computes tells the two ways apart in which such a call can fail to come back. A database that was
 * made so that a look at it never ends has it compute without a pause; a disk that does not answer has it wait. A slow
 * disk has it do a little of both, and that is progress: each page that arrives costs some microseconds.
 *
 * Time is counted in looks at the clock and not by the clock: a process that was stopped for an hour, or a machine that
 * slept, has not waited for the disk.
 */
export class StepWatch {
  readonly #limit: Limit;
  #last: Usage;
  #lastSign: Usage;
  #computed = 0;
  #quietTicks = 0;

  constructor(limit: Limit, usage: Usage) {
    this.#limit = limit;
    this.#last = usage;
    this.#lastSign = usage;
  }

  /** Takes what the process has computed one tick later, and says which limit is passed by now; null for none. */
  tick(usage: Usage): Overrun | null {
    // What is more than a core's is another run's: the step is in one thread.
    this.#computed += Math.min(usage.all - this.#last.all, usage.clock - this.#last.clock);
    this.#last = usage;
    if (this.#computed > this.#limit.computingSeconds * 1000) return "computing";
    if (beside(usage) - beside(this.#lastSign) >= SIGN_OF_LIFE_MS) this.progress(usage);
    else this.#quietTicks++;
    return this.#quietTicks * TICK_MS > this.#limit.quietSeconds * 1000 ? "quiet" : null;
  }

  /** What the step has computed, in seconds. */
  get computedSeconds(): number {
    return this.#computed / 1000;
  }

  /** Something was heard of the step. */
  progress(usage: Usage): void {
    this.#lastSign = usage;
    this.#quietTicks = 0;
  }
}

/** What the threads beside the main one have computed, in milliseconds. */
function beside({ all, main }: Usage): number {
  return all - main;
}

/** What this process has computed so far; to be asked for in the main thread. */
export function readUsage(): Usage {
  return { all: milliseconds(process.cpuUsage()), main: readMainUsage(), clock: performance.now() };
}

/** Not every system tells it of a thread: then what is drawn is taken for a sign of life, and a quiet step waited for. */
function readMainUsage(): number {
  try {
    return milliseconds(process.threadCpuUsage());
  } catch {
    return 0;
  }
}

function milliseconds({ user, system }: { readonly user: number; readonly system: number }): number {
  return (user + system) / 1000;
}
