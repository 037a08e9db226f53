import type { PlannedFile, PrunePlan } from "./prune_plan.ts";
import type { Request } from "./requests.ts";

/** What the engine answers: plain data, one kind for each way in which a request can end well. */

export interface BackupCreated {
  readonly kind: "created";
  readonly path: string;
  readonly archiveSize: number;
  readonly databaseSize: number;
  readonly fileCount: number;
  readonly schemaVersion: number;
  readonly createdAt: string;
  readonly databaseSha256: string;
  readonly seconds: number;
}

export interface BackupPlanned {
  readonly kind: "planned";
  readonly library: string;
  readonly databaseSize: number;
  readonly path: string;
  readonly estimatedMin: number;
  readonly estimatedMax: number;
  readonly fileCount: number;
  readonly schemaVersion: number;
}

/** What is about to replace the library, or what has replaced it. */
export interface Replacement {
  /** The archive, or the set-aside library that `undo` puts back. */
  readonly source: string;
  readonly library: string;
  readonly createdAt: string;
  readonly vpoVersion: string | null;
  readonly schemaVersion: number;
  readonly currentSchemaVersion: number;
  readonly databaseSize: number;
  readonly fileCount: number;
}

export interface Restored {
  readonly kind: "restored";
  readonly replacement: Replacement;
  /** Where the library that was replaced is kept; null when there was none. */
  readonly previousLibrary: string | null;
  readonly seconds: number;
}

export interface Checked {
  readonly kind: "checked";
  readonly replacement: Replacement;
}

/** The user said no; nothing was changed. */
export interface Declined {
  readonly kind: "declined";
}

export interface BackupEntry {
  readonly filename: string;
  readonly path: string;
  readonly archiveSize: number;
  /** From the metadata; for an unreadable archive from its name, else from the file's modification time. */
  readonly createdAt: string;
  /** Null where the archive cannot be read. */
  readonly metadata: {
    readonly databaseSize: number;
    readonly fileCount: number;
    readonly schemaVersion: number;
  } | null;
  /** Why the archive cannot be read. */
  readonly error: string | null;
}

export interface Listed {
  readonly kind: "listed";
  readonly directory: string;
  readonly entries: readonly BackupEntry[];
}

/** What the check of one archive found. */
export interface Examined {
  readonly kind: "examined";
  /** Why it is damaged; null where it is sound. */
  readonly damage: string | null;
  /** What its metadata say; null where it is damaged. */
  readonly facts: {
    readonly createdAt: string;
    readonly databaseSize: number;
    readonly fileCount: number;
    readonly schemaVersion: number;
  } | null;
  readonly seconds: number;
}

/** A plan that was carried out. */
export interface Pruned {
  readonly kind: "pruned";
  readonly plan: PrunePlan;
  /** What was deleted of what was to be; the rest was gone or another file by then. */
  readonly removed: readonly PlannedFile[];
}

export interface Results {
  readonly backup: BackupCreated | BackupPlanned;
  readonly restore: Restored | Checked | Declined;
  readonly undo: Restored | Checked | Declined;
  readonly list: Listed;
  readonly verify: Examined;
  readonly "plan prune": PrunePlan;
  readonly prune: Pruned;
}

export type Result = Results[Request["verb"]];
