import { type WorkFiles, workFilesIn } from "../../store/work_directory.ts";
import { explain, type Task } from "./explain_error.ts";
import type { Host } from "./host.ts";

/**
 * Runs `work` with the files of the run's work directory, which the main thread made and removes.
 *
 * Errors are explained before that: a disk that was full has room again afterwards.
 */
export async function inWorkDirectory<T>(
  task: Task,
  host: Host,
  work: (files: WorkFiles) => Promise<T>,
): Promise<T> {
  try {
    return await work(workFiles(host));
  } catch (error) {
    throw explain(error, task);
  }
}

/** The files of the run's work directory. */
export function workFiles({ prepared }: Host): WorkFiles {
  if (prepared.work === null) throw new Error("this request has no work directory");
  return workFilesIn(prepared.work);
}
