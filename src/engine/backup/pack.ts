import { readMetadata } from "../../archive/read.ts";
import { whyNotAsWritten } from "../../archive/read_back.ts";
import type { EarlierBlocks } from "../../archive/reuse.ts";
import { writeArchive, type WrittenArchive } from "../../archive/write.ts";
import { BackupError, systemReason } from "../../errors.ts";
import { requireSound } from "../../library/integrity.ts";
import { identityFrom, identityOf } from "../../store/identity.ts";
import { isSameMetadata, type Metadata } from "../../store/metadata.ts";
import { createPrivateFile, openOwn } from "../../store/private_file.ts";
import type { SettingsBundle } from "../../store/settings/settings_index.ts";
import { warnOf } from "../unpack/archived_database.ts";
import { findEarlierBlocks } from "./reusable_archive.ts";
import { limitLook } from "../worker/deadlines.ts";
import type { Job } from "../worker/job.ts";
import type { BackupRequest } from "../protocol/mod.ts";

/** SQLite's check of the copy, which runs beside the packing where there is a thread for it. */
export interface CopyCheck {
  /** Throws if the check has already found damage. */
  throwIfFailed(): void;
  /** Waits for the check to end, and throws if it found damage. */
  finish(): Promise<void>;
}

/** Begins to check the copy of the library; without a thread to spare, the check is over when this returns. */
export async function beginCheck(copy: string, job: Job): Promise<CopyCheck> {
  const { size } = Deno.statSync(copy);
  const begin = () => job.step("check copy", { database_size_bytes: size });
  begin();
  let isOver = false;
  let failure: { readonly error: unknown } | null = null;
  const end = requireSound(copy, "quick", job.host.checker)
    .then((remarks) => warnOf(remarks, job.library ?? copy, job))
    .catch((error) => {
      failure = { error };
    })
    .finally(() => {
      isOver = true;
    });
  const throwIfFailed = () => {
    if (failure !== null) throw failure.error;
  };
  // What this thread does meanwhile has limits of its own.
  const wait = async () => {
    using _limit = limitLook(job, size);
    await end;
  };
  const finish = async () => {
    if (!isOver) {
      begin();
      await wait();
    }
    throwIfFailed();
  };
  if (!job.host.checker.isBeside) await wait();
  throwIfFailed();
  return { throwIfFailed, finish };
}

/** A checked copy that is to be packed. */
export interface Packing {
  /** Path of the copy. */
  readonly copy: string;
  /** Path of the archive, which is made. */
  readonly archive: string;
  /** Metadata of the archive, all but the hash. */
  readonly described: Metadata;
  readonly check: CopyCheck;
  readonly settings: SettingsBundle | null;
}

/** An archive that was read back. */
export interface Packed extends WrittenArchive {
  /** Device and inode; null where the system does not tell. */
  readonly identity: string | null;
}

/**
 * Packs the copy into an archive, reusing blocks of an earlier archive, and reads it back: every block was unpacked
 * once, and the disk holds what was packed.
 */
export async function packCopy(
  packing: Packing,
  request: BackupRequest,
  job: Job,
): Promise<Packed> {
  const { archive, described, check } = packing;
  const { level } = request;
  using earlier = request.reuse ? await findEarlierBlocks(request, described) : null;
  job.step("compress", { level, earlier_archive: earlier?.path ?? null });
  const written = await compress(packing, level, earlier, job);
  if (earlier !== null) tellTrouble(earlier, written, job);
  await check.finish();
  job.step("read back", { archive_size_bytes: written.size, reused_bytes: written.reusedBytes });
  await readBack(archive, written, job);
  return written;
}

/**
 * Makes sure that the file under the archive's name is the one that was written: in a directory that others can change,
 * it may have been swapped. Where the system does not tell files apart, the archive is read once more.
 */
export async function requirePublished(path: string, written: Packed, job: Job): Promise<void> {
  if (written.identity === null || identityOf(path) === written.identity) return;
  try {
    await readBack(path, { ...written, identity: null }, job);
  } catch (cause) {
    const message = `${job.action}: "${path}" is not what was written there`;
    const hint = "Somebody is changing files in that directory, or its disk is failing: back up to another one.";
    throw new BackupError("operation_failed", message, hint, { cause });
  }
}

/** Says what was wrong with the earlier archive: somebody may need that one. */
function tellTrouble({ path, failure }: EarlierBlocks, { damagedBlocks }: WrittenArchive, job: Job): void {
  if (damagedBlocks > 0) job.warn(`"${path}" is damaged: its damaged blocks were compressed again`);
  if (failure === null) return;
  job.warn(`"${path}" cannot be read to its end: ${systemReason(failure)}; the rest was compressed again`);
}

async function compress(
  { copy, archive: path, described, check, settings }: Packing,
  level: number,
  earlier: EarlierBlocks | null,
  job: Job,
): Promise<Packed> {
  using database = Deno.openSync(copy);
  using archive = createPrivateFile(path);
  const advance = (done: number, total: number) => {
    check.throwIfFailed();
    job.progress(done, total);
  };
  const packer = { level, coder: job.host.coder, earlier, settings, advance };
  const written = await writeArchive(archive, database, described, packer);
  archive.syncSync();
  return { ...written, identity: identityFrom(archive.statSync()) };
}

/** Compares the archive on the disk with what was to be written. */
async function readBack(path: string, written: Packed, job: Job): Promise<void> {
  const advance = (done: number, total: number) => job.progress(done, total);
  try {
    using archive = openOwn(path, written.identity);
    const why = whyNotAsWritten(archive, written, advance);
    if (why !== null) throw new Error(why);
    const isSame = isSameMetadata(await readMetadata(archive, advance), written.metadata);
    if (!isSame) throw new Error("its metadata differ from what was written");
  } catch (cause) {
    job.throwIfCancelled();
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${job.action}: the archive could not be read back: ${why}`;
    throw new BackupError("operation_failed", message, "Check the disk; nothing was published.", { cause });
  }
}
