import type { ErrorCode } from "../errors.ts";
import type { Palette } from "./color.ts";

/** A JSON document, before it is printed. */
export type Document = Readonly<Record<string, unknown>>;

/** The medium of a text for a person. */
export interface Paper {
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  readonly palette: Palette;
  /** How often `-v` was given. */
  readonly verbose: number;
}

/** How one kind of outcome is presented, to a program and to a person. */
export interface View<O> {
  /** Fields are added to a document and never changed. */
  document(outcome: O): Document;
  /** Lines for standard output. */
  lines(outcome: O, paper: Paper): readonly string[];
  /**
   * Whether the lines are what the user asked for, so that `--quiet` keeps them; it never silences bad news.
   */
  readonly isAnswer: boolean;
  /** Lines for standard error under `-v`. */
  details?(outcome: O): readonly string[];
  /** Lines for Prometheus, where there is something to measure. */
  metrics?(outcome: O): readonly string[];
  /** The error with whose exit status the process ends; null for success. */
  verdict?(outcome: O): ErrorCode | null;
}
