import type { Keyboard } from "../cli/io.ts";
import { BackupError } from "../errors.ts";

/** What was typed before a question has come by then, in milliseconds. */
const QUIET_MS = 100;
const CHUNK_BYTES = 256;
const CTRL_C = "\x03";
/** 128 and the number of SIGQUIT, as a shell tells it. */
const QUIT_EXIT = 131;
const isWindows = Deno.build.os === "windows";

/** The keyboard of a terminal. One read is under way at a time, so that none takes what another is waiting for. */
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
   * Takes keys as they come, without showing them; Ctrl-C and its like still make signals, except on Windows. What was
   * typed up to now is thrown away: it cannot be meant for a question that nobody has seen yet. A terminal keeps whole
   * lines until they are read, and of a line that is not ended it gives nothing, unless it gives keys.
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

  /** Leaves the terminal as it was found. */
  close(): void {
    if (this.#isRaw) this.#setRaw(false);
  }

  async #comesSoon(): Promise<boolean> {
    const { promise: silence, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(resolve, QUIET_MS, null);
    const came = await Promise.race([this.#next(), silence]);
    clearTimeout(timer);
    // Where the terminal makes no signal of it.
    if (came?.includes(CTRL_C)) throw new BackupError("interrupted", "Interrupted: nothing was changed");
    return came !== null;
  }

  /** A read that nobody waits for any more is left to the next who asks. */
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
      // A terminal that has gone: nobody is there to type any more.
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

  /** Minds what else happens to a terminal while keys are taken. */
  #watch(redraw: (isResized: boolean) => void): () => void {
    const listeners: readonly (readonly [Deno.Signal, () => void])[] = [
      ["SIGWINCH", () => redraw(true)],
      // Whoever had the terminal meanwhile has set it to lines again.
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

  /** Stops with the terminal as it was found: not every shell puts that right itself. */
  #stop(): void {
    this.#setRaw(false);
    Deno.kill(Deno.pid, "SIGSTOP");
  }
}

/** Deno lets a program signal itself from 2.8 on; before that, Ctrl-Z is left to the system. */
function mayStopItself(): boolean {
  try {
    Deno.kill(Deno.pid, "SIGURG");
    return true;
  } catch {
    return false;
  }
}
