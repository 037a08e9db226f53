/**
 * The output file that a run writes in its destination before it has its name. Others may be able to change that
 * directory: no name in it is trusted to be still what it was.
 *
 * @module
 */
import { findOutputLeftovers, type Leftover, removeOutputLeftovers } from "./leftovers.ts";
import { createPrivateFile, openOwn } from "./private_file.ts";
import { publishClaimed, removeIfPresent, syncDirectory } from "./publish.ts";
import { outputFile } from "./work_directory.ts";

/** Permissions of anybody but the owner. */
const OTHERS = 0o077;

/**
 * Makes sure that files can be made in `directory`, and removes those that killed runs have left there.
 *
 * @param dead paths of work directories whose runs are known to be dead
 * @returns the paths of those that were removed
 */
export function prepareOutput(directory: string, work: string, dead: readonly string[]): string[] {
  return withSample(directory, work, (sample) => removeOutputLeftovers(directory, sample, dead));
}

/** Finds what killed runs have left in `directory`; nothing is removed. */
export function findOutput(directory: string, work: string, dead: readonly string[]): Leftover[] {
  return withSample(directory, work, (sample) => findOutputLeftovers(directory, sample, dead));
}

/**
 * Whether a file can be private to its owner there: network shares and camera cards keep no modes. Windows uses access
 * lists, which say nothing here.
 */
export function keepsPrivate(directory: string, work: string): boolean {
  const isPrivate = (path: string) => ((Deno.lstatSync(path).mode ?? 0) & OTHERS) === 0;
  return Deno.build.os === "windows" || withSample(directory, work, isPrivate);
}

function withSample<T>(directory: string, work: string, act: (sample: string) => T): T {
  const sample = outputFile(directory, work, "trial");
  createPrivateFile(sample).close();
  try {
    return act(sample);
  } finally {
    removeIfPresent(sample);
  }
}

/** What a trial found that is not a failure. */
export interface Tried {
  /** How the file system refuses to sync names in a directory; null where it does not. */
  readonly unsynced: string | null;
}

/** Does everything that a run does in its destination, with a small file, which is removed. */
export function tryPublishing(directory: string, work: string): Tried {
  const [temporary, named] = [outputFile(directory, work), outputFile(directory, work, "trial")];
  try {
    {
      using file = createPrivateFile(temporary);
      file.writeSync(new Uint8Array(1));
      file.syncSync();
    }
    openOwn(temporary).close();
    const { unsynced } = publishClaimed(temporary, [named]);
    return { unsynced };
  } finally {
    removeIfPresent(temporary);
    removeIfPresent(named);
    syncDirectory(directory);
  }
}
