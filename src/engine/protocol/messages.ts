import type { WireError } from "../../errors.ts";
import type { Breakdown } from "../../ports.ts";
import type { EngineEvent } from "./events.ts";
import type { Leftover, LibraryFile } from "./doctor_report.ts";
import type { Request } from "./requests.ts";
import type { LibraryQuestion } from "./replacement.ts";
import type { DiffPart, Result } from "./results.ts";
import type { SettingsQuestion } from "./settings.ts";

/**
 * How far a run has come, in the one shared word that both threads see: either it is cancelled or its result is being
 * put in place, whichever comes first.
 */
export const RunState = { running: 0, cancelled: 1, committing: 2 } as const;

/** What a part of a step, in which its thread cannot be heard of, may take before the run is given up. */
export interface StepLimit {
  /** Of the process's computing, in seconds. */
  readonly computingSeconds: number;
  /** Without any sign of progress, in seconds. */
  readonly quietSeconds: number;
  /** What the run ends with then; how the limit was passed is added to its message. */
  readonly refusal: WireError;
}

/** Lines to the workers that share the engine's work; none where there is too little of it. */
export interface HelperPorts {
  /** To those that pack and unpack blocks. */
  readonly blocks: readonly MessagePort[];
  /** To the one that checks the copy of a library while that is packed. */
  readonly check: MessagePort | null;
}

/** What the main thread has made and found before the engine starts. */
export interface Prepared {
  /** Path of the work directory, where SQLite works; null where there is none. */
  readonly work: string | null;
  /** Why there is none, where one was wanted. */
  readonly refusal: WireError | null;
  /** What killed runs have left where one may be; it is gone by now, unless the request is only to look. */
  readonly leftovers: readonly Leftover[];
  /** Whether the library's file is there under another name too, whose log is not seen here. */
  readonly library: LibraryFile;
}

/** What the main thread says to the engine's worker. */
export type ToWorker =
  | {
    readonly type: "run";
    readonly request: Request;
    readonly prepared: Prepared;
    /** One word, a {@link RunState}. */
    readonly state: Int32Array;
    readonly ports: HelperPorts;
  }
  | { readonly type: "answer"; readonly proceed: boolean };

/** What the engine asks before it replaces anything. */
export type Question = LibraryQuestion | SettingsQuestion;

/** What the engine's worker says to the main thread. */
export type FromWorker =
  | { readonly type: "event"; readonly event: EngineEvent }
  /** What begins now is to be over within this limit, until it is taken back: by null, a new step, a question, the end. */
  | { readonly type: "limit"; readonly limit: StepLimit | null }
  | { readonly type: "question"; readonly question: Question }
  /** Is answered when it has been taken. */
  | { readonly type: "part"; readonly part: DiffPart }
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "failure"; readonly error: WireError }
  | Breakdown;
