import type { DatabaseSync } from "node:sqlite";
import { FileWalk, hasColumn, MAX_PATH_BYTES } from "./media_files.ts";

/** Entries in each list; the rest is only totaled. */
const LISTED = 10;
/** More kinds of files than anybody has; a hostile database may have any number. */
const MAX_EXTENSIONS = 1000;
const MAX_EXTENSION_LENGTH = 16;

/** Some of a library's media files, grouped under a name. */
export interface FileShare {
  readonly name: string;
  readonly files: number;
  /** In bytes; not finite where the size of one of the files is not a number. */
  readonly size: number;
}

/** The largest of some shares, the largest first, and how many others there are. */
export interface Shares {
  readonly largest: readonly FileShare[];
  readonly others: FileShare & { readonly count: number };
}

/** The media files of a library, by location and by kind. */
export interface MediaSummary {
  /** The directory that contains all files; empty where there is none. */
  readonly root: string;
  /** The directories right in the root; `.` stands for files that are in none of them. */
  readonly directories: Shares;
  /**
   * As VPO names them, such as `matroska,webm`; empty where it knows none. For a table without containers: the
   * lower-case extensions of the names, without the dot.
   */
  readonly containers: Shares;
  /** Files that VPO did not find at its last scan. */
  readonly missing: Omit<FileShare, "name">;
}

/**
 * Summarizes the files of a library; memory does not depend on their number.
 *
 * @param advance see {@link FileWalk}
 * @throws {UnorderedFiles}
 */
export function summarizeMedia(database: DatabaseSync, name: string, advance: (rows: number) => void): MediaSummary {
  const root = commonDirectory(database);
  const separator = separatorOf(root);
  const directories = new LargestShares();
  const containers = new Map([["", new RunningShare("")]]);
  const hasContainers = hasColumn(database, "container_format");
  const missing = new RunningShare("missing");
  const own = new RunningShare(".");
  let current = own;
  const walk = new FileWalk(database, name, advance);
  for (let row = walk.next(); row !== null; row = walk.next()) {
    const [path, size, , , isMissing, container] = row;
    const end = path.indexOf(separator, root.length);
    if (end === -1) {
      own.add(size);
    } else {
      // In path order, the files of a directory are adjacent.
      const directory = path.slice(root.length, end);
      if (current === own || current.name !== directory) {
        if (current !== own) directories.add(current);
        current = new RunningShare(directory);
      }
      current.add(size);
    }
    shareOf(containers, hasContainers ? containerName(container) : extensionOf(path, separator)).add(size);
    if (isMissing === 1) missing.add(size);
  }
  for (const share of current === own ? [own] : [current, own]) directories.add(share);
  const largest = new LargestShares();
  for (const share of containers.values()) largest.add(share);
  const { files, size } = missing;
  return { root, directories: directories.shares(), containers: largest.shares(), missing: { files, size } };
}

/** Whatever the first and the last path share, all share. */
function commonDirectory(database: DatabaseSync): string {
  const row = database.prepare(`
    SELECT substr(min(path), 1, ${MAX_PATH_BYTES}) AS first, substr(max(path), 1, ${MAX_PATH_BYTES}) AS last FROM files`)
    .get();
  const [first, last] = [String(row?.["first"] ?? ""), String(row?.["last"] ?? "")];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  const separator = separatorOf(first);
  return first.slice(0, first.slice(0, length).lastIndexOf(separator) + 1);
}

function separatorOf(path: string): string {
  return path.includes("\\") && !path.includes("/") ? "\\" : "/";
}

function containerName(container: unknown): string {
  return typeof container === "string" ? container : "";
}

function extensionOf(path: string, separator: string): string {
  const name = path.slice(path.lastIndexOf(separator) + 1);
  const dot = name.lastIndexOf(".");
  const extension = dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
  return extension.length > MAX_EXTENSION_LENGTH ? "" : extension;
}

function shareOf(shares: Map<string, RunningShare>, name: string): RunningShare {
  const known = shares.get(name) ?? (shares.size > MAX_EXTENSIONS ? shares.get("") : undefined);
  if (known !== undefined) return known;
  const share = new RunningShare(name);
  shares.set(name, share);
  return share;
}

class RunningShare implements FileShare {
  files = 0;
  size = 0;

  constructor(readonly name: string) {}

  add(size: number | null): void {
    this.files++;
    this.size += size ?? NaN;
  }
}

/** Keeps the largest of any number of shares. */
class LargestShares {
  readonly #largest: FileShare[] = [];
  #others = { name: "", files: 0, size: 0, count: 0 };

  add(share: FileShare): void {
    if (share.files === 0) return;
    const at = this.#largest.findIndex(({ size }) => size < share.size);
    const { name, files, size } = share;
    this.#largest.splice(at === -1 ? this.#largest.length : at, 0, { name, files, size });
    const dropped = this.#largest.length > LISTED ? this.#largest.pop() : undefined;
    if (dropped === undefined) return;
    this.#others.count++;
    this.#others.files += dropped.files;
    this.#others.size += dropped.size;
  }

  shares(): Shares {
    return { largest: this.#largest, others: this.#others };
  }
}
