/**
 * Every way in which the program can end badly: its code, its exit status and when it happens.
 * The exit codes 40 and 43 to 46 are VPO's own. `--help` and the README print this table.
 */
export const ERRORS = {
  general: { exit: 1, when: "anything else, and a declined confirmation" },
  usage: { exit: 2, when: "wrong arguments" },
  confirmation_required: { exit: 2, when: "a question has to be answered and nobody is there to ask: give --yes" },
  not_found: { exit: 20, when: "the library, the archive or the directory does not exist" },
  operation_failed: { exit: 40, when: "input or output failed: file permissions, a read error, a disk error" },
  permission_denied: { exit: 40, when: "the Deno sandbox refused: the message names the flag that grants it" },
  not_a_library: { exit: 42, when: "not SQLite, not a VPO library, or damaged" },
  database_locked: { exit: 43, when: "another process holds the library" },
  insufficient_space: { exit: 44, when: "not enough free space" },
  schema_incompatible: { exit: 45, when: "the backup's schema is newer than VPO's" },
  invalid_archive: { exit: 46, when: "the archive is damaged or not a VPO backup" },
  warning: { exit: 60, when: "something needs attention soon" },
  critical: { exit: 61, when: "something needs attention now: the library is not safely backed up" },
  hung_up: { exit: 129, when: "ended by SIGHUP; temporary files are removed" },
  interrupted: { exit: 130, when: "ended by Ctrl-C (SIGINT); temporary files are removed" },
  terminated: { exit: 143, when: "ended by SIGTERM; temporary files are removed" },
} as const satisfies Record<string, { readonly exit: number; readonly when: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** The part of a {@link BackupError} that survives `postMessage`, which drops custom fields of errors. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly stack: string | null;
}

/**
 * The one error that reaches a user.
 *
 * `message` says what could not be done and why, without a full stop; `hint` says what to do next.
 */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, hint: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }

  toWire(): WireError {
    return { code: this.code, message: this.message, hint: this.hint, stack: stackOf(this) };
  }

  static fromWire(wire: WireError): BackupError {
    const error = new BackupError(wire.code, wire.message, wire.hint);
    if (wire.stack !== null) error.stack = wire.stack;
    return error;
  }
}

function stackOf(error: Error): string | null {
  const cause = error.cause instanceof Error ? `\nCaused by: ${error.cause.stack ?? error.cause.message}` : "";
  return error.stack === undefined ? null : error.stack + cause;
}
