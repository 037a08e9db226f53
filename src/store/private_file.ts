/** Mode of a file that only its owner can read. */
export const PRIVATE_FILE = 0o600;

/**
 * Makes an empty file that only its owner can read; never follows or reuses what stands at `path`.
 *
 * @throws {Deno.errors.AlreadyExists}
 */
export function createPrivateFile(path: string): Deno.FsFile {
  return Deno.openSync(path, { read: true, write: true, createNew: true, mode: PRIVATE_FILE });
}
