/**
 * What the engine can be asked to do. All paths are absolute; libraries and directories are real paths, because the
 * worker's grants name them.
 *
 * @module
 */
import type { CopyPlaces } from "./copies.ts";
import type { Destination } from "./destination.ts";
import type { PlannedFile, PrunePlan, RetentionRules } from "./prune_plan.ts";
import type { RestoreSettingsRequest, SettingsPaths, SettingsRequest, SettingsSource } from "./settings.ts";

/** Make a backup of the library, or only check that it could be made. */
export interface BackupRequest {
  readonly verb: "backup";
  readonly library: string;
  readonly destination: Destination;
  /** Mark the directory as a place for backups, because somebody said that it is one. */
  readonly claim: boolean;
  /** File name given by the user, or null to generate one. */
  readonly filename: string | null;
  /** Replace an existing file of that name, and continue where the library's log may be out of sight. */
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly waitSeconds: number;
  /** gzip level, 1 to 9. */
  readonly level: number;
  /** Copy the blocks that the newest archive in the directory already has. */
  readonly reuse: boolean;
  /** Make no archive if the newest one there holds the same. */
  readonly skipUnchanged: boolean;
  readonly anyDatabase: boolean;
  /** Where SQLite is to work; null for beside the library, or wherever it can. */
  readonly tempDirectory: string | null;
  /** Null for none. */
  readonly settings: SettingsSource | null;
}

/** Copy an archive that was just made into another place for backups. */
export interface CopyRequest {
  readonly verb: "copy";
  /** Real path of the archive. */
  readonly archive: string;
  /** Expected hash of the library in it. */
  readonly databaseSha256: string;
  /** When it was made, in ISO 8601. */
  readonly createdAt: string;
  readonly destination: Destination;
  /** Mark the directory as a place for backups, because somebody said that it is one. */
  readonly claim: boolean;
  /** Directories that the run's own private directory may be made in, best first: real paths. */
  readonly workPlaces: readonly string[];
}

/** Replace the library with the one in an archive. */
export interface RestoreRequest {
  readonly verb: "restore";
  readonly archive: string;
  readonly library: string;
  readonly destination: Destination;
  readonly dryRun: boolean;
  /** Restore a backup whose schema is newer than the current one. */
  readonly force: boolean;
  readonly waitSeconds: number;
  readonly anyDatabase: boolean;
  /** Ask before replacing the library. */
  readonly confirm: boolean;
  /** What is done with the settings in the archive; null where there is no place for any. */
  readonly settings: SettingsRequest | null;
}

/** Replace the library with a set-aside library. */
export interface UndoRequest {
  readonly verb: "undo";
  readonly library: string;
  /** Real path of the set-aside library that is to be put back; null for the newest. */
  readonly source: string | null;
  readonly destination: Destination;
  readonly dryRun: boolean;
  readonly waitSeconds: number;
  readonly confirm: boolean;
  /** Directory below which replaced settings are kept; null where there is none. */
  readonly settingsDirectory: string | null;
}

/** Sort order of a list: newest first, largest first, most files first, or by name. */
export type ListOrder = "created" | "size" | "files" | "name";

/** List the archives in a directory. */
export interface ListRequest {
  readonly verb: "list";
  readonly directory: string;
  readonly order: ListOrder;
  /** How many are listed at most; null for all. */
  readonly limit: number | null;
  /** Read each listed archive to its end and check its structure and its hashes. */
  readonly verify: boolean;
  /** A library whose set-aside libraries are also listed; null for none. */
  readonly library: string | null;
}

/** Find the latest backup of a library. */
export interface FindLatestRequest {
  readonly verb: "find latest";
  readonly directory: string;
  /** Real path of the library whose latest backup is wanted; null where nothing tells. */
  readonly library: string | null;
  readonly waitSeconds: number;
  /** Unpack archives that do not say whose they are. */
  readonly unpack: boolean;
  /** File names of archives that turned out to be damaged; the one found instead is read to its end. */
  readonly except: readonly string[];
}

/** Where libraries are unpacked for inspection. */
interface Unpacking {
  /** The directory the user named; null for beside the archive, or wherever it can be done. */
  readonly tempDirectory: string | null;
  /** The library in reach, beside which it can also be done; null for none. */
  readonly library: string | null;
}

/** Check an archive as a restore would. */
export interface VerifyRequest extends Unpacking {
  readonly verb: "verify";
  /** Real path. */
  readonly archive: string;
  /** Check structure and hashes only: nothing is unpacked. */
  readonly quick: boolean;
  readonly anyDatabase: boolean;
}

