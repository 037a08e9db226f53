import { createHash } from "node:crypto";
import { join } from "node:path";
import { lstatIfPresent } from "../../store/identity.ts";
import { findDamage, type FoundArchive, readHead } from "../inspect/read_archives.ts";
import type { PlannedFile } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";

/** What tells a file from another one that takes its name, or from what it was before it was written to. */
export function stateOf({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime()].join(":");
}

/** A hash of all that a plan goes by: what an archive says of itself, or why it cannot be read. */
export function contentOf({ archiveSize, createdAt, metadata, lineage, fault, error }: FoundArchive): string {
  const facts = [archiveSize, createdAt, metadata, lineage, fault, error];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

/**
 * Tells whether planned archives are still what they were. On a share the time of a file's last change may move after
 * it was written, and a file may have another number each time: there what it says of itself decides, and what is in
 * it is read again where it matters that it is good, or damaged.
 */
export class PlannedFiles {
  readonly #directory: string;
  readonly #job: Job;
  /** Names of those that were read anew and found as they should be. */
  readonly #read = new Set<string>();

  constructor(directory: string, job: Job) {
    this.#directory = directory;
    this.#job = job;
  }

  /** @param quality what was found of it when the plan was made, as far as the plan goes by it */
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
