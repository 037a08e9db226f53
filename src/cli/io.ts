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
  };
  /** The next line of standard input, or null at its end. */
  readLine(): Promise<string | null>;
  /** Is aborted by a signal to the process; its reason is the error that the run ends with. */
  readonly interruption: AbortSignal;
}
