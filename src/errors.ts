/**
 * Every way in which the program can fail: its code, its exit status and when it happens. The exit codes 40 and 43 to
 * 46 are VPO's own. `help exit-codes`, the manual and the README print this table.
 */
export const ERRORS = {
  general: { exit: 1, when: "any other error, or cancelled at a question" },
  usage: { exit: 2, when: "invalid arguments" },
  confirmation_required: { exit: 2, when: "confirmation needed, but nobody to ask: use --yes" },
  not_found: { exit: 20, when: "library, backup or directory not found" },
  operation_failed: {
    exit: 40,
    when: "I/O error: permissions, disk, timeout, output not written",
  },
  permission_denied: { exit: 40, when: "denied by the Deno sandbox; the message names the flag to allow it" },
  not_a_library: { exit: 42, when: "not SQLite, not a VPO library, or damaged" },
  database_locked: { exit: 43, when: "library locked by another process" },
  insufficient_space: { exit: 44, when: "not enough free space" },
  schema_incompatible: { exit: 45, when: "backup's schema is newer than VPO's" },
  invalid_archive: { exit: 46, when: "archive damaged or not a VPO backup" },
  warning: { exit: 60, when: "something needs attention soon: a copy failed, an index is stale" },
  critical: { exit: 61, when: "something needs attention now: the library is not safely backed up" },
  hung_up: { exit: 129, when: "terminal closed (SIGHUP); temporary files are removed" },
  interrupted: { exit: 130, when: "interrupted by Ctrl-C (SIGINT); temporary files are removed" },
  terminated: { exit: 143, when: "terminated by SIGTERM; temporary files are removed" },
} as const satisfies Record<string, { readonly exit: number; readonly when: string }>;

/** Name of a way to fail, as in the JSON document of a failure. */
export type ErrorCode = keyof typeof ERRORS;

/** The part of a {@link BackupError} that survives `postMessage`, which drops custom fields of errors. */
export interface WireError {
  /** What kind of failure it is. */
  readonly code: ErrorCode;
  /** What could not be done and why. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string | null;
  /** Where it came from, for `-v -v`. */
  readonly stack: string | null;
}

/**
 * The one error that reaches a user.
 *
 * `message` says what could not be done and why, without a full stop; `hint` says what to do next.
 */
export class BackupError extends Error {
  /** Tells it apart from other errors. */
  override readonly name = "BackupError";
  /** What kind of failure it is. */
  readonly code: ErrorCode;
  /** What to do next. */
  readonly hint: string | null;

  /** Makes an error; the `cause` in `options` is the error behind it. */
  constructor(code: ErrorCode, message: string, hint: string | null = null, options?: ErrorOptions) {
    super(withoutNumbers(message), options);
    this.code = code;
    this.hint = hint;
  }

  /** The exit status of the process. */
  get exitCode(): number {
    return ERRORS[this.code].exit;
  }

  /** As plain data. */
  toWire(): WireError {
    return { code: this.code, message: this.message, hint: this.hint, stack: stackOf(this) };
  }

  /** The error that {@link toWire} was called on in another thread. */
  static fromWire(wire: WireError): BackupError {
    const error = new BackupError(wire.code, wire.message, wire.hint);
    if (wire.stack !== null) error.stack = wire.stack;
    return error;
  }
}

/** The error of a run whose question was answered with no. */
export function declined(): BackupError {
  return new BackupError("general", "Cancelled; nothing was changed");
}

/** The reason in an error's message, without the action that failed before it: "Cannot back up: …". */
export function withoutAction(message: string): string {
  return message.replace(/^Cannot [^:]+: /, "");
}

/** What went wrong, in words, without the system's error number. */
export function systemReason(error: unknown): string {
  return withoutNumbers(error instanceof Error ? error.message : String(error));
}

/** " (os error 2)" means nothing to a person, and `-v -v` shows the original error. */
function withoutNumbers(message: string): string {
  return message.replace(/ \(os error \d+\)/g, "");
}

function stackOf(error: Error): string | null {
  const cause = error.cause instanceof Error ? `\nCaused by: ${error.cause.stack ?? error.cause.message}` : "";
  return error.stack === undefined ? null : error.stack + cause;
}
