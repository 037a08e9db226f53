import type { DatabaseSync } from "node:sqlite";
import { countFiles } from "../../library/content/library_facts.ts";
import { type FileRow, FileWalk, pairFiles } from "../../library/content/media_files.ts";
import { readNewestScan } from "../../library/content/tables.ts";
import type { Job } from "../worker/job.ts";
import type { FileComparison, FileDifference, FileTotal } from "../protocol/mod.ts";

/** An open VPO library that nobody changes meanwhile. */
export interface OpenLibrary {
  readonly database: DatabaseSync;
  /** What to call it in an error. */
  readonly name: string;
  readonly fileCount: number;
}

/**
 * Compares the media files of two libraries; memory does not depend on how many there are.
 *
 * @throws {UnorderedFiles}
 */
export function compareFiles(from: OpenLibrary, to: OpenLibrary, job: Job): FileComparison {
  const total = from.fileCount + to.fileCount;
  let done = 0;
  const advance = (rows: number) => {
    done += rows;
    job.progress(done, total);
  };
  const onlyInFrom = new RunningTotal();
  const onlyInTo = new RunningTotal();
  let changed = 0;
  let unchanged = 0;
  for (const [one, two] of walkBoth(from, to, advance)) {
    if (one === null) onlyInTo.add(two);
    else if (two === null) onlyInFrom.add(one);
    else if (isSame(one, two)) unchanged++;
    else changed++;
  }
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

/**
 * A library whose files can be compared.
 *
 * @param name what to call it in an error
 * @throws {NotALibrary}
 */
export function openLibrary(database: DatabaseSync, name: string): OpenLibrary {
  return { database, name, fileCount: countFiles(database).fileCount };
}

/** The media files that differ between two libraries, in the order of their paths. */
export function* differencesBetween(from: OpenLibrary, to: OpenLibrary, job: Job): Generator<FileDifference> {
  for (const [one, two] of walkBoth(from, to, () => job.throwIfCancelled())) {
    if (one === null || two === null) {
      const path = (one ?? two)?.[0] ?? "";
      yield { path, change: two === null ? "only in from" : "only in to", fields: [] };
    } else if (!isSame(one, two)) {
      yield { path: one[0], change: "changed", fields: changedFields(one, two) };
    }
  }
}

function walkBoth(from: OpenLibrary, to: OpenLibrary, advance: (rows: number) => void) {
  const walk = ({ database, name }: OpenLibrary) => new FileWalk(database, name, advance);
  return pairFiles(walk(from), walk(to));
}

class RunningTotal implements FileTotal {
  count = 0;
  bytes = 0;

  add(file: FileRow | null): void {
    this.count++;
    this.bytes += file?.[1] ?? NaN;
  }
}

function isSame(one: FileRow, two: FileRow): boolean {
  return one[1] === two[1] && one[2] === two[2] && one[3] === two[3] && isMarkedMissing(one) === isMarkedMissing(two);
}

function changedFields(one: FileRow, two: FileRow): FileDifference["fields"] {
  const names = [null, "size", "content", "modified time"] as const;
  const changed: FileDifference["fields"] = names.flatMap((name, index) =>
    name !== null && one[index] !== two[index] ? [name] : []
  );
  if (isMarkedMissing(one) === isMarkedMissing(two)) return changed;
  return [...changed, isMarkedMissing(two) ? "missing" : "found again"];
}

/** Whether VPO did not find a file at its last scan; it keeps what it knew of the file. */
function isMarkedMissing([, , , , isMissing]: FileRow): boolean {
  return isMissing === 1;
}
