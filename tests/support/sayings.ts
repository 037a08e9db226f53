import type { Streams } from "../../src/output/reporter.ts";

/** Streams that keep what was written to them. */
export class Sayings implements Streams {
  /** What was written to standard output. */
  stdout = "";
  /** What was written to standard error. */
  stderr = "";

  readonly out = (text: string): void => {
    this.stdout += text;
  };

  readonly err = (text: string): void => {
    this.stderr += text;
  };
}
