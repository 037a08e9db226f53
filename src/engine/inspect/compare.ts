import type { DatabaseSync } from "node:sqlite";
import { BackupError } from "../../errors.ts";
import { countFiles, NotALibrary } from "../../library/library_facts.ts";
import { type FileRow, FileWalk, pairFiles } from "../../library/media_files.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { openDatabase } from "../../library/sqlite.ts";
import { readNewestScan } from "../../library/tables.ts";
import { explain, type Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { endlessLibrary, limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { FileComparison, FileDifference, FileTotal, NoComparison } from "../protocol/mod.ts";

/** A VPO library that is open, and that nobody changes meanwhile. */
export interface OpenLibrary {
  readonly database: DatabaseSync;
  /** What to call it in an error. */
  readonly name: string;
  readonly fileCount: number;
}

/**
 * Compares the media files of two libraries; memory does not depend on how many there are.
 *
 * @param differs is told of each file that is not the same
 * @throws {UnorderedFiles}
 */
export function compareFiles(
  from: OpenLibrary,
  to: OpenLibrary,
  host: Host,
  differs: (difference: FileDifference) => void = () => {},
): FileComparison {
  const total = from.fileCount + to.fileCount;
  let done = 0;
  const advance = (rows: number) => {
    host.throwIfCancelled();
    done += rows;
    host.report({ kind: "progress", done, total });
  };
  const walk = ({ database, name }: OpenLibrary) => new FileWalk(database, name, advance);
  const onlyInFrom = new RunningTotal();
  const onlyInTo = new RunningTotal();
  let changed = 0;
  let unchanged = 0;
  pairFiles(walk(from), walk(to), (one, two) => {
    if (one === null || two === null) {
      const file = one ?? two;
      if (file === null) return;
      (two === null ? onlyInFrom : onlyInTo).add(file);
      return differs({ path: file[0], change: two === null ? "only in from" : "only in to", fields: [] });
    }
    if (isSame(one, two)) return void unchanged++;
    changed++;
    differs({ path: one[0], change: "changed", fields: changedFields(one, two) });
  });
  return {
    kind: "files",
    onlyInFrom,
    onlyInTo,
    changed,
    unchanged,
    newestScanFrom: readNewestScan(from.database),
    newestScanTo: readNewestScan(to.database),
  };
}

const UNCOMPARED = "Replace it without comparing with --yes, or move it to another place and try again.";

/** What decides whether a preview is wanted, and where the library is. */
interface Previewed {
  readonly library: string;
  readonly waitSeconds: number;
  readonly dryRun: boolean;
  readonly confirm: boolean;
}

/**
 * How the library in place would change if `candidate` replaced it. It never fails: a library that cannot be compared is
 * no reason not to replace it.
 *
 * @param candidate path of a checked database that nobody else uses
 * @returns null where nobody is told, which saves the time
 */
export function previewReplacement(
  { library, waitSeconds, dryRun, confirm }: Previewed,
  candidate: string,
  host: Host,
): FileComparison | NoComparison | null {
  if (!dryRun && !confirm) return null;
  beginStep(host, "compare", { library });
  const task = { action: "Cannot compare", library, directory: "" };
  try {
    const size = sizeWithLog(library) + Deno.statSync(candidate).size;
    const { code, message } = endlessLibrary(task);
    using _limit = limitLook(host, size, new BackupError(code, message, UNCOMPARED), waitSeconds);
    using snapshot = Snapshot.pin(library, waitSeconds);
    const inPlace = snapshot.read((database) => openLibrary(database, library));
    return compareWith(inPlace, candidate, host);
  } catch (error) {
    host.throwIfCancelled();
    return { kind: "none", why: whyNot(error, task) };
  }
}

function compareWith(inPlace: OpenLibrary, candidate: string, host: Host): FileComparison | NoComparison {
  const database = openDatabase(candidate, { readOnly: true, waitSeconds: 0 });
  try {
    return compareFiles(inPlace, openLibrary(database, "the backup"), host);
  } catch (error) {
    if (error instanceof NotALibrary) return { kind: "none", why: "the backup is of another database" };
    throw error;
  } finally {
    database.close();
  }
}

/** @throws {NotALibrary} */
function openLibrary(database: DatabaseSync, name: string): OpenLibrary {
  return { database, name, fileCount: countFiles(database).fileCount };
}

function whyNot(error: unknown, task: Task): string {
  if (error instanceof Deno.errors.NotFound) return `there is no library at "${task.library}"`;
  return explain(error, task).message.replace(`${task.action}: `, "");
}

class RunningTotal implements FileTotal {
  count = 0;
  bytes = 0;

  add([, size]: FileRow): void {
    this.count++;
    this.bytes += size ?? NaN;
  }
}

function isSame(one: FileRow, two: FileRow): boolean {
  return one[1] === two[1] && one[2] === two[2] && one[3] === two[3];
}

function changedFields(one: FileRow, two: FileRow): FileDifference["fields"] {
  const names = [null, "size", "content", "modified time"] as const;
  return names.flatMap((name, index) => name !== null && one[index] !== two[index] ? [name] : []);
}
