import { createHash } from "node:crypto";
import { join } from "node:path";
import { lstatIfPresent } from "../../store/identity.ts";
import { findDamage, type FoundArchive, readHead } from "../inspect/read_archives.ts";
import type { PlannedFile } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";

/** What changes when another file takes a file's name, or when it is written to. */
export function stateOf({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime()].join(":");
}

/** A hash of all that a plan is based on: what an archive says of itself, or why it cannot be read. */
export function contentOf({ archiveSize, createdAt, metadata, lineage, fault, error }: FoundArchive): string {
  const facts = [archiveSize, createdAt, metadata, lineage, fault, error];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

/**
 * Tells whether planned archives are still what they were. On a network share a file's modification time may shift
 * after it was written, and its inode may differ each time. There the archive's own words decide, and its content is
 * read again where it matters that it is good, or damaged.
 */
export class PlannedFiles {
  readonly #directory: string;
  readonly #job: Job;
  /** Names of the archives that were read again and found as they should be. */
  readonly #read = new Set<string>();

  constructor(directory: string, job: Job) {
    this.#directory = directory;
    this.#job = job;
  }

  /** @param quality what the plan relies on having been found */
  async isStill(file: PlannedFile, quality: "good" | "damaged" | null): Promise<boolean> {
    const { filename, identity, content } = file;
    const path = join(this.#directory, filename);
    const info = lstatIfPresent(path);
    if (info?.isFile !== true || info.size !== file.archiveSize) return false;
    if (stateOf(info) === identity) return true;
    const found = await readHead(this.#directory, filename, this.#job);
    if (found === null || contentOf(found) !== content) return false;
    if (quality === null || this.#read.has(filename)) return true;
    const damage = found.fault === null ? await findDamage(path, this.#job) : found.error;
    if ((damage === null) !== (quality === "good")) return false;
    this.#read.add(filename);
    return true;
  }
}
