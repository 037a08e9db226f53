import type { Keyboard } from "../cli/io.ts";
import { BackupError } from "../errors.ts";

/** Input typed before the question has arrived after this time, in milliseconds. */
const QUIET_MS = 100;
const CHUNK_BYTES = 256;
const CTRL_C = "\x03";
/** 128 and the number of SIGQUIT, as a shell tells it. */
const QUIT_EXIT = 131;
const isWindows = Deno.build.os === "windows";

/**
 * The keyboard of a terminal. Only one read is under way at a time, so that none takes the input that another is
 * waiting for.
 */
export class Input {
  readonly #bytes = new Uint8Array(CHUNK_BYTES);
  readonly #decoder = new TextDecoder();
  readonly #leave: (exitCode: number) => void;
  #underWay: Promise<string | null> | null = null;
  #isRaw = false;

  /** @param leave ends the process at once */
  constructor(leave: (exitCode: number) => void) {
    this.#leave = leave;
  }

  /**
   * Reads keys as they come, without echo; Ctrl-C and the like still send signals, except on Windows. Earlier input is
   * discarded: it cannot be meant for a question that nobody has seen yet. In line mode, a terminal keeps whole lines
   * until they are read and withholds unfinished ones, so it is first switched to keys.
   */
  async openKeyboard(redraw: (isResized: boolean) => void): Promise<Keyboard | null> {
    if (!this.#setRaw(true)) return null;
    const forget = isWindows ? () => {} : this.#watch(redraw);
    const close = () => {
      forget();
      this.close();
    };
    try {
      while (await this.#comesSoon());
    } catch (error) {
      close();
      throw error;
    }
    return { read: () => this.#next(), [Symbol.dispose]: close };
  }

  /** Restores the terminal's mode. */
  close(): void {
    if (this.#isRaw) this.#setRaw(false);
  }

  async #comesSoon(): Promise<boolean> {
    const { promise: silence, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(resolve, QUIET_MS, null);
    const came = await Promise.race([this.#next(), silence]);
    clearTimeout(timer);
    // If the terminal does not turn it into a signal.
    if (came?.includes(CTRL_C)) throw new BackupError("interrupted", "Interrupted: nothing was changed");
    return came !== null;
  }

  /** A read that nobody waits for any more is left to the next caller. */
  async #next(): Promise<string | null> {
    const reading = this.#underWay ??= this.#read();
    const came = await reading;
    if (this.#underWay === reading) this.#underWay = null;
    return came;
  }

  async #read(): Promise<string | null> {
    try {
      const length = await Deno.stdin.read(this.#bytes);
      return length === null ? null : this.#decoder.decode(this.#bytes.subarray(0, length), { stream: true });
    } catch {
      // The terminal has gone: nobody is there to type any more.
      return null;
    }
  }

  #setRaw(isRaw: boolean): boolean {
    try {
      Deno.stdin.setRaw(isRaw, { cbreak: isRaw && !isWindows });
      this.#isRaw = isRaw;
      return true;
    } catch {
      return false;
    }
  }

  /** Handles what else happens to a terminal while keys are read. */
  #watch(redraw: (isResized: boolean) => void): () => void {
    const listeners: readonly (readonly [Deno.Signal, () => void])[] = [
      ["SIGWINCH", () => redraw(true)],
      // Whoever had the terminal meanwhile has switched it back to lines.
      ["SIGCONT", () => this.#setRaw(true) && redraw(false)],
      ["SIGQUIT", () => {
        this.close();
        this.#leave(QUIT_EXIT);
      }],
      ...(mayStopItself() ? [["SIGTSTP", () => this.#stop()] as const] : []),
    ];
    for (const [signal, act] of listeners) Deno.addSignalListener(signal, act);
    return () => {
      for (const [signal, act] of listeners) Deno.removeSignalListener(signal, act);
    };
  }

  /** Stops with the terminal's mode restored: not every shell does that itself. */
  #stop(): void {
    this.#setRaw(false);
    Deno.kill(Deno.pid, "SIGSTOP");
  }
}

/** From 2.8 on, Deno lets a program signal itself; before that, Ctrl-Z is left to the system. */
function mayStopItself(): boolean {
  try {
    Deno.kill(Deno.pid, "SIGURG");
    return true;
  } catch {
    return false;
  }
}
