import { dirname } from "node:path";

/** Archives smaller than this are checked faster than a worker starts, in bytes. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** As many are soon checked, and not too many anew where one of them does harm. */
const MAX_IN_BATCH = 32;

/** An archive to check. */
export interface Subject {
  /** As it is reported. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** Large archives by themselves, small ones of one directory together: to start a worker takes longer than to check one. */
export function batchesOf(subjects: readonly Subject[]): Subject[][] {
  const batches: Subject[][] = [];
  const open = new Map<string, Subject[]>();
  for (const subject of subjects) {
    const directory = dirname(subject.path);
    const batch = subject.size < SMALL_BYTES ? open.get(directory) : undefined;
    if (batch !== undefined && batch.length < MAX_IN_BATCH) {
      batch.push(subject);
      continue;
    }
    const begun = [subject];
    batches.push(begun);
    if (subject.size < SMALL_BYTES) open.set(directory, begun);
  }
  return batches;
}
