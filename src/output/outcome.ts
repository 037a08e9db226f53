import type {
  BackupCreated,
  BackupPlanned,
  Copied,
  Examined,
  LatestFound,
  Listed,
  Pruned,
  Result,
  SeveralExamined,
} from "../engine/protocol/mod.ts";
import type { ErrorCode } from "../errors.ts";

/** Text that is printed as it is: a script, a unit file, a page. */
export interface Generated {
  readonly kind: "generated";
  /** What the text is, such as `completion`. */
  readonly name: string;
  readonly text: string;
}

/** A schedule that was written as files. */
export interface ScheduleWritten {
  readonly kind: "schedule written";
  /** The scheduler, such as `systemd`. */
  readonly system: string;
  /** Their paths. */
  readonly files: readonly string[];
  /** What to type to install it. */
  readonly next: readonly string[];
}

/** A rule in force. */
export interface SettingShown {
  readonly name: string;
  /** As it would be written in the file; null where there is none. */
  readonly value: string | number | boolean | readonly string[] | null;
  readonly origin: "option" | "variable" | "file" | "default";
  /** Name of the option or the variable, or path of the file. */
  readonly source: string | null;
  /** In the file. */
  readonly line: number | null;
}

/** All rules in force. */
export interface ConfigShown {
  readonly kind: "config shown";
  /** Where the file is, or would be; null without a home. */
  readonly path: string | null;
  readonly isFound: boolean;
  readonly settings: readonly SettingShown[];
}

/** A new file for rules. */
export interface ConfigWritten {
  readonly kind: "config written";
  readonly path: string;
}

/** A page about the backups that was written. */
export interface ReportWritten {
  readonly kind: "report written";
  readonly path: string;
}

/** The result of checking one archive. */
export interface VerifiedArchive {
  readonly path: string;
  readonly archiveSize: number;
  /** `warning` where an index does not match its table; `unchecked` where something else was in the way. */
  readonly verdict: "ok" | "warning" | "damaged" | "unchecked";
  /** Why it is not ok. */
  readonly reason: string | null;
  readonly code: ErrorCode | null;
  /** What to do next, where that is known. */
  readonly hint: string | null;
  readonly facts: Examined["facts"];
  /** What SQLite here could not check. */
  readonly unchecked: readonly string[];
  readonly seconds: number;
}

/** The results of checking archives, in the order in which they were named. */
export interface Verified {
  readonly kind: "verified";
  /** Only structure and hashes were checked. */
  readonly quick: boolean;
  readonly archives: readonly VerifiedArchive[];
  readonly seconds: number;
}

/** The backups in the backup directory and in the places for second copies. */
export interface ListedPlaces {
  readonly kind: "listed places";
  readonly main: Listed;
  /** A place whose disk is away has no list. */
  readonly places: readonly { readonly directory: string; readonly listed: Listed | null }[];
}

/** The result of copying a backup to another place. */
export interface SecondCopy {
  /** The place. */
  readonly directory: string;
  /** Null where no copy was made or, in a dry run, would be made. */
  readonly path: string | null;
  /** Why no copy was made, or old ones were not removed. */
  readonly error: string | null;
  /** Whether its disk was simply away, which is not a failure. */
  readonly isAbsence: boolean;
  /** What was then deleted there; null where nobody asked for that, or it failed. */
  readonly pruned: Pruned | null;
}

/** A backup that could be made, and its copies. */
export interface PlannedBackup extends BackupPlanned {
  readonly copies: readonly SecondCopy[];
}

/** A backup that was made, its copies, and what was then deleted; null where nobody asked for that. */
export interface BackedUp {
  readonly kind: "backed up";
  readonly created: BackupCreated;
  readonly copies: readonly SecondCopy[];
  readonly pruned: Pruned | null;
}

/** The version of the program and of what it is built from. */
export interface VersionTold {
  readonly kind: "version";
  readonly version: string;
  /** The commit it was built from; null from source. */
  readonly commit: string | null;
  readonly deno: string;
  readonly v8: string;
  readonly sqlite: string;
  /** The system it is for, as `x86_64-unknown-linux-gnu`. */
  readonly target: string;
}

/** The result of a successful command. */
export type Outcome =
  | Exclude<Result, BackupCreated | BackupPlanned | Copied | Examined | LatestFound | SeveralExamined>
  | Generated
  | ScheduleWritten
  | ConfigShown
  | ConfigWritten
  | ReportWritten
  | Verified
  | BackedUp
  | ListedPlaces
  | PlannedBackup
  | VersionTold;
