import assert from "node:assert/strict";
import { hasStopped } from "./process_state.ts";
import { type Outcome, programCommand, type Surroundings } from "./program.ts";

const DAY_MS = 86_400_000;

/** How a program that was started ended: `signal` is the one that killed it, where one did. */
export interface Ended extends Outcome {
  readonly signal: Deno.Signal | null;
}

/** The program as a running process that can be watched, signalled and waited for; killed at the end of the block. */
export class StartedProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<void>;
  #said = "";
  #hasEnded = false;
  #heard: () => void = () => {};

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#stdout = new Response(process.stdout).text();
    this.#stderr = this.#listen();
  }

  static start(args: readonly string[], surroundings: Surroundings): StartedProgram {
    const { program, args: rest, env, cwd } = programCommand(args, surroundings);
    const options = { env: { ...env }, clearEnv: true, cwd, stdin: "null", stdout: "piped", stderr: "piped" } as const;
    return new StartedProgram(new Deno.Command(program, { args: [...rest], ...options }).spawn());
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Waits until standard error holds this text, such as a line that `-v` prints. */
  async said(text: string): Promise<void> {
    while (!this.#said.includes(text)) {
      assert(!this.#hasEnded, `the program ended and never said "${text}": ${this.#said}`);
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
  }

  /** Does nothing where the program has ended already. */
  signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Stops it until SIGCONT comes; false where it has ended before. On Linux, which says so, it stands still by then. */
  stop(): Promise<boolean> {
    this.signal("SIGSTOP");
    return Deno.build.os === "linux" ? hasStopped(this.pid) : Promise.resolve(true);
  }

  async ended(): Promise<Ended> {
    const [{ code, signal }, stdout] = await Promise.all([this.#process.status, this.#stdout, this.#stderr]);
    return { code, signal, stdout, stderr: this.#said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  async #listen(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#said += text;
      this.#heard();
    }
    this.#hasEnded = true;
    this.#heard();
  }
}

/** Time between the lines of `-v` that have these texts, in milliseconds, of a run that took less than a day. */
export function timeBetween(stderr: string, from: string, to: string): number {
  return (timeSaid(stderr, to) - timeSaid(stderr, from) + DAY_MS) % DAY_MS;
}

/** Time of the line that has this text, in milliseconds since midnight. */
function timeSaid(stderr: string, text: string): number {
  const line = stderr.split("\n").find((line) => line.includes(text));
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d\.\d{3}) /.exec(line ?? "") ?? [];
  assert(seconds !== undefined, `no line with a time says "${text}": ${stderr}`);
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
