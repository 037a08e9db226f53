/**
 * What tells the file at `path` from every other one: device and inode. A symbolic link is not followed.
 *
 * @returns null where there is no file, or where the system does not tell
 */
export function identityOf(path: string): string | null {
  try {
    const { dev, ino } = Deno.lstatSync(path);
    return ino === null || ino === 0 ? null : `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Whether both paths name one and the same file; false where the system does not tell. */
export function isSameFile(path: string, other: string): boolean {
  const identity = identityOf(path);
  return identity !== null && identity === identityOf(other);
}
