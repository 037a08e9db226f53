/** One permission of the program, as a Deno flag. */
export interface Grant {
  /** `--allow-…`. */
  readonly flag: string;
  /** What it is limited to; nothing for files, which a build may limit to two directories. */
  readonly values: readonly string[];
  /** What it is for. */
  readonly what: string;
}

/**
 * All permissions of the program. The flags that it is started and compiled with, `--help`, the manual and the README
 * are made from this table.
 */
export const GRANTS: readonly Grant[] = [
  { flag: "--allow-read", values: [], what: "read the library, VPO's settings and backups" },
  {
    flag: "--allow-write",
    values: [],
    what: "write backups; during a restore the library, or the settings",
  },
  {
    flag: "--allow-env",
    values: [
      "HOME",
      "USERPROFILE",
      "VPO_DATABASE_PATH",
      "VPO_CONFIG_PATH",
      "VPO_DATA_DIR",
      "VPO_BACKUP_DIR",
      "VPO_BACKUP_CONFIG",
      "VPO_BACKUP_COPY_TO",
      "NO_COLOR",
      "TERM",
    ],
    what: "read these environment variables",
  },
  { flag: "--allow-sys", values: ["statfs", "uid"], what: "check free disk space and file ownership" },
];

/** What the program is never granted, in words. */
export const NEVER_GRANTED = "network, other programs, native code";
