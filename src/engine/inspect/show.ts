import { type BlockMeasures, measureBlocks } from "../../archive/measure.ts";
import { readMetadata } from "../../archive/read.ts";
import { UnorderedFiles } from "../../library/content/media_files.ts";
import { type MediaSummary, summarizeMedia } from "../../library/content/media_summary.ts";
import { countRows, readNewestScan } from "../../library/content/tables.ts";
import { openFile } from "../../store/open_file.ts";
import type { Metadata } from "../../store/metadata.ts";
import { explain, type LibraryTask as Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { endlessLibrary, limitStep } from "../worker/deadlines.ts";
import { falseClaimsOf } from "./false_claims.ts";
import { HeaderCheck } from "./header_check.ts";
import type { LibrarySummary, Shown, ShowRequest } from "../protocol/mod.ts";
import { inWorkDirectory } from "../worker/work_directory.ts";
import { nameArchive, unpack, type Unpacked } from "./unpack.ts";

const ACTION = "Cannot show";

/** Says all that is known of a backup: what its metadata say and, where it may be unpacked, what is in its library. */
export async function show(request: ShowRequest, host: Host): Promise<Shown> {
  const { archive, quick } = request;
  const task: Task = { action: ACTION, library: archive, directory: host.prepared.work ?? "" };
  try {
    const blocks = measure(archive);
    if (quick) return describe(request, blocks, await readOnlyMetadata(archive, host));
    return await inWorkDirectory(task, host, async (work) => {
      using unpacked = await unpack(archive, work.file("library.db"), true, task, host);
      const isVpo = unpacked.facts.schemaVersion > 0;
      return {
        ...describe(request, blocks, unpacked.metadata),
        // VPO's metadata may differ from what is in its library.
        ...(isVpo ? contentsOf(unpacked) : {}),
        unfinishedJobs: isVpo ? unpacked.facts.unfinishedJobs : null,
        newestScan: isVpo ? readNewestScan(unpacked.database) : null,
        library: lookInto(unpacked, isVpo, task, host),
      };
    });
  } catch (error) {
    throw explain(nameArchive(error, archive, ACTION), task);
  }
}

function measure(path: string): BlockMeasures | null {
  using archive = openFile(path);
  return measureBlocks(archive);
}

async function readOnlyMetadata(path: string, host: Host): Promise<Metadata> {
  beginStep(host, "read archive", { archive: path });
  using archive = openFile(path);
  const advance = (done: number, total: number) => {
    host.throwIfCancelled();
    host.report({ kind: "progress", done, total });
  };
  return await readMetadata(archive, advance, new HeaderCheck());
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

function lookInto({ database, size, facts }: Unpacked, isVpo: boolean, task: Task, host: Host): LibrarySummary {
  beginStep(host, "look into library", { database_size_bytes: size });
  using _limit = limitStep(host, size, endlessLibrary(task));
  let done = 0;
  const advance = (rows: number) => {
    host.throwIfCancelled();
    done += rows;
    host.report({ kind: "progress", done, total: facts.fileCount });
  };
  const files = isVpo ? tryDescribing(() => summarizeMedia(database, task.library, advance)) : null;
  return {
    files,
    tables: countRows(database, () => host.throwIfCancelled()),
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
