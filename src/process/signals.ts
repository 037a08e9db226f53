import { BackupError, type ErrorCode } from "../errors.ts";

const isWindows = Deno.build.os === "windows";

type Meaning = readonly [Deno.Signal, ErrorCode, string];

const CTRL_C: Meaning = ["SIGINT", "interrupted", "Interrupted"];
const OTHERS: readonly Meaning[] = [["SIGTERM", "terminated", "Terminated"], ["SIGHUP", "hung_up", "Hung up"]];
/** Ctrl-Break. Deno reports a closed window, too, but Windows leaves no time to act on it. */
const OTHERS_ON_WINDOWS: readonly Meaning[] = [["SIGBREAK", "interrupted", "Interrupted"]];
/** A run ends within this time after a signal, in milliseconds; one that does not is stuck. */
const STUCK_MS = 2000;

/** The signals that end a run. */
export class Signals {
  readonly #controller = new AbortController();
  readonly #leave: (exitCode: number) => void;
  #first = 0;
  #isFinishing = false;

  /**
   * Deno does not tell which signals the parent process ignores. A hangup concerns a run that writes to a terminal; one
   * that does not was told to outlive it, with `nohup` or by a shell's `&`.
   *
   * @param hasTerminal whether standard output or standard error is a terminal
   * @param leave ends the process at once
   */
  constructor(hasTerminal: boolean, leave: (exitCode: number) => void) {
    this.#leave = leave;
    for (const [signal, code, name] of [CTRL_C, ...(isWindows ? OTHERS_ON_WINDOWS : OTHERS)]) {
      const isHeeded = signal !== "SIGHUP" || hasTerminal;
      Deno.addSignalListener(signal, () => isHeeded && this.#receive(code, name));
    }
  }

  /** Exceeding the file size limit kills the process; with a listener for the signal, the write fails instead. */
  static surviveFileLimit(): void {
    if (!isWindows) Deno.addSignalListener("SIGXFSZ", () => {});
  }

  /** Aborted by the first signal, with the error that the run ends with. */
  get interruption(): AbortSignal {
    return this.#controller.signal;
  }

  /** Tells that what is under way is finished: no signal ends the process any more. */
  finish(): void {
    this.#isFinishing = true;
  }

  #receive(code: ErrorCode, name: string): void {
    const reason = new BackupError(code, `${name}: nothing was changed, temporary files were removed`);
    if (!this.#controller.signal.aborted) this.#first = performance.now();
    // A second signal is impatience; temporary files are being removed.
    else if (!this.#isFinishing && performance.now() - this.#first > STUCK_MS) this.#leave(reason.exitCode);
    this.#controller.abort(reason);
  }
}
