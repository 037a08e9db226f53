import { readArchives, whyUnsound } from "./read_archives.ts";
import { identify, judgeOrigins } from "./origin.ts";
import type { Job } from "../worker/job.ts";
import type { BackupEntry, Listed, ListOrder, ListRequest } from "../protocol/mod.ts";
import { listSetAside } from "../replace/set_aside.ts";

/** Lists the archives of a directory; those that cannot be used are listed with the reason. */
export async function listBackups(request: ListRequest, job: Job): Promise<Listed> {
  const { directory, order, limit, verify, library } = request;
  const found = await readArchives(directory, job);
  const origins = library === null ? [] : judgeOrigins(found, identify(library, 0, job));
  const all = found.map(({ lineage: _, ...entry }, index): BackupEntry => ({
    ...entry,
    origin: origins[index] ?? entry.origin,
  }));
  const entries = sorted(all, order).slice(0, limit ?? all.length);
  return {
    kind: "listed",
    directory,
    entries: verify ? await verifyEach(entries, job) : entries,
    totalCount: all.length,
    totalSize: all.reduce((sum, { archiveSize }) => sum + archiveSize, 0),
    setAside: library === null ? [] : setAsideBeside(library),
    listedAt: new Date().toISOString(),
  };
}

function setAsideBeside(library: string): Listed["setAside"] {
  try {
    return listSetAside(library).map((path) => ({ path, size: Deno.statSync(path).size }));
  } catch {
    // The library's directory is missing or out of reach: the backups are listed all the same.
    return [];
  }
}

/** @param entries newest first, the order that equal entries keep */
function sorted(entries: readonly BackupEntry[], order: ListOrder): readonly BackupEntry[] {
  switch (order) {
    case "created":
      return entries;
    case "size":
      return entries.toSorted((a, b) => b.archiveSize - a.archiveSize);
    case "files":
      return entries.toSorted((a, b) => filesIn(b) - filesIn(a));
    case "name":
      return entries.toSorted((a, b) => a.filename < b.filename ? -1 : 1);
  }
}

/** Damaged archives come last. */
function filesIn({ metadata }: BackupEntry): number {
  return metadata?.file_count ?? -1;
}

async function verifyEach(entries: readonly BackupEntry[], job: Job): Promise<BackupEntry[]> {
  const verified: BackupEntry[] = [];
  for (const entry of entries) {
    job.step("read archive", { archive: entry.filename });
    const unusable = entry.fault === null ? await whyUnsound(entry.path, job) : null;
    const { fault, error } = unusable === null ? entry : { fault: unusable.fault, error: unusable.why };
    verified.push({ ...entry, fault, error, verified: fault === null });
  }
  return verified;
}
