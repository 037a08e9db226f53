import assert from "node:assert/strict";
import type { Ended } from "../../support/started.ts";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import { cannotIntercept, type FileCall, Interceptor } from "./file_calls.ts";
import type { Stage } from "./stage.ts";

/** Share of the signals that come just before one call, where calls can be intercepted; a timer sets off the others. */
const EXACT_SHARE = 0.4;

/** A moment of a run, as a share of its time or of the different things it does to files. */
export interface Moment {
  readonly kind: "time" | "call";
  /** From 0 to 1. */
  readonly share: number;
}

/** A random moment of a run, from its first to its last. */
export function anyMoment(random: SeededRandom): Moment {
  const kind = cannotIntercept() === null && random.chance(EXACT_SHARE) ? "call" : "time";
  return { kind, share: random.unit() };
}

export function describeMoment({ kind, share }: Moment): string {
  return `at ${(share * 100).toFixed(1)}% of its ${kind === "time" ? "time" : "calls"}`;
}

/** A run of the program that can be repeated in as many places as are wanted. */
export interface Repeatable {
  /** Runs with the same key take about the same course. */
  readonly key: string;
  /** Makes a place for a run that is not disturbed, which takes the longest of these courses. */
  place(): Stage;
  args(stage: Stage): readonly string[];
}

export type Blow = "SIGKILL" | "SIGINT" | "SIGTERM" | "SIGHUP";

/** A run that got a signal. */
export interface Struck {
  readonly ended: Ended;
  /** What happened when. */
  readonly where: string;
  /** Time from the signal to the end of the process; null where the run was faster. */
  readonly seconds: number | null;
}

/** The courses that runs take when nothing disturbs them, each measured when it is first wanted. */
export class Courses {
  readonly #interceptor: Interceptor | null;
  readonly #milliseconds = new Map<string, number>();
  readonly #sites = new Map<string, readonly FileCall[]>();

  /** @param directory where the interceptor and its logs may be kept */
  constructor(directory: string) {
    this.#interceptor = cannotIntercept() === null ? Interceptor.compile(directory) : null;
  }

  /**
   * Runs the program on this stage and sends it a signal at this moment.
   *
   * @param again milliseconds after which it gets the signal once more, as from a terminal that is closed
   */
  async strike(
    run: Repeatable,
    moment: Moment,
    stage: Stage,
    signal: Blow,
    again: number | null = null,
  ): Promise<Struck> {
    if (moment.kind === "call") return await this.#strikeAtCall(run, moment.share, stage, signal);
    const milliseconds = moment.share * await this.#time(run);
    await using program = stage.start(run.args(stage));
    let time: number | null = null;
    const timers = [setTimeout(() => {
      time = Date.now();
      program.signal(signal);
      if (again !== null) timers.push(setTimeout(() => program.signal(signal), again));
    }, milliseconds)];
    const ended = await program.ended();
    for (const timer of timers) clearTimeout(timer);
    return { ended, where: `${signal} after ${milliseconds.toFixed(0)} ms`, seconds: secondsSince(time) };
  }

  async #strikeAtCall(run: Repeatable, share: number, stage: Stage, signal: Blow): Promise<Struck> {
    const sites = await this.#callSites(run);
    const site = sites[Math.floor(share * sites.length)];
    assert(site !== undefined && this.#interceptor !== null);
    const { env, calls } = this.#interceptor.prepare({ below: stage.path, at: site.place, mishap: signal });
    await using program = stage.start(run.args(stage), { env });
    const ended = await program.ended();
    const [struck] = calls().struck;
    const call = struck === undefined ? "which never came" : `${struck.kind} ${struck.path}`;
    return {
      ended,
      where: `${signal} before call ${site.place}: ${call}`,
      seconds: secondsSince(struck?.time ?? null),
    };
  }

  /** Time that an undisturbed run takes, the start of the process included. */
  async #time(run: Repeatable): Promise<number> {
    const known = this.#milliseconds.get(run.key);
    if (known !== undefined) return known;
    using stage = run.place();
    const started = performance.now();
    const { code, stderr } = await stage.run(run.args(stage));
    assert.equal(code, 0, stderr);
    const taken = performance.now() - started;
    this.#milliseconds.set(run.key, taken);
    return taken;
  }

  async #callSites(run: Repeatable): Promise<readonly FileCall[]> {
    const known = this.#sites.get(run.key);
    if (known !== undefined) return known;
    assert(this.#interceptor !== null);
    using stage = run.place();
    const { env, calls } = this.#interceptor.prepare({ below: stage.path });
    const { code, stderr } = await stage.run(run.args(stage), { env });
    assert.equal(code, 0, stderr);
    const sites = sitesOf(calls().calls);
    this.#sites.set(run.key, sites);
    return sites;
  }
}

/** Of calls of one kind on one file in a row, such as the writes of a copy, the first, one in the middle, the last. */
export function sitesOf(calls: readonly FileCall[]): FileCall[] {
  const isSame = (a: FileCall | undefined, b: FileCall) => a !== undefined && a.kind === b.kind && a.path === b.path;
  const rows: FileCall[][] = [];
  for (const call of calls) {
    const row = rows.at(-1);
    if (row !== undefined && isSame(row[0], call)) row.push(call);
    else rows.push([call]);
  }
  return rows.flatMap((row) => [...new Set([row[0], row[row.length >> 1], row.at(-1)])])
    .filter((call) => call !== undefined);
}

function secondsSince(time: number | null): number | null {
  return time === null ? null : (Date.now() - time) / 1000;
}

/** Does something and says in its error where it happened. */
export async function at<T>(where: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
