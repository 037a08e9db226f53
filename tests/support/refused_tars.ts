/** Tar streams that are refused for one reason. */
export interface RefusedTars {
  readonly what: string;
  /** What the message says of it. */
  readonly words: RegExp;
  readonly tars: readonly Uint8Array[];
}

/** What is in the members of tar streams with which nothing else is wrong. */
export interface Bodies {
  readonly metadata: Uint8Array;
  readonly database: Uint8Array;
}

/** A row of the tables of refused tars, from which tests and trials take their cases. */
export function of(what: string, words: RegExp, ...tars: readonly Uint8Array[]): RefusedTars {
  return { what, words, tars };
}