/** Check some archives one after the other: for small ones, a worker each would take most of the time. */
export interface VerifySeveralRequest extends Omit<VerifyRequest, "verb" | "archive"> {
  readonly verb: "verify several";
  /** Real paths. */
  readonly archives: readonly string[];
}

/** Tell whether the library is safely backed up. */
export interface StatusRequest {
  readonly verb: "status";
  /** Real path of the backup directory. */
  readonly directory: string;
  readonly directoryFound: boolean;
  /** Real path; null where its directory cannot be read. */
  readonly library: string | null;
  readonly waitSeconds: number;
  /** Maximum age of the newest good backup. */
  readonly maxAgeSeconds: number;
  readonly copies: CopyPlaces;
}

/** Examine everything that backups depend on. */
export interface DoctorRequest {
  readonly verb: "doctor";
  /** Real path of the library, which may be missing. */
  readonly library: string;
  /** Real path of the backup directory. */
  readonly directory: string;
  readonly directoryFound: boolean;
  /** Whether the sandbox allows writing there. */
  readonly mayWrite: boolean;
  /** The places for second copies that the sandbox allows writing to. */
  readonly writable: readonly string[];
  /** Deno flags that would grant what some command needs and does not have. */
  readonly missingPermissions: readonly string[];
  /** Remarks on how the library was chosen. */
  readonly libraryRemarks: readonly string[];
  readonly waitSeconds: number;
  /** Maximum age of the newest good backup; null where nobody has said it. */
  readonly maxAgeSeconds: number | null;
  readonly copies: CopyPlaces;
  /** Places of the settings of this machine. */
  readonly settings: SettingsPaths;
}

/** Plan what is to be deleted; nothing but a plan is ever carried out. */
export interface PlanPruneRequest {
  readonly verb: "plan prune";
  readonly directory: string;
  /** Real path of the library whose backups are pruned; null where nobody can look at it. */
  readonly library: string | null;
  readonly waitSeconds: number;
  readonly rules: RetentionRules;
  /** Remove damaged archives, too. */
  readonly damaged: boolean;
  /** Continue where the clock must be wrong. */
  readonly force: boolean;
  /** Apply the rules to the backups of each library separately, and not only to those of the one in place. */
  readonly allLibraries: boolean;
  /** Nobody can be asked: where times leap, nothing is removed. */
  readonly unattended: boolean;
  /** File name of a backup that was just made and stays, whatever the clock says. */
  readonly made: string | null;
  /** Doubtful backups that a person has confirmed to be of the library. */
  readonly included: readonly PlannedFile[];
  /** Unpack VPO's archives to tell whose they are. */
  readonly unpack: boolean;
}

/** Carry out a plan. */
export interface PruneRequest {
  readonly verb: "prune";
  readonly plan: PrunePlan;
}

/** One of two libraries to compare. */
export interface DiffSource {
  readonly kind: "library" | "backup";
  readonly path: string;
}

/** Compare two libraries. */
export interface DiffRequest extends Unpacking {
  readonly verb: "diff";
  readonly from: DiffSource;
  readonly to: DiffSource;
  readonly waitSeconds: number;
  /** Most differing files that are named; null for none. */
  readonly limit: number | null;
  /** The settings of this machine, which go with the library. */
  readonly settings: SettingsPaths;
}

/** Tell what is in a backup. */
export interface ShowRequest extends Unpacking {
  readonly verb: "show";
  readonly archive: string;
  /** Nothing is unpacked. */
  readonly quick: boolean;
  /** The settings of this machine, which the backup's are compared with. */
  readonly settings: SettingsPaths;
}

/** Extract the library of an archive into a directory, as a file of its own. */
export interface ExtractRequest {
  readonly verb: "extract";
  /** Real path. */
  readonly archive: string;
  readonly destination: Destination;
  /** Accept what the sound blocks of a damaged archive hold. */
  readonly salvage: boolean;
  /** Extract the settings in it, too. */
  readonly settings: boolean;
  readonly anyDatabase: boolean;
  /** Real paths at which VPO may look for a library, whether or not there is one: nothing is written there. */
  readonly libraries: readonly string[];
}

/** Anything that the engine can be asked to do. */
export type Request =
  | BackupRequest
  | CopyRequest
  | RestoreRequest
  | RestoreSettingsRequest
  | UndoRequest
  | ListRequest
  | FindLatestRequest
  | VerifyRequest
  | VerifySeveralRequest
  | StatusRequest
  | DoctorRequest
  | PlanPruneRequest
  | PruneRequest
  | DiffRequest
  | ShowRequest
  | ExtractRequest;
