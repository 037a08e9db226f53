import { fstatSync } from "node:fs";
import { SENDING } from "../cli/io.ts";
import { BackupError } from "../errors.ts";

const STDOUT = 1;
const NOWHERE = "/dev/null";
const OTHERS_READ = 0o044;
const CHUNK_BYTES = 256 * 1024;
/** Time between attempts while a pipe is full, in milliseconds. */
const RETRY_MS = 5;

/**
 * The next bytes of standard input, or null at its end.
 *
 * @throws {BackupError} `operation_failed`
 */
export async function readInput(): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(CHUNK_BYTES);
  try {
    const length = await Deno.stdin.read(bytes);
    return length === null ? null : bytes.subarray(0, length);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError("operation_failed", `Cannot read standard input: ${why}`, null, { cause });
  }
}

/** Whether standard output is a file that other users can read. */
export function isOutputShared(): boolean {
  // Windows has no modes, and stat fails for some outputs, such as NUL.
  if (Deno.build.os === "windows") return false;
  const info = fstatSync(STDOUT);
  return info.isFile() && (info.mode & OTHERS_READ) !== 0;
}

/**
 * Writes all of a file to standard output.
 *
 * @throws {BackupError} `operation_failed` where it leads nowhere, or its reader has gone
 * @throws what the system says where it cannot take all of it
 */
export async function sendFile(path: string): Promise<void> {
  if (leadsNowhere()) {
    const hint = "Pipe it into a program, or redirect it to a file.";
    throw new BackupError("operation_failed", `${SENDING}: it is closed, or ${NOWHERE}`, hint);
  }
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const length = file.readSync(buffer);
    if (length === null) return;
    await writeAll(buffer.subarray(0, length));
  }
}

/** Whether output is lost: a program started without standard output gets the null device, which takes everything. */
function leadsNowhere(): boolean {
  try {
    const { rdev } = Deno.statSync(NOWHERE);
    const own = fstatSync(STDOUT);
    return own.isCharacterDevice() && own.rdev === rdev;
  } catch {
    // There is no such device, or the sandbox hides it.
    return false;
  }
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    try {
      at += await Deno.stdout.write(bytes.subarray(at));
    } catch (cause) {
      // A pipe that another program has made non-blocking.
      if (!(cause instanceof Deno.errors.WouldBlock)) throw whyUnsent(cause);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function whyUnsent(cause: unknown): unknown {
  if (!(cause instanceof Deno.errors.BrokenPipe)) return cause;
  const hint = "What is at the far end is not the whole archive: throw it away.";
  return new BackupError("operation_failed", `${SENDING}: its reader has gone`, hint, { cause });
}
