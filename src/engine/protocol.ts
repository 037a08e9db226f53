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
  | "check library"
  | "replace library"
  | "list"
  | "verify"
  | "remove"
  | "look at library";

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
