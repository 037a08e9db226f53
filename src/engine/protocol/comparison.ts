/** Some media files: how many, and their sizes together in bytes, no finite number where one of them is none. */
export interface FileTotal {
  readonly count: number;
  readonly bytes: number;
}

/** How the media files of two libraries differ. */
export interface FileComparison {
  readonly kind: "files";
  readonly onlyInFrom: FileTotal;
  readonly onlyInTo: FileTotal;
  /** Of another size, content or modification time. */
  readonly changed: number;
  readonly unchanged: number;
  /** When the newest scan was, as VPO wrote it; null where there was none. */
  readonly newestScanFrom: string | null;
  readonly newestScanTo: string | null;
}

/** Why two libraries could not be compared. */
export interface NoComparison {
  readonly kind: "none";
  readonly why: string;
}
