/**
 * What the engine answers: plain data, one kind for each successful end of a request.
 *
 * @module
 */
import type { BlockMeasures } from "../../archive/measure.ts";
import type { MediaSummary } from "../../library/content/media_summary.ts";
import type { TableRows } from "../../library/content/tables.ts";
import type { ToName } from "../../program.ts";
import type { ArchiveRecord } from "../../store/metadata.ts";
import type { BackupInPlace, BackupSkipped } from "./backup_skipped.ts";
import type { Copied, CopyPlaceExamination } from "./copies.ts";
import type { FileComparison } from "./comparison.ts";
import type { Extracted } from "./extracted.ts";
import type { Examined, FalseClaims, LatestFound, Listed, SeveralExamined } from "./found_archives.ts";
import type { PlannedFile, PrunePlan } from "./prune_plan.ts";
import type { Checked, Restored } from "./replacement.ts";
import type {
  DirectoryExamination,
  Leftover,
  LibraryExamination,
  RuntimeFacts,
  SettingsExamination,
  WorkExamination,
} from "./doctor_report.ts";
import type { Request } from "./requests.ts";
import type { SettingsChanges, SettingsChecked, SettingsRestored, SettingsTotal, ShownSetting } from "./settings.ts";
import type { Status } from "./status_report.ts";

/** A backup that was made. */
export interface BackupCreated extends BackupInPlace {
  readonly kind: "created";
  /** Bytes of the archive that were copied from an earlier one. */
  readonly reusedBytes: number;
  /** Null where none were wanted or allowed in. */
  readonly settings: SettingsTotal | null;
  readonly seconds: number;
}

/** The result of a dry run: a backup that could be made. */
export interface BackupPlanned {
  readonly kind: "planned";
  readonly library: string;
  readonly databaseSize: number;
  readonly path: string;
  readonly estimatedMin: number;
  readonly estimatedMax: number;
  readonly fileCount: number;
  readonly schemaVersion: number;
  readonly settings: SettingsTotal | null;
}

/** A plan that was carried out. */
export interface Pruned {
  readonly kind: "pruned";
  readonly plan: PrunePlan;
  /** The files that were deleted; the others were gone or had changed by then. */
  readonly removed: readonly PlannedFile[];
}

/** One of two libraries that were compared. */
export interface DiffSide {
  /** The library in place, or an archive. */
  readonly kind: "library" | "backup";
  readonly path: string;
  /** Null for the library: it is as it is now. */
  readonly createdAt: string | null;
  readonly schemaVersion: number;
  readonly fileCount: number;
}

/** A media file that differs between two libraries. */
export interface FileDifference {
  readonly path: string;
  readonly change: "only in from" | "only in to" | "changed";
  /** What about it changed. */
  readonly fields: readonly ("size" | "content" | "modified time" | "missing" | "found again")[];
}

/** A table's rows on both sides; null where there is no such table. */
export interface TableDifference {
  readonly name: string;
  readonly rowsFrom: number | null;
  readonly rowsTo: number | null;
}

/** How two libraries differ: what turns `from` the one into `to` the other. */
export interface Diffed {
  readonly kind: "diffed";
  readonly from: DiffSide;
  readonly to: DiffSide;
  readonly files: FileComparison;
  readonly tables: readonly TableDifference[];
  /** Null where a backup has none to compare, such as one of VPO's. */
  readonly settings: SettingsChanges | null;
  /** How many differences were named before, see {@link DiffPart}; null where nobody asked for them. */
  readonly named: number | null;
}

/**
 * Part of a comparison, sent before its end so that nobody has to keep it all: first what was found, then what differs.
 */
export type DiffPart =
  | { readonly kind: "compared"; readonly compared: Diffed }
  /** Some differences, in the order of their paths. */
  | { readonly kind: "differences"; readonly differences: readonly FileDifference[] };

/** What an examination found. */
export interface Diagnosed {
  readonly kind: "diagnosed";
  readonly runtime: RuntimeFacts;
  /** Deno flags that would grant what some command needs and does not have. */
  readonly missingPermissions: readonly string[];
  /** Remarks on how the library was chosen, or why none could be. */
  readonly libraryRemarks: readonly string[];
  /** Null where the sandbox does not let it be read; the same goes for the others. */
  readonly library: LibraryExamination | null;
  readonly directory: DirectoryExamination | null;
  /** Null also where the backup directory cannot be read. */
  readonly status: Status | null;
  /** Null where nothing could be looked at. */
  readonly settings: SettingsExamination | null;
  /** Where SQLite would work on the copy of a backup. */
  readonly work: WorkExamination | null;
  readonly leftovers: readonly Leftover[];
  /** The places that second copies go into. */
  readonly copies: readonly CopyPlaceExamination[];
  /** Maximum age of the newest copy in each. */
  readonly copyMaxAgeSeconds: number;
  /** What a command has to name to mean this library and these backups; absent where nothing. */
  readonly toName?: ToName;
}

/** What is in a backup's library. */
export interface LibrarySummary {
  /** Null where it is not VPO's, or odd. */
  readonly files: MediaSummary | null;
  readonly tables: readonly TableRows[];
}

/** All that is known of a backup. */
export interface Shown {
  readonly kind: "shown";
  readonly path: string;
  readonly archiveSize: number;
  /** Null in archives of VPO's, which have none. */
  readonly blocks: BlockMeasures | null;
  /** What its metadata say; counts come from its library if that was unpacked and is VPO's. */
  readonly metadata: ArchiveRecord;
  /** Null where the metadata are right, or where the library was not unpacked. */
  readonly falseClaims: FalseClaims | null;
  /** Jobs in its library that VPO would run after a restore; null where it was not unpacked. */
  readonly unfinishedJobs: number | null;
  /** The settings in it; null where it was not unpacked. */
  readonly settings: readonly ShownSetting[] | null;
  /** Null where it was not unpacked. */
  readonly library: LibrarySummary | null;
}

/** The result of each verb. */
export interface Results {
  readonly backup: BackupCreated | BackupPlanned | BackupSkipped;
  readonly copy: Copied;
  readonly restore: Restored | Checked;
  readonly "restore settings": SettingsRestored | SettingsChecked;
  readonly undo: Restored | Checked;
  readonly list: Listed;
  readonly "find latest": LatestFound;
  readonly diff: Diffed;
  readonly show: Shown;
  readonly extract: Extracted;
  readonly verify: Examined;
  readonly "verify several": SeveralExamined;
  readonly "plan prune": PrunePlan;
  readonly prune: Pruned;
  readonly status: Status;
  readonly doctor: Diagnosed;
}

/** The result of any verb. */
export type Result = Results[Request["verb"]];
