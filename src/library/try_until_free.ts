import { sqliteFailure } from "./sqlite.ts";

/** The pause between two attempts: this part of the time waited so far, within these limits in milliseconds. */
const PAUSED_PART = 1 / 50;
const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 2000;

/**
 * Opens a database until that succeeds or `waitSeconds` are over. If SQLite itself waited for the first lock, it would
 * then find what somebody has put beside the database since the program looked there.
 *
 * @param open opens the database and takes the first lock without waiting; it is told how many seconds are left
 * @throws an error of kind "busy"
 */
export function tryUntilFree<T>(waitSeconds: number, open: (secondsLeft: number) => T): T {
  const began = performance.now();
  for (;;) {
    const waited = performance.now() - began;
    const left = waitSeconds * 1000 - waited;
    try {
      return open(Math.max(0, left) / 1000);
    } catch (error) {
      if (sqliteFailure(error) !== "busy" || performance.now() - began >= waitSeconds * 1000) throw error;
    }
    sleep(Math.min(Math.max(waited * PAUSED_PART, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS, Math.max(0, left)));
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, milliseconds);
}
