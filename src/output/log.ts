import { Outlet } from "./outlet.ts";
import type { OperationLog } from "./operation_log.ts";

const SILENT: OperationLog = { started() {}, event() {}, finished() {}, failed() {} };

/**
 * The log of a run. What writes it is loaded only where something is to be written, which most runs do not ask for.
 *
 * @param readable takes lines for a person, or null for none
 * @param file takes JSON lines, or null for none
 */
export async function operationLog(
  readable: ((text: string) => void) | null,
  file: ((text: string) => void) | null,
): Promise<OperationLog> {
  if (readable === null && file === null) return SILENT;
  const { StructuredLog } = await import("./structured_log.ts");
  return new StructuredLog(readable, file);
}

/** Opens a file for JSON lines, at its end; it is made for its owner only, because the lines hold paths. */
export function openLogFile(path: string): Outlet {
  const file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  // Windows opens a directory, too, and refuses only what is written.
  if (file.statSync().isDirectory) {
    file.close();
    throw new Deno.errors.IsADirectory("it is a directory");
  }
  return new Outlet(`the log "${path}"`, (bytes) => file.writeSync(bytes));
}
