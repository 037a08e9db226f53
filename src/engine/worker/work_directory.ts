import { BackupError } from "../../errors.ts";
import { removeLeftovers, WorkDirectory } from "../../store/work_directory.ts";
import { explain, type Task } from "./explain_error.ts";
import { beginStep, type Host } from "./host.ts";

/**
 * Makes the work directory of a run in `parent`, after removing what killed runs left there.
 *
 * The main thread is told before it exists, so that it can remove it when this thread cannot.
 */
export function makeTemporary(parent: string, host: Host): Temporary {
  const removed = removeLeftovers(parent);
  if (removed.length > 0) beginStep(host, "clean up", { removed: removed.join(", ") });
  const path = WorkDirectory.newPath(parent);
  host.report({ kind: "temporary", path, exists: true });
  return new Temporary(WorkDirectory.create(path), host);
}

/**
 * Runs `work` with a work directory in `task.directory`, which is removed after it.
 *
 * Errors are explained before that: a disk that was full has room again afterwards.
 *
 * @param otherWays for a run that only looks at something: what can be done where the directory cannot be written
 */
export async function withTemporary<T>(
  task: Task,
  host: Host,
  work: (temporary: Temporary) => Promise<T>,
  otherWays: string | null = null,
): Promise<T> {
  using temporary = otherWays === null ? makeTemporary(task.directory, host) : makeRoom(task, host, otherWays);
  try {
    return await work(temporary);
  } catch (error) {
    throw explain(error, task);
  }
}

function makeRoom({ action, directory }: Task, host: Host, otherWays: string): Temporary {
  try {
    return makeTemporary(directory, host);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.PermissionDenied) && !isReadOnly(cause)) throw cause;
    const message = `${action}: nothing can be written in "${directory}", where a library would be unpacked`;
    throw new BackupError("operation_failed", message, otherWays, { cause });
  }
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EROFS";
}

export class Temporary implements Disposable {
  readonly #directory: WorkDirectory;
  readonly #host: Host;

  constructor(directory: WorkDirectory, host: Host) {
    this.#directory = directory;
    this.#host = host;
  }

  /** Path of a file in the directory. */
  file(name: string): string {
    return this.#directory.file(name);
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
    this.#host.report({ kind: "temporary", path: this.#directory.path, exists: false });
  }
}
