/**
 * Results of the engine, with the values of the specification's examples.
 *
 * @module
 */
import { recordOf } from "../../src/store/metadata.ts";
import type {
  BackupCreated,
  BackupEntry,
  BackupInPlace,
  BackupSkipped,
  Checked,
  Listed,
  PlanPruneRequest,
  Replacement,
  Restored,
  RetentionRules,
} from "../../src/engine/protocol/mod.ts";
import type { BackedUp, PlannedBackup } from "../../src/output/outcome.ts";

const MB = 1024 * 1024;
const ARCHIVE = "/home/u/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz";
const LIBRARY = "/home/u/.vpo/library.db";

const IN_PLACE: BackupInPlace = {
  path: ARCHIVE,
  archiveSize: 18.2 * MB,
  databaseSize: 52.4 * MB,
  fileCount: 1523,
  schemaVersion: 27,
  createdAt: "2026-02-05T14:30:22Z",
  databaseSha256: "ab".repeat(32),
};

const CREATED: BackupCreated = {
  kind: "created",
  ...IN_PLACE,
  reusedBytes: 0,
  settings: { count: 5, totalBytes: 12_390 },
  seconds: 1.23456,
};

/** A backup that was made. */
export const BACKED_UP: BackedUp = { kind: "backed up", created: CREATED, copies: [], pruned: null };

/** A backup that was not needed. */
export const SKIPPED: BackupSkipped = { kind: "skipped", ...IN_PLACE, seconds: 0.45678 };

/** A backup that could be made. */
export const PLANNED: PlannedBackup = {
  kind: "planned",
  library: LIBRARY,
  databaseSize: 52.4 * MB,
  path: ARCHIVE,
  estimatedMin: 18 * MB,
  estimatedMax: 26 * MB,
  fileCount: 1523,
  schemaVersion: 27,
  copies: [],
  settings: { count: 5, totalBytes: 12_390 },
};

/** A backup that is to replace the library. */
export const FROM_ARCHIVE: Replacement = {
  source: ARCHIVE,
  library: LIBRARY,
  createdAt: "2026-02-05T14:30:22Z",
  vpoVersion: "0.2.0",
  schemaVersion: 27,
  currentSchemaVersion: 27,
  schemaInPlace: 27,
  inPlace: "usable",
  databaseSize: 52.4 * MB,
  fileCount: 1523,
  unfinishedJobs: 0,
  comparison: null,
  settings: null,
};

/** A set-aside library that `undo` puts back. */
export const FROM_SET_ASIDE: Replacement = {
  ...FROM_ARCHIVE,
  source: `${LIBRARY}.before-restore-2026-02-06T09-12-44Z`,
  vpoVersion: null,
};

/** A library that was restored. */
export const RESTORED: Restored = {
  kind: "restored",
  replacement: FROM_ARCHIVE,
  keptLogs: [],
  removedLibraries: [],
  previousLibrary: `${LIBRARY}.before-restore-2026-02-06T09-12-44Z`,
  isUndoable: true,
  settings: null,
  keptSettings: [],
  seconds: 2.3456,
};

/** A restore that was undone. */
export const UNDONE: Restored = {
  ...RESTORED,
  replacement: FROM_SET_ASIDE,
  keptLogs: [],
  removedLibraries: [],
  previousLibrary: `${LIBRARY}.before-restore-2026-02-06T09-15-00Z`,
};

/** A library that could be restored. */
export const CHECKED: Checked = { kind: "checked", replacement: FROM_ARCHIVE };

/** The backup directory of the entries. */
export const DIRECTORY = "/home/u/.vpo/backups";

/** A sound backup in a list. */
export const ENTRY: BackupEntry = {
  filename: "vpo-library-2026-02-05T14-30-22Z.tar.gz",
  path: ARCHIVE,
  archiveSize: 18.2 * MB,
  createdAt: "2026-02-05T14:30:22Z",
  metadata: recordOf({
    vpo_version: "vpo-backup 1.0.0",
    schema_version: 27,
    created_at: "2026-02-05T14:30:22Z",
    database_size_bytes: 52.4 * MB,
    file_count: 1523,
    total_library_size_bytes: 8_400_000 * MB,
    compression: "gzip",
    library_path: LIBRARY,
  }),
  origin: "this",
  fault: null,
  error: null,
  verified: null,
};

/** A damaged backup in a list. */
export const DAMAGED_ENTRY: BackupEntry = {
  filename: "vpo-library-2026-01-05T14-30-22Z.tar.gz",
  path: `${DIRECTORY}/vpo-library-2026-01-05T14-30-22Z.tar.gz`,
  archiveSize: 512,
  createdAt: "2026-01-05T14:30:22Z",
  metadata: null,
  origin: "unknown",
  fault: "damaged",
  error: "it ends too early",
  verified: null,
};

/** A list of all there is. */
export function listed(...entries: readonly BackupEntry[]): Listed {
  return {
    kind: "listed",
    directory: DIRECTORY,
    entries,
    totalCount: entries.length,
    totalSize: entries.reduce((sum, { archiveSize }) => sum + archiveSize, 0),
    setAside: [],
    listedAt: "2026-02-08T14:30:22.000Z",
  };
}

/** A rule that keeps the newest backup. */
const KEEP_ONE: RetentionRules = {
  last: 1,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  within: null,
  maxTotalSize: null,
};

/** A request for a plan that keeps the newest backup of a library, by whom nobody is asked. */
export function planRequest(directory: string, library: string | null): PlanPruneRequest {
  return {
    verb: "plan prune",
    directory,
    library,
    waitSeconds: 0,
    rules: KEEP_ONE,
    damaged: false,
    force: false,
    allLibraries: false,
    unattended: true,
    made: null,
    included: [],
    unpack: false,
  };
}
