import { dirname } from "node:path";
import { openDatabase } from "../../library/sqlite.ts";
import { copyFile } from "../../store/file_bytes.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { linkFile, syncFile } from "../../store/publish.ts";
import { requireSpace } from "../../store/space.ts";
import type { Job } from "../worker/job.ts";
import type { LibraryDisk } from "./library_disk.ts";
import { LOGS } from "./set_aside.ts";

/** A set-aside library with all that was committed to it, in the work directory. */
export interface WholeLibrary {
  readonly checked: string;
  /** Whether it is a copy of the set-aside library, rather than a second name for it. */
  readonly isCopy: boolean;
}

/**
 * Gives a set-aside library a second name in the work directory, because SQLite leaves its side files beside what it
 * reads. It is copied where there are no hard links, and where it was set aside with a log, which is merged into the
 * copy.
 *
 * @param checked a free path in the work directory
 */
export function makeWhole(source: string, checked: string, { hasLinks }: LibraryDisk, job: Job): WholeLibrary {
  const logs = LOGS.filter((suffix) => sizeOf(source + suffix) > 0);
  if (logs.length === 0 && hasLinks && linkFile(source, checked)) return { checked, isCopy: false };
  const parts = ["", ...logs];
  const size = parts.reduce((sum, suffix) => sum + sizeOf(source + suffix), 0);
  // The log is merged into the copy while the original log is still there.
  requireSpace(dirname(source), size + sizeOf(source + "-wal"), job.action);
  for (const suffix of parts) copyFile(source + suffix, checked + suffix);
  if (logs.length > 0) bringLogsIn(checked);
  return { checked, isCopy: logs.length > 0 };
}

function bringLogsIn(path: string): void {
  const database = openDatabase(path, { readOnly: false, waitSeconds: 0 });
  try {
    database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  } finally {
    database.close();
  }
  syncFile(path);
}

function sizeOf(path: string): number {
  return lstatIfPresent(path)?.size ?? 0;
}
