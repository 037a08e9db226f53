import type { WireError } from "../../errors.ts";
import type { Breakdown } from "../../ports.ts";
import type { EngineEvent } from "./events.ts";
import type { Leftover, LibraryFile } from "./doctor_report.ts";
import type { Request } from "./requests.ts";
import type { LibraryQuestion } from "./replacement.ts";
import type { DiffPart, Result } from "./results.ts";
import type { SettingsQuestion } from "./settings.ts";

/**
 * The state of a run, in one word of memory that both threads share: either it is cancelled or its result is being put
 * in place, whichever comes first.
 */
export const RunState = { running: 0, cancelled: 1, committing: 2 } as const;

/** How long a part of a step, during which its thread is silent, may take before the run is abandoned. */
export interface StepLimit {
  /** CPU time of the process, in seconds. */
  readonly computingSeconds: number;
  /** Without any sign of progress, in seconds. */
  readonly quietSeconds: number;
  /** The error that the run then ends with; the exceeded limit is added to its message. */
  readonly refusal: WireError;
}

/** Ports to the workers that share the engine's work; none where there is too little of it. */
export interface HelperPorts {
  /** To those that pack and unpack blocks. */
  readonly blocks: readonly MessagePort[];
  /** To the one that checks the copy of a library while that is packed. */
  readonly check: MessagePort | null;
}

/** What the main thread has prepared before the engine starts. */
export interface Prepared {
  /** Path of the work directory, where SQLite works; null where there is none. */
  readonly work: string | null;
  /** Why there is none, where one was wanted. */
  readonly refusal: WireError | null;
  /** What killed runs had left behind; already removed, unless the request is only to look. */
  readonly leftovers: readonly Leftover[];
  /** Whether the library's file also has another name, whose log is not visible here. */
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
  /** What begins now must end within this limit, which null, a new step, a question or the end of the run lifts. */
  | { readonly type: "limit"; readonly limit: StepLimit | null }
  | { readonly type: "question"; readonly question: Question }
  /** Is acknowledged when it has been taken. */
  | { readonly type: "part"; readonly part: DiffPart }
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "failure"; readonly error: WireError }
  | Breakdown;
