import type { EngineEvent } from "../engine/protocol/mod.ts";
import { barColumns, formatAmount, formatBar, formatDuration } from "./format.ts";
import { Phase } from "./phases.ts";
import type { Streams } from "./reporter.ts";

/** Shows how far an operation has come. */
export interface Progress {
  event(event: EngineEvent): void;
  /** Makes way for other output. */
  clear(): void;
}

/** The time, and a repeating timer; tests have their own. */
export interface Clock {
  /** In milliseconds. */
  now(): number;
  /** @returns a function that ends it */
  every(milliseconds: number, act: () => void): () => void;
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  every(milliseconds, act) {
    const timer = setInterval(act, milliseconds);
    return () => clearInterval(timer);
  },
};

/** Minimum time between redraws, in milliseconds. */
const REDRAW_MS = 100;
/** Time between redraws of a phase without news, in milliseconds. */
const TICK_MS = 500;
const CLEAR_LINE = "\r\x1b[2K";

/** One line on the terminal that is redrawn in place and disappears before other output. */
export class ProgressLine implements Progress {
  readonly #write: (text: string) => void;
  readonly #columns: () => number;
  readonly #clock: Clock;
  #phase: Phase | null = null;
  #drawnAt = 0;
  #isDrawn = false;
  #stopTicking: () => void = () => {};

  /** @param columns current width of the terminal */
  constructor(write: (text: string) => void, columns: () => number, clock: Clock = REAL_CLOCK) {
    this.#write = write;
    this.#columns = columns;
    this.#clock = clock;
  }

  event(event: EngineEvent): void {
    const now = this.#clock.now();
    if (event.kind === "step") {
      this.#stopTicking();
      this.#phase = Phase.begun(event, now);
      if (this.#phase === null) return;
      this.#stopTicking = this.#clock.every(TICK_MS, () => this.#tick());
      this.#draw(this.#phase, now);
    } else if (event.kind === "progress" && this.#phase !== null) {
      const wasOver = this.#phase.isOver;
      this.#phase.advance(event.done, event.total, now);
      if (wasOver) return;
      if (this.#phase.isOver || now - this.#drawnAt >= REDRAW_MS) this.#draw(this.#phase, now);
    }
  }

  clear(): void {
    this.#stopTicking();
    if (this.#isDrawn) this.#write(CLEAR_LINE);
    this.#isDrawn = false;
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#phase?.tick(now);
    if (this.#phase !== null && now - this.#drawnAt >= TICK_MS) this.#draw(this.#phase, now);
  }

  #draw(phase: Phase, now: number): void {
    this.#drawnAt = now;
    this.#isDrawn = true;
    this.#write(CLEAR_LINE + lineOf(phase, this.#columns() - 1));
  }
}

/** Phase, bar, percentage, rate and remaining time, as far as they are known and fit. */
function lineOf(phase: Phase, columns: number): string {
  const { label, share, rate, secondsLeft, seconds, unit } = phase;
  if (share === null) {
    const elapsed = seconds < 1 ? "" : `  ${formatDuration(seconds)}`;
    return (label + elapsed).slice(0, columns);
  }
  const percent = ` ${Math.floor(share * 100)}%`;
  const speed = rate === null ? "" : `  ${formatAmount(rate, unit)}/s`;
  const left = secondsLeft === null || share === 1 ? "" : `  ${formatDuration(Math.ceil(secondsLeft))} left`;
  const room = columns - label.length - 1 - percent.length - speed.length - left.length;
  const width = barColumns(room);
  const bar = width === 0 ? "" : ` ${formatBar(share, width)}`;
  return (label + bar + percent + speed + left).slice(0, columns);
}

/** A line for each measurable phase when it is over: for a log that somebody reads later. */
export class ProgressSummary implements Progress {
  readonly #write: (text: string) => void;
  readonly #clock: Clock;
  #phase: Phase | null = null;

  constructor(write: (text: string) => void, clock: Clock = REAL_CLOCK) {
    this.#write = write;
    this.#clock = clock;
  }

  event(event: EngineEvent): void {
    const now = this.#clock.now();
    if (event.kind === "step") this.#phase = Phase.begun(event, now);
    if (event.kind === "progress") this.#phase?.advance(event.done, event.total, now);
  }

  clear(): void {
    const phase = this.#phase;
    if (phase?.isOver !== true) return;
    this.#phase = null;
    const rate = phase.rate === null ? "" : ` (${formatAmount(phase.rate, phase.unit)}/s)`;
    const time = `${phase.seconds.toFixed(1)} s`;
    this.#write(`${phase.label}: ${formatAmount(phase.done, phase.unit)} in ${time}${rate}\n`);
  }
}

/** One JSON object per line, for a program: at the beginning of a phase, a few times a second, and at its end. */
export class ProgressJson implements Progress {
  readonly #write: (text: string) => void;
  readonly #clock: Clock;
  #phase: Phase | null = null;
  #writtenAt = 0;

  constructor(write: (text: string) => void, clock: Clock = REAL_CLOCK) {
    this.#write = write;
    this.#clock = clock;
  }

  event(event: EngineEvent): void {
    const now = this.#clock.now();
    if (event.kind === "step") {
      this.#phase = Phase.begun(event, now);
      if (this.#phase !== null) this.#say(this.#phase, now);
    } else if (event.kind === "progress" && this.#phase !== null) {
      const wasOver = this.#phase.isOver;
      this.#phase.advance(event.done, event.total, now);
      if (wasOver) return;
      if (this.#phase.isOver || now - this.#writtenAt >= REDRAW_MS) this.#say(this.#phase, now);
    }
  }

  clear(): void {}

  #say(phase: Phase, now: number): void {
    this.#writtenAt = now;
    const { share, rate, secondsLeft } = phase;
    const document = {
      type: "progress",
      phase: phase.step.replaceAll(" ", "_"),
      unit: phase.unit,
      done: phase.done,
      total: phase.total,
      percent: share === null ? null : rounded(share * 100),
      rate_per_second: rate === null ? null : Math.round(rate),
      seconds_elapsed: rounded(phase.seconds),
      seconds_left: secondsLeft === null ? null : rounded(secondsLeft),
    };
    this.#write(JSON.stringify(document) + "\n");
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Streams that clear the progress line before they write. */
export function clearingFirst(streams: Streams, progress: Progress): Streams {
  return {
    out(text) {
      progress.clear();
      streams.out(text);
    },
    err(text) {
      progress.clear();
      streams.err(text);
    },
  };
}
