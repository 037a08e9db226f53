import { NotALibrary, readFacts } from "../../library/library_facts.ts";
import { readState } from "../../library/fingerprint.ts";
import { Snapshot } from "../../library/snapshot.ts";
import type { Metadata } from "../../store/metadata.ts";
import { freeBytes, SPACE_MARGIN_BYTES } from "../../store/space.ts";
import { readArchives, reasonOf } from "./read_archives.ts";
import { readArchivedDatabase } from "./extract.ts";
import { explain } from "../worker/explain_error.ts";
import { ageIn, judge } from "./health.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { endlessLibrary, limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { BackupEntry, LibraryCondition, NewestBackup, Status, StatusRequest } from "../protocol/mod.ts";

const ACTION = "Cannot look at the backups";
/** Bytes that a backup is expected to take of each byte of a library of which there is none yet. */
const EXPECTED_SHARE = 0.5;

/** Looks at the newest backup, at the library and at the disk, and says whether the library is safely backed up. */
export async function readStatus(request: StatusRequest, host: Host): Promise<Status> {
  const { directory } = request;
  try {
    const entries = request.directoryFound ? await readArchives(directory, host) : [];
    const { good, damage } = await findNewestGood(entries, host);
    return describe(request, entries, good, damage, new Date(), host);
  } catch (error) {
    throw explain(error, { action: ACTION, library: request.library ?? "", directory });
  }
}

interface GoodBackup {
  readonly entry: BackupEntry;
  readonly metadata: Metadata;
}

/** The newest archive that is sound to its last byte, and why newer ones are not, by file name. */
async function findNewestGood(entries: readonly BackupEntry[], host: Host) {
  const damage = new Map<string, string>();
  let good: GoodBackup | null = null;
  for (const entry of entries) {
    if (entry.error !== null) {
      damage.set(entry.filename, entry.error);
    } else if (good === null) {
      beginStep(host, "read archive", { archive: entry.filename });
      try {
        good = { entry, metadata: await readArchivedDatabase(entry.path, host) };
      } catch (error) {
        host.throwIfCancelled();
        damage.set(entry.filename, reasonOf(error));
      }
    }
  }
  return { good, damage };
}

function describe(
  request: StatusRequest,
  entries: readonly BackupEntry[],
  good: GoodBackup | null,
  damage: ReadonlyMap<string, string>,
  now: Date,
  host: Host,
): Status {
  const { directory, directoryFound, maxAgeSeconds } = request;
  const newestDamage = damage.get(entries[0]?.filename ?? "") ?? null;
  const free = directoryFound ? freeBytes(directory) : null;
  const needed = neededBytes(good, request.library);
  const concerns = judge(
    {
      directoryFound,
      count: entries.length,
      newestDamaged: newestDamage !== null,
      newestGood: good?.entry.createdAt ?? null,
      free,
      needed,
    },
    now,
    maxAgeSeconds,
  );
  return {
    kind: "status",
    concerns,
    directory,
    maxAgeSeconds,
    newest: good === null ? null : newestBackup(good, now),
    newestDamage: newestDamage === null ? null : { filename: entries[0]?.filename ?? "", why: newestDamage },
    count: entries.length,
    damagedCount: damage.size,
    totalSize: entries.reduce((sum, { archiveSize }) => sum + archiveSize, 0),
    free,
    needed,
    library: readCondition(request, good?.metadata ?? null, host),
  };
}

function newestBackup({ entry, metadata }: GoodBackup, now: Date): NewestBackup {
  return {
    filename: entry.filename,
    path: entry.path,
    createdAt: entry.createdAt,
    ageSeconds: ageIn(entry.createdAt, now),
    archiveSize: entry.archiveSize,
    databaseSize: metadata.database_size_bytes,
    fileCount: metadata.file_count,
    schemaVersion: metadata.schema_version,
  };
}

/** Room for two archives more, and for the copy that is made for the second while the first is there. */
function neededBytes(good: GoodBackup | null, library: string | null): number | null {
  if (good !== null) {
    return 2 * good.entry.archiveSize + good.metadata.database_size_bytes + SPACE_MARGIN_BYTES;
  }
  const size = library === null ? null : sizeOf(library);
  return size === null ? null : Math.round(2 * EXPECTED_SHARE * size) + size + SPACE_MARGIN_BYTES;
}

function sizeOf(path: string): number | null {
  try {
    return Deno.statSync(path).size;
  } catch {
    // Then reading it says why.
    return null;
  }
}

/** What can be told of the library; that it is missing or cannot be read says nothing against the backups. */
function readCondition(request: StatusRequest, metadata: Metadata | null, host: Host): LibraryCondition {
  const { library: path, waitSeconds } = request;
  if (path === null) return { path, state: "out_of_reach", changed: null, error: null };
  beginStep(host, "look at library", { library: path });
  try {
    Deno.statSync(path);
    const task = { action: "Cannot look at the library", library: path };
    using _limit = limitLook(host, sizeWithLog(path), endlessLibrary(task), waitSeconds);
    using snapshot = Snapshot.pin(path, waitSeconds);
    const changed = metadata === null ? null : snapshot.read((database) => {
      const { fileCount, mediaSize, schemaVersion } = readFacts(database);
      const isSameSize = fileCount === metadata.file_count && schemaVersion === metadata.schema_version &&
        mediaSize === metadata.total_library_size_bytes;
      if (!isSameSize) return true;
      // VPO's own archives have no fingerprint: they may differ in what is not counted.
      if (metadata.contents_fingerprint === undefined) return null;
      return readState(database).fingerprint !== metadata.contents_fingerprint;
    });
    return { path, state: "found", changed, error: null };
  } catch (error) {
    host.throwIfCancelled();
    if (error instanceof Deno.errors.NotFound) return { path, state: "missing", changed: null, error: null };
    const why = error instanceof NotALibrary ? `it is not a VPO library: ${error.message}` : reasonOf(error);
    return { path, state: "unreadable", changed: null, error: why };
  }
}
