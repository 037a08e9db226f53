import type { DatabaseSync } from "node:sqlite";
import { JobPort } from "../ports.ts";
import { openDatabase } from "./sqlite.ts";

/** One of SQLite's checks of a database file. */
export interface CheckJob {
  readonly path: string;
  /** `quick_check(5)`, `integrity_check('files')`. */
  readonly pragma: string;
}

/** What a check found, nothing where all is well; or the error that it ended with, as plain data. */
export type CheckReply =
  | { readonly findings: readonly string[] }
  | { readonly message: string; readonly code: string | null };

/** Runs checks, several at a time where there are threads for it. */
export interface Checker {
  /** How many at a time beside the calling thread; 0 where it does them itself. */
  readonly threads: number;
  /** What the checks found, all together; rejects with SQLite's error where a check cannot be made. */
  findings(jobs: readonly CheckJob[]): Promise<readonly string[]>;
}

/** Runs them in the calling thread. */
export const LOCAL_CHECKER: Checker = {
  threads: 0,
  findings: (jobs) => Promise.resolve().then(() => jobs.flatMap(runCheck)),
};

/** Check workers, each at the other end of a port; each takes the next check when it is done with one. */
export class CheckPool implements Checker {
  readonly #ports: readonly JobPort<CheckJob, CheckReply>[];

  constructor(ports: readonly MessagePort[]) {
    this.#ports = ports.map((port) => new JobPort(port));
  }

  get threads(): number {
    return this.#ports.length;
  }

  async findings(jobs: readonly CheckJob[]): Promise<readonly string[]> {
    const queue = jobs.values();
    const found: string[] = [];
    await Promise.all(this.#ports.map(async (port) => {
      for (const job of queue) found.push(...findingsOf(await port.ask(job)));
    }));
    return found;
  }
}

function findingsOf(reply: CheckReply): readonly string[] {
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

function runCheck({ path, pragma }: CheckJob): string[] {
  const database = openDatabase(path, { readOnly: true, waitSeconds: 0 });
  try {
    return findingsIn(database, pragma);
  } finally {
    database.close();
  }
}

/** What a check finds in an open database, which others may be using. */
export function findingsIn(database: DatabaseSync, pragma: string): string[] {
  const found = database.prepare(`PRAGMA ${pragma}`).all().map((row) => String(Object.values(row)[0]));
  return found.length === 1 && found[0] === "ok" ? [] : found;
}
