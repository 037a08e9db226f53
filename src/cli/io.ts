import type { Outlet } from "../output/outlet.ts";
import type { Streams } from "../output/reporter.ts";

/** What cannot be done if standard output does not take an archive. */
export const SENDING = "Cannot write the archive to standard output";

/** The process as a command sees it; only `main.ts` has the real one. */
export interface Io extends Streams {
  readonly args: readonly string[];
  /** An environment variable; undefined also where the sandbox does not let it be read. */
  env(name: string): string | undefined;
  /** The destinations of the two streams, which tell what they could not take. */
  readonly outlets: { readonly output: Outlet; readonly error: Outlet };
  readonly terminal: {
    readonly input: boolean;
    readonly output: boolean;
    readonly error: boolean;
    /** Whether it obeys escape sequences. */
    readonly takesEscapes: boolean;
    /** Its current size, in columns and rows. */
    size(): { readonly columns: number; readonly rows: number };
  };
  /**
   * The keyboard of standard input's terminal, without earlier input; null where there is none.
   *
   * @param redraw is called when the screen must be redrawn: the terminal was resized, or the program continues after a
   * stop
   */
  openKeyboard(redraw: (isResized: boolean) => void): Promise<Keyboard | null>;
  /** The next bytes of standard input, or null at its end; not while a keyboard is open. */
  readInput(): Promise<Uint8Array | null>;
  /** Whether standard output is a file that other users can read. */
  isOutputShared(): boolean;
  /** Writes all of a file to standard output, past {@link outlets}. */
  sendFile(path: string): Promise<void>;
  /** Aborted by a signal to the process; its reason is the error that the run ends with. */
  readonly interruption: AbortSignal;
  /** Is called when a signal came too late: what is under way will be finished. */
  finish(): void;
}

/** A keyboard that delivers keys at once, without echo, until it is disposed of. Ctrl-C still sends a signal. */
export interface Keyboard extends Disposable {
  /** What was typed next, or null at the end. */
  read(): Promise<string | null>;
}
