import type { DatabaseSync } from "node:sqlite";
import { countFiles } from "../../library/content/library_facts.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { countRows } from "../../library/content/tables.ts";
import type { SettingsEntry } from "../../store/settings/settings_index.ts";
import type { WorkFile } from "../../store/work_directory.ts";
import { compareFiles, differencesBetween, type OpenLibrary } from "./compare.ts";
import type { Job } from "../worker/job.ts";
import { limitLook, sizeWithLog } from "../worker/deadlines.ts";
import { compareEntries, SettingsHere } from "../settings/here.ts";
import type {
  Diffed,
  DiffRequest,
  DiffSide,
  DiffSource,
  FileDifference,
  SettingsChanges,
  TableDifference,
} from "../protocol/mod.ts";
import { unpack } from "../unpack/unpack.ts";

/** Differences per message. */
const BATCH = 1000;

/** One side of the comparison, open. */
interface Side extends OpenLibrary, Disposable {
  /** In bytes. */
  readonly size: number;
  readonly side: DiffSide;
  /** The settings of a backup; null for those of this machine, and where a backup says nothing of any. */
  readonly settings: readonly SettingsEntry[] | null;
}

/** Tells how two libraries differ: one or both are unpacked from an archive, the other may be the one in place. */
export async function diff(request: DiffRequest, job: Job): Promise<Diffed> {
  const { from, to } = request;
  const { library } = job;
  // The library first: it may be in use, and unpacking takes a while.
  using pinned = library === null ? null : pin(library, request.waitSeconds, job);
  const sideOf = ({ kind, path }: DiffSource, name: WorkFile) =>
    kind === "library" && pinned !== null ? pinned : open(path, job.files.file(name), job.about({ archive: path }));
  using one = await sideOf(from, "from.db");
  using two = await sideOf(to, "to.db");
  const compared = compareSides(one, two, request, job);
  const { limit } = request;
  return limit === null ? compared : { ...compared, named: await nameDifferences(one, two, compared, limit, job) };
}

/**
 * Sends the differences in batches, each when the one before has been taken: memory does not depend on their number.
 *
 * @returns how many were named
 */
async function nameDifferences(from: Side, to: Side, compared: Diffed, limit: number, job: Job): Promise<number> {
  await job.host.deliver({ kind: "compared", compared });
  let named = 0;
  let batch: FileDifference[] = [];
  for (const difference of differencesBetween(from, to, job)) {
    if (named === limit) break;
    named++;
    batch.push(difference);
    if (batch.length < BATCH) continue;
    await job.host.deliver({ kind: "differences", differences: batch });
    batch = [];
  }
  if (batch.length > 0) await job.host.deliver({ kind: "differences", differences: batch });
  return named;
}

function compareSides(from: Side, to: Side, request: DiffRequest, job: Job): Diffed {
  job.step("compare", { from: from.name, to: to.name });
  using _limit = limitLook(job.about({ library: from.name }), from.size + to.size);
  return {
    kind: "diffed",
    from: from.side,
    to: to.side,
    files: compareFiles(from, to, job),
    tables: compareTables(from.database, to.database, job),
    settings: compareSettings(from, to, request, job),
    named: null,
  };
}

/** Compares the settings of a backup with those of this machine, or of another backup. */
function compareSettings(from: Side, to: Side, { settings }: DiffRequest, job: Job): SettingsChanges | null {
  if (from.settings === null) return null;
  if (to.side.kind === "library") return new SettingsHere(settings, job).changesSince(from.settings);
  return to.settings === null ? null : compareEntries(from.settings, to.settings);
}

function compareTables(from: DatabaseSync, to: DatabaseSync, job: Job): TableDifference[] {
  const advance = () => job.throwIfCancelled();
  const [one, two] = [from, to].map((database) =>
    new Map(countRows(database, advance).map(({ name, rows }) => [name, rows]))
  );
  const names = [...new Set([...one?.keys() ?? [], ...two?.keys() ?? []])].sort();
  return names.map((name) => ({ name, rowsFrom: one?.get(name) ?? null, rowsTo: two?.get(name) ?? null }));
}

function pin(library: string, waitSeconds: number, job: Job): Side {
  job.step("look at library", { library });
  const { size } = Deno.statSync(library);
  using _limit = limitLook(job, sizeWithLog(library), { waitSeconds });
  const snapshot = Snapshot.pin(library, waitSeconds);
  try {
    return snapshot.read((database) => {
      const { fileCount, schemaVersion } = countFiles(database);
      const side: DiffSide = { kind: "library", path: library, createdAt: null, schemaVersion, fileCount };
      const settings = null;
      return {
        side,
        database,
        size,
        name: library,
        fileCount,
        settings,
        [Symbol.dispose]: () => snapshot[Symbol.dispose](),
      };
    });
  } catch (error) {
    snapshot[Symbol.dispose]();
    throw error;
  }
}

async function open(archive: string, path: string, job: Job): Promise<Side> {
  try {
    const unpacked = await unpack(archive, path, { anyDatabase: false }, job);
    const { metadata, facts: { fileCount, schemaVersion }, database, size } = unpacked;
    const side: DiffSide = { kind: "backup", path: archive, createdAt: metadata.created_at, schemaVersion, fileCount };
    const settings = metadata.settings === undefined ? null : unpacked.settings;
    return {
      side,
      database,
      size,
      name: archive,
      fileCount,
      settings,
      [Symbol.dispose]: () => unpacked[Symbol.dispose](),
    };
  } catch (error) {
    throw job.explain(error);
  }
}
