/** A part of an operation that takes time or is worth logging. */
export type Step =
  | "clean up"
  | "work elsewhere"
  | "lock library"
  | "library locked"
  | "check space"
  | "copy library"
  | "copy archive"
  | "check copy"
  | "read settings"
  | "compress"
  | "read back"
  | "publish"
  | "directory not synced"
  | "read archive"
  | "check database"
  | "look at library"
  | "check library"
  | "replace library"
  | "replace settings"
  | "list"
  | "compare"
  | "look into library"
  | "verify"
  | "remove";

/** What is worth logging about a step, by name. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** What the engine reports while it works. */
export type EngineEvent =
  /** A step begins. */
  | { readonly kind: "step"; readonly step: Step; readonly facts: Facts }
  /** Bytes, pages or archives done so far in the current step. */
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | {
    readonly kind: "warning";
    readonly message: string;
    /** Something failed, which is reported even under `--quiet`. */
    readonly isFailure?: boolean;
  };
