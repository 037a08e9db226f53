import type { DatabaseSync } from "node:sqlite";
import { readFactsOfAny } from "../../library/content/library_facts.ts";
import { readState } from "../../library/content/fingerprint.ts";
import { readDatabase } from "../../library/integrity.ts";
import { readLineage } from "../../library/content/lineage.ts";
import { queryValue } from "../../library/sqlite.ts";
import { MAX_LIBRARY_PATH_LENGTH, type Metadata } from "../../store/metadata.ts";
import { isoSeconds } from "../../store/naming.ts";
import { TOOL } from "../../version.ts";
import type { BackupRequest } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";

/** All that the archive's metadata say of the copy, except its hash; they never describe the live library. */
export function describeCopy(copy: string, createdAt: Date, request: BackupRequest, job: Job): Metadata {
  return readDatabase(copy, (database) => {
    const facts = readFactsOfAny(database, request.anyDatabase);
    const pageSize = Number(queryValue(database, "PRAGMA page_size"));
    const pageCount = Number(queryValue(database, "PRAGMA page_count"));
    return {
      vpo_version: TOOL,
      schema_version: facts.schemaVersion,
      created_at: isoSeconds(createdAt),
      database_size_bytes: pageSize * pageCount,
      file_count: facts.fileCount,
      total_library_size_bytes: facts.mediaSize,
      compression: "gzip",
      page_size: pageSize,
      page_count: pageCount,
      compression_level: request.level,
      tool: TOOL,
      ...stateOf(database),
      ...originOf(database, request.library, job),
    };
  });
}

/** What tells the backups of one library from those of another: its path, and a sample of its contents. */
function originOf(
  database: DatabaseSync,
  library: string,
  job: Job,
): Pick<Metadata, "library_path" | "lineage"> {
  const lineage = readLineage(database, () => job.throwIfCancelled());
  return {
    ...(library.length > MAX_LIBRARY_PATH_LENGTH ? {} : { library_path: library }),
    ...(lineage === null ? {} : { lineage }),
  };
}

/** What the library is compared with later. */
function stateOf(database: DatabaseSync): Pick<Metadata, "newest_scan" | "contents_fingerprint"> {
  const { newestScan, fingerprint } = readState(database);
  return { ...(newestScan === null ? {} : { newest_scan: newestScan }), contents_fingerprint: fingerprint };
}
