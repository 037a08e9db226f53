import type { Job } from "../worker/job.ts";
import { type BackupEntry, type FindLatestRequest, type LatestFound, oursAmong } from "../protocol/mod.ts";
import { lookInto } from "./look_into.ts";
import { identify, isFromFuture, isSilenceInDoubt, judgeOrigins, type LibraryIdentity } from "./origin.ts";
import { type FoundArchive, readArchives, type Unusable, whyUnsound } from "./read_archives.ts";

/** Archives unpacked to tell whose they are, at most: each takes as long as a restore. */
const MAX_UNPACKED = 5;

/** Finds the latest backup of a library. */
export async function findLatest(request: FindLatestRequest, job: Job): Promise<LatestFound> {
  return await new LatestSearch(request, await readArchives(request.directory, job), job).run();
}

/** The search for it among the archives of a directory. */
export class LatestSearch {
  readonly #request: FindLatestRequest;
  readonly #job: Job;
  readonly #now = new Date();
  readonly #archives: FoundArchive[];
  readonly #examined = new Set<string>();
  #library: LibraryIdentity | null = null;
  #unpacked = 0;

  /** @param archives the newest first */
  constructor(request: FindLatestRequest, archives: readonly FoundArchive[], job: Job) {
    this.#request = request;
    this.#job = job;
    this.#archives = archives.map((archive) =>
      request.except.includes(archive.filename) ? { ...archive, fault: "damaged", error: "it is damaged" } : archive
    );
  }

  async run(): Promise<LatestFound> {
    for (;;) {
      this.#judge();
      const isInDoubt = isSilenceInDoubt(this.#identify(), this.#request.directory);
      const found = chooseLatest(this.#archives, this.#now, isInDoubt);
      if (!await this.#learnMore(found.latest)) return found;
    }
  }

  /** Examines archives that may be the latest backup until one shows something new; false where none does. */
  async #learnMore(latest: BackupEntry | null): Promise<boolean> {
    for (let next = this.#nextToExamine(latest); next !== null; next = this.#nextToExamine(latest)) {
      if (await this.#examine(next)) return true;
    }
    return false;
  }

  /** The newest archive that may be the latest backup and of which more could be learned. */
  #nextToExamine(latest: BackupEntry | null): FoundArchive | null {
    const end = latest === null ? this.#archives.length : this.#archives.findIndex((one) => one === latest) + 1;
    return this.#archives.slice(0, end).find((archive) =>
      archive.fault === null && !this.#examined.has(archive.filename) &&
      (archive === latest || (archive.origin === "unknown" && !isFromFuture(archive, this.#now)))
    ) ?? null;
  }

  #judge(): void {
    const origins = judgeOrigins(this.#archives, this.#identify());
    this.#archives.forEach((archive, index) => {
      this.#archives[index] = { ...archive, origin: origins[index] ?? "unknown" };
    });
  }

  #identify(): LibraryIdentity {
    const { library, waitSeconds } = this.#request;
    return this.#library ??= identify(library, waitSeconds, this.#job);
  }

  /** @returns whether that has shown something new */
  async #examine(archive: FoundArchive): Promise<boolean> {
    const { except, unpack } = this.#request;
    const { filename, path, lineage } = archive;
    this.#examined.add(filename);
    if (lineage === null && unpack && this.#isWorthUnpacking()) {
      this.#unpacked++;
      const found = await lookInto(path, this.#job);
      return this.#learn(archive, "fault" in found ? damageIn(found) : found);
    }
    if (except.length === 0) return false;
    this.#job.step("read archive", { archive: filename });
    const unusable = await whyUnsound(path, this.#job);
    return unusable !== null && this.#learn(archive, { fault: unusable.fault, error: unusable.why });
  }

  /** Without anything to compare with, unpacking gains nothing. */
  #isWorthUnpacking(): boolean {
    const isComparable = this.#identify().lineage !== null || this.#archives.some(({ lineage }) => lineage);
    return this.#request.except.length > 0 || (isComparable && this.#unpacked < MAX_UNPACKED);
  }

  #learn(archive: FoundArchive, facts: Partial<FoundArchive>): boolean {
    const at = this.#archives.indexOf(archive);
    this.#archives[at] = { ...archive, ...facts };
    return true;
  }
}

/** An archive that cannot be unpacked here is not thereby damaged: a restore will say why. */
function damageIn({ fault, why }: Unusable): Partial<FoundArchive> {
  return fault === "damaged" ? { fault, error: why } : {};
}

/**
 * Chooses the latest backup among archives whose origins are judged.
 *
 * @param archives the newest first
 * @param isInDoubt whether those that do not say which library they are of do not count in any case
 */
export function chooseLatest(archives: readonly BackupEntry[], now: Date, isInDoubt: boolean): LatestFound {
  const usable = archives.filter(({ fault }) => fault === null);
  const ours = oursAmong(usable, isInDoubt);
  const credible = ours.filter((archive) => !isFromFuture(archive, now));
  const isClockWrong = ours.length > 0 && credible.length === 0;
  const eligible = isClockWrong ? ours : credible;
  const latest = eligible[0] ?? null;
  // VPO makes a library that is lost anew, and that is backed up by night as well.
  const filled = latest?.metadata?.file_count === 0 ? eligible.find(holdsFiles) ?? null : null;
  const future = isClockWrong ? null : ours.find((archive) => isFromFuture(archive, now)) ?? null;
  const foreign = ours.length === 0 ? usable.find((archive) => !isFromFuture(archive, now)) ?? usable[0] ?? null : null;
  const end = archives.findIndex((archive) => archive === (latest ?? foreign));
  const passedOver = archives.slice(0, Math.max(end, 0)).map((archive) => ({
    filename: archive.filename,
    why: whyPassedOver(archive),
  }));
  return { kind: "latest found", count: archives.length, latest, future, foreign, filled, isClockWrong, passedOver };
}

function holdsFiles({ metadata }: BackupEntry): boolean {
  return metadata !== null && metadata.file_count > 0;
}

function whyPassedOver({ fault, origin, metadata }: BackupEntry): string {
  if (fault !== null) return fault === "damaged" ? "it is damaged" : "it cannot be read";
  const path = metadata?.library_path ?? null;
  if (origin === "other") return path === null ? "it is of another library" : `it is of another library, "${path}"`;
  if (origin === "unknown") {
    return path === null
      ? "it does not say which library it is of"
      : `it is not certain to be of this library: it is of "${path}"`;
  }
  return "it is dated in the future";
}
