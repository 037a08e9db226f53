import process from "node:process";
import type { StepLimit } from "../protocol/mod.ts";

type Limit = Pick<StepLimit, "computingSeconds" | "quietSeconds">;

/** Which limit a step has exceeded. */
export type Overrun = "computing" | "quiet";

/** CPU time that the process has used since it began, in milliseconds. */
export interface Usage {
  /** In all its threads, the kernel's work for them included. */
  readonly all: number;
  /** Of that outside the kernel. */
  readonly user: number;
  /** Of the main thread alone, which only waits and shows progress. */
  readonly main: number;
  /** When that was, in milliseconds. */
  readonly clock: number;
}

/** How often a step is checked, in milliseconds. */
export const TICK_MS = 1000;
/** CPU time outside the main thread that is a sign of life, in milliseconds: idle threads use a tenth of it. */
const SIGN_OF_LIFE_MS = 100;

/**
 * Watches a step whose thread is in a call that cannot be aborted and reports nothing until it is over.
 *
 * CPU time tells apart the two ways in which such a call can fail to return. A database crafted so that examining it
 * never ends burns CPU without a pause; a disk that does not respond uses none. A slow disk uses a little, and that is
 * progress: each page that arrives costs some microseconds.
 *
 * What the kernel uses is a sign of life and no more: when memory runs short it searches for pages on behalf of whoever
 * needs one, for minutes, and a share or a FUSE file system may cost it several times what the step itself uses.
 *
 * Time is counted in ticks, not by the clock: a process that was stopped for an hour, or a machine that slept, has not
 * waited for the disk.
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

  /** Takes the CPU time one tick later, and tells which limit is exceeded by now; null for none. */
  tick(usage: Usage): Overrun | null {
    // More than one core's worth belongs to another run: the step has one thread.
    this.#computed += Math.min(usage.user - this.#last.user, usage.clock - this.#last.clock);
    this.#last = usage;
    if (this.#computed > this.#limit.computingSeconds * 1000) return "computing";
    if (beside(usage) - beside(this.#lastSign) >= SIGN_OF_LIFE_MS) this.progress(usage);
    else this.#quietTicks++;
    return this.#quietTicks * TICK_MS > this.#limit.quietSeconds * 1000 ? "quiet" : null;
  }

  /** CPU time of the step, in seconds. */
  get computedSeconds(): number {
    return this.#computed / 1000;
  }

  /** The step has reported progress. */
  progress(usage: Usage): void {
    this.#lastSign = usage;
    this.#quietTicks = 0;
  }
}

/** CPU time of all threads but the main one, in milliseconds. */
function beside({ all, main }: Usage): number {
  return all - main;
}

/** CPU time of this process so far; for the main thread to call. */
export function readUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { all: milliseconds({ user, system }), user: user / 1000, main: readMainUsage(), clock: performance.now() };
}

/**
 * CPU time of the main thread. Not every system tells it per thread: then drawing progress passes for a sign of life,
 * and a quiet step is waited for.
 */
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
