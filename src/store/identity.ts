/** Windows' errors for a name that no file can have: ERROR_INVALID_NAME and ERROR_BAD_PATHNAME. */
const IMPOSSIBLE_NAME = /\(os error (123|161)\)/;

/** Whether an error says that there is nothing of that name; for an impossible name Windows says it differently. */
export function isAbsence(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return true;
  return Deno.build.os === "windows" && error instanceof Error && IMPOSSIBLE_NAME.test(error.message);
}

/** What exists at `path`, even a dangling symbolic link; null where nothing does. */
export function lstatIfPresent(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/**
 * The identity of the file at `path`: device and inode. A symbolic link is not followed.
 *
 * @returns null where there is no file, or where the system does not tell
 */
export function identityOf(path: string): string | null {
  const info = lstatIfPresent(path);
  return info === null ? null : identityFrom(info);
}

/**
 * The identity from what the system says of a file. On Windows an inode can be too large for JavaScript, which would
 * round it to that of another file: then it is null.
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

/**
 * Whether two paths are names of one and the same file or directory; false where the system does not tell.
 *
 * Some file systems give files numbers that are not theirs alone, so a file that has only one name is not the same as
 * that of another name.
 */
export function isSameFile(path: string, other: string): boolean {
  const [one, two] = [lstatIfPresent(path), lstatIfPresent(other)];
  if (one === null || two === null) return false;
  const identity = identityFrom(one);
  if (identity === null || identity !== identityFrom(two)) return false;
  // The numbers of Windows are to be trusted, and Deno does not count names there.
  return !one.isFile || path === other || (one.nlink ?? 2) > 1;
}
