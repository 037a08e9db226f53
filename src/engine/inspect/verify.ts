import { BackupError, type WireError } from "../../errors.ts";
import { tellRemarks } from "../../library/structure.ts";
import { checkExtracted, extractDatabase, readArchivedDatabase } from "./extract.ts";
import { falseClaimsOf } from "./false_claims.ts";
import { explain, type LibraryTask as Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import type { Examined, SeveralExamined, VerifyRequest, VerifySeveralRequest } from "../protocol/mod.ts";
import { inWorkDirectory, workFiles } from "../worker/work_directory.ts";

const ACTION = "Cannot check the backup";

/** Checks one archive as a restore would, without a library; that it is damaged is a result and no error. */
export async function verifyArchive(request: VerifyRequest, host: Host): Promise<Examined> {
  const { archive, quick } = request;
  const task: Task = { action: ACTION, library: archive, directory: host.prepared.work ?? "" };
  const started = performance.now();
  try {
    const checked = quick ? await readWhole(archive, host) : await tryExtracting(request, task, host);
    return { kind: "examined", damage: null, hint: null, ...checked, seconds: secondsSince(started) };
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== "invalid_archive") throw explain(error, task);
    const { message: damage, hint } = error;
    return {
      kind: "examined",
      damage,
      hint,
      facts: null,
      remarks: NO_REMARKS,
      seconds: secondsSince(started),
    };
  }
}

/** Checks some archives one after the other; what keeps one from being checked keeps none of the others from it. */
export async function verifySeveral(request: VerifySeveralRequest, host: Host): Promise<SeveralExamined> {
  const { archives, verb: _, ...check } = request;
  const sizes = archives.map(sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const examined: (Examined | WireError)[] = [];
  let before = 0;
  const own: Host = {
    ...host,
    // Each check begins at nothing; together they go on.
    report: (event) =>
      host.report(event.kind === "progress" ? { kind: "progress", done: before + event.done, total } : event),
  };
  for (const [index, archive] of archives.entries()) {
    try {
      examined.push(await verifyArchive({ verb: "verify", archive, ...check }, own));
    } catch (error) {
      host.throwIfCancelled();
      examined.push(explain(error, { action: ACTION, library: archive, directory: host.prepared.work ?? "" }).toWire());
    } finally {
      if (!check.quick) workFiles(host).clear();
    }
    before += sizes[index] ?? 0;
  }
  return { kind: "several examined", examined };
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    // The check of it says why.
    return 0;
  }
}

const NO_REMARKS = { stale: null, unchecked: [] } as const;

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

type Sound = Pick<Examined, "facts" | "remarks">;

async function readWhole(archive: string, host: Host): Promise<Sound> {
  beginStep(host, "read archive", { archive });
  const metadata = await readArchivedDatabase(archive, host);
  const facts = {
    createdAt: metadata.created_at,
    databaseSize: metadata.database_size_bytes,
    fileCount: metadata.file_count,
    schemaVersion: metadata.schema_version,
    falseClaims: null,
  };
  return { facts, remarks: NO_REMARKS };
}

/** What is told is what is in the library: VPO's metadata may differ from it. */
async function tryExtracting(request: VerifyRequest, task: Task, host: Host): Promise<Sound> {
  const { archive, anyDatabase } = request;
  const { action } = task;
  return await inWorkDirectory(task, host, async (work) => {
    const path = work.file("library.db");
    const extraction = { archive, path, action };
    beginStep(host, "read archive", { archive });
    const metadata = await extractDatabase(extraction, host);
    const databaseSize = Deno.statSync(path).size;
    beginStep(host, "check database", { archive, database_size_bytes: databaseSize });
    const demands = { anyDatabase, compareIndexes: true };
    const library = await checkExtracted(extraction, metadata, demands, host);
    const { fileCount, schemaVersion } = library;
    const falseClaims = falseClaimsOf(metadata, library, databaseSize);
    const facts = { createdAt: metadata.created_at, databaseSize, fileCount, schemaVersion, falseClaims };
    return { facts, remarks: tellRemarks(library.remarks) };
  });
}
