import { BackupError } from "../../errors.ts";
import type { Job } from "./job.ts";

/**
 * CPU time that examining a database may take, in seconds: some, and more for each MiB of it and of its log.
 *
 * Measured on one core of 2024, with everything in memory: a quick check takes 3 ms per MiB, a full one 15 ms. A
 * computer fifty times slower still gets through. A database of a few KB can be crafted so that examining it never
 * ends.
 */
const COMPUTING_SECONDS = 10;
const COMPUTING_SECONDS_PER_MIB = 2;
const MIB = 1024 * 1024;

const ELSEWHERE = "If its disk is healthy, move it away and try again; a restore needs no library in place.";

/** How long a disk may stall, in seconds: a network outage is over by then. */
const QUIET_SECONDS = 600;

/**
 * Ends the run if taking the library's lock, which SQLite itself waits for, or reading the log behind it takes
 * impossibly long.
 */
export function limitLock(job: Job, waitSeconds: number): Disposable {
  return limitLook(job, sizeWithLog(job.library ?? ""), { waitSeconds });
}

/**
 * Ends the run if examining its library takes impossibly long, until this is disposed of or another step begins: that
 * nobody can finish examining it is no proof of damage.
 *
 * @param bytes size of what is examined
 * @param waitSeconds time that it may wait for a lock, on top of that
 * @param hint what to do then
 */
export function limitLook(
  job: Job,
  bytes: number,
  { waitSeconds = 0, hint = ELSEWHERE }: { readonly waitSeconds?: number; readonly hint?: string } = {},
): Disposable {
  const message = `${job.action}: looking at "${job.library ?? job.archive}" took too long`;
  return limitStep(job, bytes, new BackupError("operation_failed", message, hint), waitSeconds);
}

/**
 * Ends the run with `refusal` if examining a database of `bytes` takes impossibly long, until this is disposed of or
 * another step begins.
 *
 * @param waitSeconds time that the look may have to wait for a lock, on top of that
 */
export function limitStep(
  { host }: Job,
  bytes: number,
  refusal: BackupError,
  waitSeconds = 0,
): Disposable {
  host.limitStep({
    computingSeconds: computingSecondsFor(bytes),
    quietSeconds: QUIET_SECONDS + waitSeconds,
    refusal: refusal.toWire(),
  });
  return { [Symbol.dispose]: () => host.limitStep(null) };
}

/** CPU time that examining a database of so many bytes may take, in seconds. */
export function computingSecondsFor(bytes: number): number {
  return COMPUTING_SECONDS + COMPUTING_SECONDS_PER_MIB * bytes / MIB;
}

/** Size of a library with its write-ahead log, which is read like the library; 0 where there is none. */
export function sizeWithLog(library: string): number {
  return sizeOf(library) + sizeOf(`${library}-wal`);
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    // What exists but cannot be examined is reported when it is opened.
    return 0;
  }
}
