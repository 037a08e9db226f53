/** A disk that has to wake up takes longer, and a second attempt does it no harm, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Opens an archive that somebody else may have put there, to read it. Who opens a pipe waits for its other end, for
 * ever: where one is put in the place of a file that was just looked at, this does not.
 *
 * @throws {Error} where it is not a regular file
 */
export async function openArchive(path: string): Promise<Deno.FsFile> {
  const attempts: Promise<Deno.FsFile>[] = [];
  let opened: Deno.FsFile | null = null;
  try {
    while (opened === null) {
      // What waits for a pipe cannot be broken off; by now the name may be that of a file again.
      requireFile(Deno.statSync(path));
      attempts.push(Deno.open(path));
      opened = await firstOf(attempts);
    }
    requireFile(opened.statSync());
    return opened;
  } catch (error) {
    opened?.close();
    throw error;
  } finally {
    for (const attempt of attempts) attempt.then((file) => file === opened || file.close(), () => {});
  }
}

/** @returns null where none of them comes to an end for a while */
async function firstOf(attempts: readonly Promise<Deno.FsFile>[]): Promise<Deno.FsFile | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), PATIENCE_MS));
  try {
    return await Promise.race([...attempts, patience]);
  } finally {
    clearTimeout(timer);
  }
}

function requireFile({ isFile }: Deno.FileInfo): void {
  if (!isFile) throw new Error("it is not a regular file");
}
