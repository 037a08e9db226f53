/** Windows' errors for a name that no file can have: ERROR_INVALID_NAME and ERROR_BAD_PATHNAME. */
const IMPOSSIBLE_NAME = /\(os error (123|161)\)/;

/** Whether an error says that there is nothing of that name; Windows says it otherwise of a name that nothing can have. */
export function isAbsence(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return true;
  return Deno.build.os === "windows" && error instanceof Error && IMPOSSIBLE_NAME.test(error.message);
}

/** What stands at `path`, a dangling symbolic link included; null where nothing does. */
export function lstatIfPresent(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/**
 * What tells the file at `path` from every other one: device and inode. A symbolic link is not followed.
 *
 * @returns null where there is no file, or where the system does not tell
 */
export function identityOf(path: string): string | null {
  const info = lstatIfPresent(path);
  return info === null ? null : identityFrom(info);
}

/**
 * The same from what the system says of a file. On Windows a file's number can be too large for JavaScript, which would
 * round it to that of another file: then nothing is told.
 */
export function identityFrom({ dev, ino }: Pick<Deno.FileInfo, "dev" | "ino">): string | null {
  return ino === 0 || !Number.isSafeInteger(ino) ? null : `${dev}:${ino}`;
}

/** Whether both paths are on one file system; null where that cannot be told. */
export function areOnOneFileSystem(path: string, other: string): boolean | null {
  try {
    return Deno.statSync(path).dev === Deno.statSync(other).dev;
  } catch {
    return null;
  }
}

/** Whether both paths name one and the same file; false where the system does not tell. */
export function isSameFile(path: string, other: string): boolean {
  const identity = identityOf(path);
  return identity !== null && identity === identityOf(other);
}
