import { identityFrom, lstatIfPresent } from "./identity.ts";

/** Mode of a file that only its owner can read. */
export const PRIVATE_FILE = 0o600;

/**
 * Makes an empty file that only its owner can read; never follows or reuses what exists at `path`.
 *
 * @throws {Deno.errors.AlreadyExists}
 */
export function createPrivateFile(path: string): Deno.FsFile {
  return Deno.openSync(path, { read: true, write: true, createNew: true, mode: PRIVATE_FILE });
}

/**
 * Opens a file that this run has made, for reading. Neither a link is followed nor a pipe waited for.
 *
 * @param identity its identity when it was made; null where the system did not tell
 */
export function openOwn(path: string, identity: string | null = null): Deno.FsFile {
  requireFile(lstatIfPresent(path), path);
  // Opening a pipe for both reading and writing does not wait for its other end.
  const file = Deno.openSync(path, { read: true, write: true });
  try {
    const info = file.statSync();
    requireFile(info, path);
    const found = identityFrom(info);
    if (identity !== null && found !== null && identity !== found) throw new Error(`"${path}" is another file by now`);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function requireFile(info: Deno.FileInfo | null, path: string): void {
  if (info?.isFile !== true) throw new Error(`"${path}" is not a regular file any more`);
}
