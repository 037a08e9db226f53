import type { BackupError } from "../../errors.ts";
import { type WorkFiles, workFilesIn } from "../../store/work_directory.ts";
import type { Facts, Step } from "../protocol/mod.ts";
import { explain, type Task } from "./explain_error.ts";
import type { Host } from "./host.ts";

/** What a verb does and what it works on, for its error messages. */
export interface Purpose {
  /** "Cannot back up the library". */
  readonly action: string;
  /** Path of the library that is opened; absent or null where only our own copies are. */
  readonly library?: string | null;
  /** Path of the one archive that is read. */
  readonly archive?: string;
  /** Directory that is written to; the work directory where it is absent. */
  readonly directory?: string;
}

/** The context of a run: what is done, on what, and the host that it reports to. */
export class Job implements Task {
  readonly host: Host;
  readonly action: string;
  readonly library: string | null;
  readonly archive: string | null;
  readonly directory: string | null;

  constructor(host: Host, { action, library = null, archive, directory }: Purpose) {
    this.host = host;
    this.action = action;
    this.library = library;
    this.archive = archive ?? null;
    this.directory = directory ?? host.prepared.work;
  }

  /** The same run, for another part of what it works on, and for another action if one is given. */
  about({ action = this.action, ...place }: Partial<Purpose>): Job {
    return new Job(this.host, { action, ...place });
  }

  /** Reports that a step begins, with facts worth logging. */
  step(step: Step, facts: Facts = {}): void {
    this.throwIfCancelled();
    this.host.report({ kind: "step", step, facts });
  }

  /** Reports how far the step has come, in bytes, pages, rows or archives. */
  progress(done: number, total: number): void {
    this.throwIfCancelled();
    this.host.report({ kind: "progress", done, total });
  }

  /** Turns whatever went wrong into the error that the user sees. */
  explain(error: unknown): BackupError {
    return explain(error, this);
  }

  warn(message: string): void {
    this.host.report({ kind: "warning", message });
  }

  /** @throws {BackupError} `interrupted`, when the user has asked to stop */
  throwIfCancelled(): void {
    this.host.throwIfCancelled();
  }

  /** The files of the run's work directory, which the main thread made and removes. */
  get files(): WorkFiles {
    const { work } = this.host.prepared;
    if (work === null) throw new Error("this request has no work directory");
    return workFilesIn(work);
  }
}
