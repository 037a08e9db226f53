/** A directory that a request writes to. What is missing of it is made first, and removed if nothing comes of it. */
export interface Destination {
  /** Its real path. */
  readonly directory: string;
  /** The nearest directory that did exist: `directory` itself, or one above it. */
  readonly existing: string;
}
