import { Outlet } from "../outlet.ts";
import type { OperationLog } from "./operation_log.ts";

const FIRST_BYTES = 4096;
/** How a log begins. */
const FIRST_RECORD = /^\{"@timestamp":"[^"\n]+","level":"[A-Z]+","message":"[^\n]*"logger":"vpo-backup"/;

const SILENT: OperationLog = { started() {}, event() {}, finished() {}, failed() {} };

/**
 * The log of a run. The code that writes it is loaded only if something is to be written, which is rare.
 *
 * @param readable receives lines for a person, or null for none
 * @param file receives JSON lines, or null for none
 */
export async function operationLog(
  readable: ((text: string) => void) | null,
  file: ((text: string) => void) | null,
): Promise<OperationLog> {
  if (readable === null && file === null) return SILENT;
  const { StructuredLog } = await import("./structured_log.ts");
  return new StructuredLog(readable, file);
}

/**
 * Opens a file for appending JSON lines. A new one is private to its owner, because the lines contain paths; an
 * existing one must be empty or begin with such a line.
 */
export function openLogFile(path: string, isNew: boolean): Outlet {
  const made = isNew ? makeLog(path) : null;
  if (made !== null) return outletOf(made, path);
  const file = Deno.openSync(path, { read: true, append: true });
  try {
    requireLog(file);
  } catch (error) {
    file.close();
    throw error;
  }
  return outletOf(file, path);
}

/** @returns null if another run was faster */
function makeLog(path: string): Deno.FsFile | null {
  try {
    return Deno.openSync(path, { append: true, createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return null;
    throw error;
  }
}

function outletOf(file: Deno.FsFile, path: string): Outlet {
  return new Outlet(`the log "${path}"`, (bytes) => file.writeSync(bytes));
}

/** Checks what was opened, which may not be the file that was examined. */
function requireLog(file: Deno.FsFile): void {
  const { isFile, size } = file.statSync();
  if (!isFile) throw new Error("it is not a regular file");
  if (size === 0) return;
  const bytes = new Uint8Array(FIRST_BYTES);
  const length = file.readSync(bytes) ?? 0;
  if (FIRST_RECORD.test(new TextDecoder().decode(bytes.subarray(0, length)))) return;
  throw new Error("it is not a log of this program");
}
