import { randomUUID } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { BackupError } from "../errors.ts";
import { writeAll } from "../store/file_bytes.ts";
import { lstatIfPresent } from "../store/identity.ts";
import { readFile } from "../store/open_file.ts";
import { createPrivateFile } from "../store/private_file.ts";
import { publishNew, removeIfPresent, syncDirectory } from "../store/publish.ts";
import { makeDirectories, resolveDirectory } from "./real_paths.ts";

export { NotRegular } from "../store/open_file.ts";

/** What lies here is nothing, and may be named to say so. */
const NOTHING = "/dev/null";

/**
 * Reads a text that a person has written and named.
 *
 * @param maxBytes the longest that is read
 * @throws {NotRegular} where it is a pipe, a device, a directory; nothing is read from one
 * @throws {RangeError} where it is longer
 * @throws {TypeError} where it is not UTF-8
 */
export function readTextFile(path: string, maxBytes: number): string {
  if (Deno.statSync(path).isCharDevice && Deno.realPathSync(path) === NOTHING) return "";
  return new TextDecoder("utf-8", { fatal: true }).decode(readFile(path, maxBytes));
}

/** A file of text that is to be written. */
export interface NewTextFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes files of text into a directory, which is made where it is missing: all of them or none. Each is written under
 * a name of its own first, so that nobody reads half of one. Only their owner can read them.
 *
 * @param action what cannot be done if it fails: "Cannot write the schedule"
 * @param replace whether files are replaced that are there already
 * @returns their paths
 * @throws {BackupError} `usage` where something has one of the names
 */
export function writeTextFiles(
  directory: string,
  files: readonly NewTextFile[],
  action: string,
  replace: boolean,
): string[] {
  const destination = resolveDirectory(directory);
  const paths = files.map(({ name }) => join(destination.directory, name));
  for (const path of paths) requireFree(path, action, replace);
  const removeDirectories = makeDirectories(destination);
  const written: string[] = [];
  const published: string[] = [];
  try {
    for (const [index, { text }] of files.entries()) {
      const temporary = temporaryFor(paths[index] ?? "");
      written.push(temporary);
      writeText(temporary, text);
    }
    for (const [index, path] of paths.entries()) {
      const temporary = written[index] ?? "";
      if (replace) Deno.renameSync(temporary, path);
      else publishNew(temporary, [path]);
      published.push(path);
    }
    written.forEach(removeIfPresent);
    syncDirectory(destination.directory);
    return paths;
  } catch (error) {
    [...written, ...(replace ? [] : published)].forEach(removeIfPresent);
    removeDirectories();
    if (error instanceof Deno.errors.AlreadyExists) throw taken(paths[published.length] ?? "", action);
    throw error;
  }
}

function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
}

function writeText(path: string, text: string): void {
  using file = createPrivateFile(path);
  writeAll(file, new TextEncoder().encode(text));
  file.syncSync();
}

/** A link is replaced itself, and not what it leads to. */
function requireFree(path: string, action: string, replace: boolean): void {
  const info = lstatIfPresent(path);
  if (info === null || replace && !info.isDirectory) return;
  if (!replace) throw taken(path, action);
  throw new BackupError("usage", `${action} to "${path}": it is a directory`, "Name another directory.");
}

function taken(path: string, action: string): BackupError {
  return new BackupError("usage", `${action}: "${path}" is there already`, "Move it away, or replace it with --force.");
}
