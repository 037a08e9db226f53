/**
 * What is extracted from an archive: plain data, like everything that crosses to the worker and back.
 *
 * @module
 */

/** A range of a database that an archive no longer holds, in bytes. */
export interface MissingRange {
  readonly start: number;
  readonly length: number;
}

/** What was left of a damaged archive's library. */
export interface Salvage {
  /** What is wrong with the archive. */
  readonly damage: string;
  /**
   * Ranges filled with zeros because their content is lost, in order; none where all blocks are sound, but their
   * content is not.
   */
  readonly missing: readonly MissingRange[];
  /** Sound blocks whose place is unknown, which are left out. */
  readonly unplacedBlocks: number;
  /** In bytes; null where it is missing too. */
  readonly pageSize: number | null;
}

/** A library that was extracted from an archive, or what was left of one. */
export interface Extracted {
  readonly kind: "extracted";
  readonly archive: string;
  readonly path: string;
  /** In bytes. */
  readonly databaseSize: number;
  /** What is known of a library that was checked; null for what was salvaged. */
  readonly library: {
    readonly createdAt: string;
    readonly fileCount: number;
    readonly schemaVersion: number;
  } | null;
  /** Null where it is the library that was backed up, and whole. */
  readonly salvage: Salvage | null;
  /** Where the extracted settings are, and how many files; null for none. */
  readonly settings: { readonly path: string; readonly count: number } | null;
  readonly seconds: number;
}
