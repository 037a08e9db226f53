import { type BlockMeasures, measureBlocks } from "../../archive/measure.ts";
import { readMetadata } from "../../archive/read.ts";
import { UnorderedFiles } from "../../library/content/media_files.ts";
import { type MediaSummary, summarizeMedia } from "../../library/content/media_summary.ts";
import { countRows, readNewestScan } from "../../library/content/tables.ts";
import { openFile } from "../../store/open_file.ts";
import { type Metadata, recordOf } from "../../store/metadata.ts";
import type { Job } from "../worker/job.ts";
import { limitLook } from "../worker/deadlines.ts";
import { falseClaimsOf } from "./false_claims.ts";
import { HeaderCheck } from "../unpack/header_check.ts";
import { SettingsHere } from "../settings/here.ts";
import type { LibrarySummary, Shown, ShownSetting, ShowRequest } from "../protocol/mod.ts";
import { openBackup } from "../unpack/open_backup.ts";
import { unpack, type Unpacked } from "../unpack/unpack.ts";

/** Tells all that is known of a backup: its metadata and, where it may be unpacked, what is in its library. */
export async function show(request: ShowRequest, job: Job): Promise<Shown> {
  const { archive, quick } = request;
  const blocks = measure(archive);
  if (quick) return describe(request, blocks, await readOnlyMetadata(archive, job));
  using unpacked = await unpack(archive, job.files.file("library.db"), { anyDatabase: true }, job);
  const isVpo = unpacked.facts.schemaVersion > 0;
  return {
    ...describe(request, blocks, unpacked.metadata),
    // VPO's metadata may differ from what is in its library.
    ...(isVpo ? contentsOf(unpacked) : {}),
    settings: settingsOf(unpacked, request, job),
    library: summarizeLibrary(unpacked, isVpo, job),
  };
}

function measure(path: string): BlockMeasures | null {
  using archive = openFile(path);
  return measureBlocks(archive);
}

async function readOnlyMetadata(path: string, job: Job): Promise<Metadata> {
  job.step("read archive", { archive: path });
  using archive = openBackup(path);
  return await readMetadata(archive, (done, total) => job.progress(done, total), new HeaderCheck());
}

/** What can be told without unpacking. */
function describe({ archive }: ShowRequest, blocks: BlockMeasures | null, metadata: Metadata): Shown {
  return {
    kind: "shown",
    path: archive,
    archiveSize: Deno.statSync(archive).size,
    blocks,
    metadata: recordOf(metadata),
    falseClaims: null,
    unfinishedJobs: null,
    settings: null,
    library: null,
  };
}

function contentsOf({ metadata, size, facts, database }: Unpacked): Partial<Shown> {
  return {
    metadata: {
      ...recordOf(metadata),
      schema_version: facts.schemaVersion,
      database_size_bytes: size,
      file_count: facts.fileCount,
      total_library_size_bytes: facts.mediaSize,
      newest_scan: readNewestScan(database),
    },
    falseClaims: falseClaimsOf(metadata, facts, size),
    unfinishedJobs: facts.unfinishedJobs,
  };
}

function settingsOf({ settings }: Unpacked, request: ShowRequest, job: Job): ShownSetting[] {
  if (settings.length === 0) return [];
  const here = new SettingsHere(request.settings, job);
  return settings.map((entry) => ({ name: entry.name, size: entry.size, here: here.compare(entry) }));
}

function summarizeLibrary({ database, size, facts }: Unpacked, isVpo: boolean, job: Job): LibrarySummary {
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
