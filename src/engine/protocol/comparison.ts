/** Some media files: how many, and their total size in bytes, not finite where one of the sizes is not a number. */
export interface FileTotal {
  readonly count: number;
  readonly bytes: number;
}

/** How the media files of two libraries differ. */
export interface FileComparison {
  readonly kind: "files";
  readonly onlyInFrom: FileTotal;
  readonly onlyInTo: FileTotal;
  /** Files whose size, content or modification time differs. */
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
