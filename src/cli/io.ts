import type { Streams } from "../output/reporter.ts";

/** The process, as far as a command sees it; `main.ts` is the one place that has the real one. */
export interface Io extends Streams {
  readonly args: readonly string[];
  /** An environment variable; undefined also where the sandbox does not let it be read. */
  env(name: string): string | undefined;
  readonly terminal: {
    readonly input: boolean;
    readonly output: boolean;
    readonly error: boolean;
    /** Width of standard error's terminal, in columns. */
    readonly columns: number;
    /** Its height, in lines. */
    readonly rows: number;
  };
  /** The next line of standard input, or null at its end. */
  readLine(): Promise<string | null>;
  /** The keyboard of standard input's terminal; null where keys come in whole lines only. */
  openKeyboard(): Keyboard | null;
  /** Is aborted by a signal to the process; its reason is the error that the run ends with. */
  readonly interruption: AbortSignal;
}

/** A keyboard whose keys come at once and are not shown, until it is disposed of. Ctrl-C still makes a signal. */
export interface Keyboard extends Disposable {
  /** What was typed next, or null at the end. */
  read(): Promise<string | null>;
}
