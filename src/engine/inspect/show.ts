import { type BlockMeasures, measureBlocks } from "../../archive/measure.ts";
import { readMetadata } from "../../archive/read.ts";
import { UnorderedFiles } from "../../library/content/media_files.ts";
import { type MediaSummary, summarizeMedia } from "../../library/content/media_summary.ts";
import { countRows, readNewestScan } from "../../library/content/tables.ts";
import { openFile } from "../../store/open_file.ts";
import type { Metadata } from "../../store/metadata.ts";
import type { Job } from "../worker/job.ts";
import { limitLook } from "../worker/deadlines.ts";
import { falseClaimsOf } from "./false_claims.ts";
import { HeaderCheck } from "../unpack/header_check.ts";
import type { LibrarySummary, Shown, ShowRequest } from "../protocol/mod.ts";
import { openBackup } from "../unpack/open_backup.ts";
import { unpack, type Unpacked } from "../unpack/unpack.ts";

/** Says all that is known of a backup: what its metadata say and, where it may be unpacked, what is in its library. */
export async function show(request: ShowRequest, job: Job): Promise<Shown> {
  const { archive, quick } = request;
  const blocks = measure(archive);
  if (quick) return describe(request, blocks, await readOnlyMetadata(archive, job));
  using unpacked = await unpack(archive, job.files.file("library.db"), true, job);
  const isVpo = unpacked.facts.schemaVersion > 0;
  return {
    ...describe(request, blocks, unpacked.metadata),
    // VPO's metadata may differ from what is in its library.
    ...(isVpo ? contentsOf(unpacked) : {}),
    unfinishedJobs: isVpo ? unpacked.facts.unfinishedJobs : null,
    newestScan: isVpo ? readNewestScan(unpacked.database) : null,
    library: lookInto(unpacked, isVpo, job),
  };
}

function measure(path: string): BlockMeasures | null {
  using archive = openFile(path);
  return measureBlocks(archive);
}

async function readOnlyMetadata(path: string, job: Job): Promise<Metadata> {
  job.step("read archive", { archive: path });
  using archive = openBackup(path, job.library);
  return await readMetadata(archive, (done, total) => job.progress(done, total), new HeaderCheck());
}

/** What can be told without unpacking. */
function describe({ archive }: ShowRequest, blocks: BlockMeasures | null, metadata: Metadata): Shown {
  return {
    kind: "shown",
    path: archive,
    archiveSize: Deno.statSync(archive).size,
    blocks,
    vpoVersion: metadata.vpo_version,
    tool: metadata.tool ?? null,
    createdAt: metadata.created_at,
    schemaVersion: metadata.schema_version,
    databaseSize: metadata.database_size_bytes,
    databaseSha256: metadata.database_sha256 ?? null,
    pageSize: metadata.page_size ?? null,
    pageCount: metadata.page_count ?? null,
    fileCount: metadata.file_count,
    mediaSize: metadata.total_library_size_bytes,
    compression: metadata.compression,
    compressionLevel: metadata.compression_level ?? null,
    newestScan: metadata.newest_scan ?? null,
    contentsFingerprint: metadata.contents_fingerprint ?? null,
    libraryPath: metadata.library_path ?? null,
    falseClaims: null,
    unfinishedJobs: null,
    library: null,
  };
}

function contentsOf({ metadata, size, facts }: Unpacked): Partial<Shown> {
  const { fileCount, mediaSize, schemaVersion } = facts;
  const falseClaims = falseClaimsOf(metadata, facts, size);
  return { databaseSize: size, fileCount, mediaSize, schemaVersion, falseClaims };
}

function lookInto({ database, size, facts }: Unpacked, isVpo: boolean, job: Job): LibrarySummary {
  job.step("look into library", { database_size_bytes: size });
  using _limit = limitLook(job, size);
  let done = 0;
  const advance = (rows: number) => {
    done += rows;
    job.progress(done, facts.fileCount);
  };
  const files = isVpo ? tryDescribing(() => summarizeMedia(database, job.archive ?? "", advance)) : null;
  return {
    files,
    tables: countRows(database, () => job.throwIfCancelled()),
  };
}

/** An odd table of files is no reason not to show the rest. */
function tryDescribing(describe: () => MediaSummary): MediaSummary | null {
  try {
    return describe();
  } catch (error) {
    if (error instanceof UnorderedFiles) return null;
    throw error;
  }
}
