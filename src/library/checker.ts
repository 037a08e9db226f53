import { JobPort } from "../ports.ts";
import { lookTwice, openOwnDatabase } from "./sqlite.ts";
import { type CheckKind, checkStructure, type Findings } from "./structure.ts";

/** One of SQLite's checks of a database file. */
export interface CheckJob {
  readonly path: string;
  readonly kind: CheckKind;
}

/** What a check found, or the error that it ended with, as plain data. */
export type CheckReply =
  | { readonly findings: Findings }
  | { readonly message: string; readonly code: string | null };

/** Runs checks. */
export interface Checker {
  /** Whether the calling thread is free meanwhile. */
  readonly isBeside: boolean;
  /** Runs a check; rejects with SQLite's error where it cannot be run. */
  findings(job: CheckJob): Promise<Findings>;
}

/** Runs checks in the calling thread. */
export const LOCAL_CHECKER: Checker = {
  isBeside: false,
  findings: (job) => Promise.resolve().then(() => runCheck(job)),
};

/**
 * A check worker at the other end of a port. There is never more than one: two of SQLite's checks in one process
 * contend so much that together they take longer than one after the other (measured: 2.5 s instead of 1.8 s).
 */
export class CheckWorker implements Checker {
  readonly isBeside = true;
  readonly #port: JobPort<CheckJob, CheckReply>;

  constructor(port: MessagePort) {
    this.#port = new JobPort(port);
  }

  async findings(job: CheckJob): Promise<Findings> {
    return findingsOf(await this.#port.ask(job));
  }
}

function findingsOf(reply: CheckReply): Findings {
  if ("findings" in reply) return reply.findings;
  throw Object.assign(new Error(reply.message), reply.code === null ? {} : { code: reply.code });
}

/** The reply to a job, for the worker that runs it. */
export function answerCheck(job: CheckJob): CheckReply {
  try {
    return { findings: runCheck(job) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : null;
    return { message: error instanceof Error ? error.message : String(error), code };
  }
}

function runCheck(job: CheckJob): Findings {
  return lookTwice(() => checkOnce(job));
}

function checkOnce({ path, kind }: CheckJob): Findings {
  const database = openOwnDatabase(path);
  try {
    return checkStructure(database, kind);
  } finally {
    database.close();
  }
}
