import { dirname } from "node:path";

/** Archives smaller than this are checked faster than a worker starts, in bytes. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** As many as are quickly checked again if one of them does harm. */
const MAX_IN_BATCH = 32;

/** An archive to check. */
export interface Subject {
  /** The path as reported. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** Large archives alone, small ones of one directory together: starting a worker takes longer than checking one. */
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
