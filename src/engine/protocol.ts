import type { WireError } from "../errors.ts";
import type { Request } from "./requests.ts";
import type { Replacement, Result } from "./results.ts";

/** What the main thread and the engine's worker say to each other. Plain data only: it crosses `postMessage`. */
export type * from "./examination.ts";
export type * from "./prune_plan.ts";
export type * from "./requests.ts";
export type * from "./results.ts";

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
  | "look at library"
  | "check library"
  | "replace library"
  | "list"
  | "compare"
  | "look into library"
  | "verify"
  | "remove";

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

/** Lines to the workers that share the engine's work; none where there is too little of it. */
export interface HelperPorts {
  /** To those that pack and unpack blocks. */
  readonly blocks: readonly MessagePort[];
  /** To the one that checks the copy of a library while that is packed. */
  readonly check: MessagePort | null;
}

export type ToWorker =
  | {
    readonly type: "run";
    readonly request: Request;
    /** One word, a {@link RunState}. */
    readonly state: Int32Array;
    readonly ports: HelperPorts;
  }
  | { readonly type: "answer"; readonly proceed: boolean };

export type FromWorker =
  | { readonly type: "event"; readonly event: EngineEvent }
  /** The step that was reported last is to be over in this time; a new step, a question or the end takes it back. */
  | { readonly type: "limit"; readonly milliseconds: number; readonly refusal: WireError }
  | { readonly type: "question"; readonly replacement: Replacement }
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "failure"; readonly error: WireError };
