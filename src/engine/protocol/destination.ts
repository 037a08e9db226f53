/** A directory that a request writes to. Missing parts of it are made first, and removed if nothing comes of it. */
export interface Destination {
  /** Its real path. */
  readonly directory: string;
  /** The nearest directory that existed: `directory` itself, or an ancestor. */
  readonly existing: string;
}
