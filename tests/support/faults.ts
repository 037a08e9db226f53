import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { type CallLog, type FileCall, Interceptor, type Intervention } from "../torture/support/file_calls.ts";
import { someOf } from "./extent.ts";
import type { Home } from "./home.ts";
import type { Outcome } from "./program.ts";
import { type Ended, StartedProgram } from "./started.ts";
import { runStopped } from "./surroundings/second_program.ts";
import { TemporaryDirectory } from "./temporary.ts";

/** No run takes so long that waits for nothing, in milliseconds. */
const PATIENCE_MS = 60_000;

/** What happens to the program in the middle of a run in a home. */
export type Fault = Omit<Intervention, "below">;

/** Calls that change nothing. */
const READS = ["open", "read", "fsync", "lock"];

/** A run that is to be killed. */
export interface KilledRun {
  readonly make: () => Home | Promise<Home>;
  readonly args: (home: Home) => string[];
  /** Whether it is to be killed at a call that changes something; the path is below the home. */
  readonly at: (kind: FileCall["kind"], path: string) => boolean;
  /** At how many of these calls, where not all is tried. */
  readonly count?: number;
  readonly setting?: Omit<Fault, "at" | "mishap">;
}

/** Runs the program where the system refuses it a call, or kills it at one. */
export class Faults implements Disposable {
  #made: { readonly ground: TemporaryDirectory; readonly interceptor: Interceptor } | null = null;

  /** Runs the program with this fault, and makes sure that it came. */
  async run(fault: Fault, home: Home, ...args: string[]): Promise<Outcome> {
    const { log, ...outcome } = await this.#intercept(fault, home, args);
    assert(log.struck.length + log.answered.length > 0, `the call came; exit ${outcome.code}: ${outcome.stderr}`);
    return { ...outcome, stderr: home.masked(outcome.stderr) };
  }

  /** Runs the program with what happens while it is stopped at a call, and makes sure that it came there. */
  async runStopped(moment: Fault, home: Home, args: readonly string[], meanwhile: () => Promise<void>): Promise<Ended> {
    const start = (env: Readonly<Record<string, string>>) => StartedProgram.start(args, { home: home.path, env });
    const { log: _, isStopped, ...ended } = await runStopped(
      this.#interceptor(),
      { below: home.path, ...moment },
      start,
      meanwhile,
    );
    assert(isStopped, `the call came; exit ${ended.code}: ${ended.stderr}`);
    return ended;
  }

  /**
   * Runs the program with a pipe in the place of a file that it has just looked at, in the moment in which it opens it,
   * and makes sure that it does not wait for the pipe's other end.
   */
  async runWithPipe(path: string, home: Home, args: readonly string[]): Promise<Ended> {
    const pipe = join(home.path, "pipe");
    assert(new Deno.Command("mkfifo", { args: [pipe] }).outputSync().success);
    let timer: ReturnType<typeof setInterval> | undefined;
    let waited = false;
    const ended = await this.runStopped({ at: 1, call: { kind: "open", path } }, home, args, () => {
      Deno.renameSync(pipe, path);
      timer = setInterval(() => {
        waited = true;
        // A reader that waits for it goes on when it is there.
        Deno.openSync(path, { read: true, write: true }).close();
      }, PATIENCE_MS);
      return Promise.resolve();
    });
    clearInterval(timer);
    assert(!waited, "it waited for the pipe's other end");
    return ended;
  }

  /** How often the program makes such a call when nothing disturbs it. */
  async count(setting: Fault & Required<Pick<Fault, "call">>, home: Home, ...args: string[]): Promise<number> {
    const { kind, path } = setting.call;
    const calls = await this.calls(setting, home, ...args);
    return calls.filter((call) => call.kind === kind && call.path === path).length;
  }

  /** The calls that the program makes when nothing disturbs it. */
  async calls(setting: Fault, home: Home, ...args: string[]): Promise<readonly FileCall[]> {
    const { log, code, stderr } = await this.#intercept(setting, home, args);
    assert.equal(code, 0, stderr);
    return log.calls;
  }

  /** Kills such a run at each of these calls in turn, each time in a home of its own. */
  async killAtEach(
    { make, args, at, setting = {}, count = 1 }: KilledRun,
    check: (home: Home) => Promise<void>,
  ): Promise<void> {
    const places: number[] = [];
    {
      using home = await make();
      for (const { place, kind, path } of await this.calls(setting, home, ...args(home))) {
        if (!READS.includes(kind) && at(kind, relative(home.path, path))) places.push(place);
      }
    }
    assert(places.length > 0, "there are such calls");
    for (const place of someOf(places, count)) {
      using home = await make();
      const { code } = await this.run({ ...setting, at: place, mishap: "SIGKILL" }, home, ...args(home));
      assert.equal(code, 128 + 9);
      await check(home);
    }
  }

  [Symbol.dispose](): void {
    this.#made?.ground[Symbol.dispose]();
  }

  async #intercept(fault: Fault, home: Home, args: string[]): Promise<Outcome & { log: CallLog }> {
    const { env, calls } = this.#interceptor().prepare({ below: home.path, ...fault });
    const outcome = await home.run(args, { env });
    return { ...outcome, log: calls() };
  }

  #interceptor(): Interceptor {
    if (this.#made === null) {
      const ground = new TemporaryDirectory();
      this.#made = { ground, interceptor: Interceptor.compile(ground.path) };
    }
    return this.#made.interceptor;
  }
}
