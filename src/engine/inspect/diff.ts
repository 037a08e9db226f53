import type { DatabaseSync } from "node:sqlite";
import { countFiles } from "../../library/content/library_facts.ts";
import { Snapshot } from "../../library/snapshot.ts";
import { countRows } from "../../library/content/tables.ts";
import type { WorkFile } from "../../store/work_directory.ts";
import { compareFiles, differencesBetween, type OpenLibrary } from "./compare.ts";
import type { LibraryTask as Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { endlessLibrary, limitStep, sizeWithLog } from "../worker/deadlines.ts";
import type { Diffed, DiffRequest, DiffSide, DiffSource, FileDifference, TableDifference } from "../protocol/mod.ts";
import { inWorkDirectory } from "../worker/work_directory.ts";
import { nameArchive, unpack } from "./unpack.ts";

const ACTION = "Cannot compare";

/** Differences that are given away at a time. */
const BATCH = 1000;

/** One side, open. */
interface Side extends OpenLibrary, Disposable {
  /** In bytes. */
  readonly size: number;
  readonly side: DiffSide;
}

/** Says how two libraries differ: one of them or both are unpacked from an archive, the other may be the one in place. */
export async function diff(request: DiffRequest, host: Host): Promise<Diffed> {
  const { from, to } = request;
  const library = [from, to].find(({ kind }) => kind === "library")?.path ?? "";
  const task: Task = { action: ACTION, library, directory: host.prepared.work ?? "" };
  return await inWorkDirectory(task, host, async (work) => {
    // The library first: it may be in use, and unpacking takes a while.
    using pinned = library === "" ? null : pin(library, request.waitSeconds, task, host);
    const sideOf = (source: DiffSource, name: WorkFile) =>
      source.kind === "library" && pinned !== null ? pinned : open(source.path, work.file(name), task, host);
    using one = await sideOf(from, "from.db");
    using two = await sideOf(to, "to.db");
    const compared = compareSides(one, two, task, host);
    const { limit } = request;
    return limit === null ? compared : { ...compared, named: await nameDifferences(one, two, compared, limit, host) };
  });
}

/**
 * Gives the differences away some at a time, each when the last ones have been taken: memory does not depend on how many
 * there are.
 *
 * @returns how many were named
 */
async function nameDifferences(from: Side, to: Side, compared: Diffed, limit: number, host: Host): Promise<number> {
  await host.deliver({ kind: "compared", compared });
  let named = 0;
  let batch: FileDifference[] = [];
  for (const difference of differencesBetween(from, to, host)) {
    if (named === limit) break;
    named++;
    batch.push(difference);
    if (batch.length < BATCH) continue;
    await host.deliver({ kind: "differences", differences: batch });
    batch = [];
  }
  if (batch.length > 0) await host.deliver({ kind: "differences", differences: batch });
  return named;
}

function compareSides(from: Side, to: Side, task: Task, host: Host): Diffed {
  beginStep(host, "compare", { from: from.name, to: to.name });
  using _limit = limitStep(host, from.size + to.size, endlessLibrary(task));
  return {
    kind: "diffed",
    from: from.side,
    to: to.side,
    files: compareFiles(from, to, host),
    tables: compareTables(from.database, to.database, host),
    named: null,
  };
}

function compareTables(from: DatabaseSync, to: DatabaseSync, host: Host): TableDifference[] {
  const advance = () => host.throwIfCancelled();
  const [one, two] = [from, to].map((database) =>
    new Map(countRows(database, advance).map(({ name, rows }) => [name, rows]))
  );
  const names = [...new Set([...one?.keys() ?? [], ...two?.keys() ?? []])].sort();
  return names.map((name) => ({ name, rowsFrom: one?.get(name) ?? null, rowsTo: two?.get(name) ?? null }));
}

function pin(library: string, waitSeconds: number, task: Task, host: Host): Side {
  beginStep(host, "look at library", { library });
  const { size } = Deno.statSync(library);
  using _limit = limitStep(host, sizeWithLog(library), endlessLibrary(task), waitSeconds);
  const snapshot = Snapshot.pin(library, waitSeconds);
  try {
    return snapshot.read((database) => {
      const { fileCount, schemaVersion } = countFiles(database);
      const side: DiffSide = { kind: "library", path: library, createdAt: null, schemaVersion, fileCount };
      return { side, database, size, name: library, fileCount, [Symbol.dispose]: () => snapshot[Symbol.dispose]() };
    });
  } catch (error) {
    snapshot[Symbol.dispose]();
    throw error;
  }
}

async function open(archive: string, path: string, task: Task, host: Host): Promise<Side> {
  try {
    const unpacked = await unpack(archive, path, false, task, host);
    const { metadata, facts: { fileCount, schemaVersion }, database, size } = unpacked;
    const side: DiffSide = { kind: "backup", path: archive, createdAt: metadata.created_at, schemaVersion, fileCount };
    return { side, database, size, name: archive, fileCount, [Symbol.dispose]: () => unpacked[Symbol.dispose]() };
  } catch (error) {
    throw nameArchive(error, archive, ACTION);
  }
}
