/** `warning`: something needs attention soon. `problem`: now, for the library is not safely backed up. */
export type Level = "ok" | "warning" | "problem";

/** One thing that was examined. */
export interface Finding {
  readonly level: Level;
  readonly subject: string;
  /** What was found, without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
}

/** A finding that needs no attention. */
export function ok(subject: string, message: string): Finding {
  return { level: "ok", subject, message, hint: null };
}

/** A finding that needs attention soon. */
export function warning(subject: string, message: string, hint: string): Finding {
  return { level: "warning", subject, message, hint };
}

/** A finding that needs attention now. */
export function problem(subject: string, message: string, hint: string): Finding {
  return { level: "problem", subject, message, hint };
}
