import type { WireError } from "../errors.ts";

/**
 * What the main thread and the engine's worker say to each other. Plain data only: it crosses `postMessage`.
 * All paths are absolute; library and directory paths are real paths, because the worker's grants name them.
 */

/** A directory that a request writes to. What is missing of it is made first, and removed if nothing comes of it. */
export interface Destination {
  /** Its real path. */
  readonly directory: string;
  /** The nearest directory that did exist: `directory` itself, or one above it. */
  readonly existing: string;
}

export interface BackupRequest {
  readonly verb: "backup";
  readonly library: string;
  readonly destination: Destination;
  /** File name given by the user, or null to generate one. */
  readonly filename: string | null;
  /** Replace an existing file of that name. */
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly waitSeconds: number;
  /** gzip level, 1 to 9. */
  readonly level: number;
  readonly anyDatabase: boolean;
}

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
}

export interface UndoRequest {
  readonly verb: "undo";
  readonly library: string;
  readonly destination: Destination;
  readonly dryRun: boolean;
  readonly waitSeconds: number;
  readonly confirm: boolean;
}

export interface ListRequest {
  readonly verb: "list";
  readonly directory: string;
}

export type Request = BackupRequest | RestoreRequest | UndoRequest | ListRequest;

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

export interface Results {
  readonly backup: BackupCreated | BackupPlanned;
  readonly restore: Restored | Checked | Declined;
  readonly undo: Restored | Checked | Declined;
  readonly list: Listed;
}

export type Result = Results[Request["verb"]];

export type Step =
  | "clean up"
  | "lock library"
  | "library locked"
  | "check space"
  | "copy library"
  | "check copy"
  | "compress"
  | "read back"
  | "publish"
  | "read archive"
  | "check database"
  | "replace library"
  | "list";

export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export type EngineEvent =
  /** A step begins. */
  | { readonly kind: "step"; readonly step: Step; readonly facts: Facts }
  /** Bytes, pages or archives done so far in the current step. */
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "warning"; readonly message: string }
  /** A temporary directory is about to be made, or has been removed; the main thread removes it if the worker cannot. */
  | { readonly kind: "temporary"; readonly path: string; readonly exists: boolean };

/**
 * How far a run has come, in the one shared word that both threads see: either it is cancelled or its result is being
 * put in place, whichever comes first.
 */
export const RunState = { running: 0, cancelled: 1, committing: 2 } as const;

export type ToWorker =
  | {
    readonly type: "run";
    readonly request: Request;
    /** One word, a {@link RunState}. */
    readonly state: Int32Array;
    /** To the block workers; none where there is nothing to pack or to unpack. */
    readonly ports: readonly MessagePort[];
  }
  | { readonly type: "answer"; readonly proceed: boolean };

export type FromWorker =
  | { readonly type: "event"; readonly event: EngineEvent }
  | { readonly type: "question"; readonly replacement: Replacement }
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "failure"; readonly error: WireError };
