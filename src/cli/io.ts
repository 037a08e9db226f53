import type { Outlet } from "../output/outlet.ts";
import type { Streams } from "../output/reporter.ts";

/** The process, as far as a command sees it; `main.ts` is the one place that has the real one. */
export interface Io extends Streams {
  readonly args: readonly string[];
  /** An environment variable; undefined also where the sandbox does not let it be read. */
  env(name: string): string | undefined;
  /** Where the two streams lead to, which tell what they could not take. */
  readonly outlets: { readonly output: Outlet; readonly error: Outlet };
  readonly terminal: {
    readonly input: boolean;
    readonly output: boolean;
    readonly error: boolean;
    /** Whether it obeys escape sequences. */
    readonly takesEscapes: boolean;
    /** Its size now: in columns, and in lines. */
    size(): { readonly columns: number; readonly rows: number };
  };
  /**
   * The keyboard of standard input's terminal, without what was typed before; null where there is none.
   *
   * @param redraw is called when what was drawn is to be drawn anew: the terminal has another size, or the program goes
   * on after it was stopped
   */
  openKeyboard(redraw: (isResized: boolean) => void): Promise<Keyboard | null>;
  /** The next bytes of standard input, or null at its end; not beside a keyboard. */
  readInput(): Promise<Uint8Array | null>;
  /** Whether standard output is a file that other users can read. */
  isOutputShared(): boolean;
  /** Writes all of a file to standard output, past {@link outlets}. */
  sendFile(path: string): Promise<void>;
  /** Is aborted by a signal to the process; its reason is the error that the run ends with. */
  readonly interruption: AbortSignal;
  /** Says that a signal came too late: what is under way is brought to its end. */
  finish(): void;
}

/** A keyboard whose keys come at once and are not shown, until it is disposed of. Ctrl-C still makes a signal. */
export interface Keyboard extends Disposable {
  /** What was typed next, or null at the end. */
  read(): Promise<string | null>;
}
