import { basename, join, relative } from "node:path";
import { lstatIfPresent } from "../identity.ts";
import { isWorkDirectoryName } from "../naming.ts";
import { removeIfPresent } from "../publish.ts";
import { renamersIn } from "../trust.ts";
import { currentUser } from "../user.ts";
import { outputFile } from "../work_directory.ts";
import { isSettingsName } from "./names.ts";

const SUFFIX = ".settings";

/** A directory for settings that a killed run was extracting. */
export interface IncompleteSettings {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** The directory for settings until they are complete. */
export function incompleteSettings(directory: string, work: string): string {
  return outputFile(directory, work, "settings");
}

/**
 * Settings that killed runs did not complete in `directory`: their work directories, which a run keeps until its end,
 * are gone, or are known to be dead. None where others could put a link to somewhere else in the place of a directory.
 *
 * @param dead paths of work directories whose runs are known to be dead
 */
export function findIncomplete(directory: string, dead: readonly string[]): IncompleteSettings[] {
  try {
    return rootsIn(directory, dead).map((path) => ({ path, size: sizeOf(path, path) }));
  } catch {
    // They are gone, or out of reach.
    return [];
  }
}

/**
 * Removes them: regular files of names that settings have, and directories of this user's that are empty then. Whatever
 * else is there stays.
 *
 * @returns paths of those that were removed
 */
export function removeIncomplete(directory: string, dead: readonly string[]): string[] {
  try {
    return rootsIn(directory, dead).filter((root) => {
      removeTree(root, root);
      return lstatIfPresent(root) === null;
    });
  } catch {
    // Another run that cleans up was faster, or a later one may have better luck.
    return [];
  }
}

function rootsIn(directory: string, dead: readonly string[]): string[] {
  if (renamersIn(Deno.realPathSync(directory), currentUser()) !== "nobody") return [];
  return Array.from(Deno.readDirSync(directory), ({ name }) => name)
    .filter((name) => name.endsWith(SUFFIX) && isOwnDirectory(join(directory, name)))
    .map((name) => join(directory, name.slice(0, -SUFFIX.length)))
    .filter((work) => isWorkDirectoryName(basename(work)))
    .filter((work) => dead.includes(work) || lstatIfPresent(work) === null)
    .map((work) => incompleteSettings(directory, work));
}

function removeTree(root: string, directory: string): void {
  for (const { path, isDirectory } of entriesIn(root, directory)) {
    if (isDirectory) removeTree(root, path);
    else removeIfPresent(path);
  }
  try {
    Deno.removeSync(directory);
  } catch {
    // It holds something else.
  }
}

function sizeOf(root: string, directory: string): number {
  return entriesIn(root, directory)
    .reduce((sum, { path, isDirectory, size }) => sum + (isDirectory ? sizeOf(root, path) : size), 0);
}

/** What may be removed there. */
function entriesIn(root: string, directory: string) {
  return Array.from(Deno.readDirSync(directory)).flatMap(({ name }) => {
    const path = join(directory, name);
    const info = lstatIfPresent(path);
    if (info === null || info.uid !== currentUser()) return [];
    const isSetting = info.isFile && isSettingsName(relative(root, path).replaceAll("\\", "/"));
    return info.isDirectory || isSetting ? [{ path, isDirectory: info.isDirectory, size: info.size }] : [];
  });
}

function isOwnDirectory(path: string): boolean {
  const info = lstatIfPresent(path);
  return info?.isDirectory === true && info.uid === currentUser();
}
