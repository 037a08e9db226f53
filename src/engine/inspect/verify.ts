import { BackupError, type WireError } from "../../errors.ts";
import { tellRemarks } from "../../library/structure.ts";
import { checkExtracted, extractDatabase, readArchivedDatabase } from "../unpack/archived_database.ts";
import { falseClaimsOf } from "./false_claims.ts";
import type { Host } from "../worker/host.ts";
import { Job } from "../worker/job.ts";
import type { Examined, SeveralExamined, VerifyRequest, VerifySeveralRequest } from "../protocol/mod.ts";

/** Checks one archive as a restore would, without a library; damage is a result, not an error. */
export async function verifyArchive(request: VerifyRequest, job: Job): Promise<Examined> {
  const { archive, quick } = request;
  const started = performance.now();
  try {
    const checked = quick ? await readWhole(archive, job) : await tryExtracting(request, job);
    return { kind: "examined", damage: null, hint: null, ...checked, seconds: secondsSince(started) };
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== "invalid_archive") throw error;
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

/** Checks some archives one after the other; what prevents the check of one does not stop the others. */
export async function verifySeveral(request: VerifySeveralRequest, job: Job): Promise<SeveralExamined> {
  const { archives, verb: _, ...check } = request;
  const sizes = archives.map(sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const examined: (Examined | WireError)[] = [];
  let before = 0;
  const { host, action } = job;
  // Each check starts at zero; together they add up.
  const report: Host["report"] = (event) =>
    host.report(event.kind === "progress" ? { kind: "progress", done: before + event.done, total } : event);
  for (const [index, archive] of archives.entries()) {
    const own = new Job({ ...host, report }, { action, archive });
    try {
      examined.push(await verifyArchive({ verb: "verify", archive, ...check }, own));
    } catch (error) {
      job.throwIfCancelled();
      examined.push(own.explain(error).toWire());
    } finally {
      if (!check.quick) job.files.clear();
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

async function readWhole(archive: string, job: Job): Promise<Sound> {
  job.step("read archive", { archive });
  const metadata = await readArchivedDatabase(archive, job);
  const facts = {
    createdAt: metadata.created_at,
    databaseSize: metadata.database_size_bytes,
    fileCount: metadata.file_count,
    schemaVersion: metadata.schema_version,
    settings: metadata.settings ?? null,
    falseClaims: null,
  };
  return { facts, remarks: NO_REMARKS };
}

/** Reports what is in the library: VPO's metadata may differ from it. */
async function tryExtracting({ archive, anyDatabase }: VerifyRequest, job: Job): Promise<Sound> {
  const path = job.files.file("library.db");
  const extraction = { archive, path };
  job.step("read archive", { archive });
  const metadata = await extractDatabase(extraction, job);
  const databaseSize = Deno.statSync(path).size;
  job.step("check database", { archive, database_size_bytes: databaseSize });
  const library = await checkExtracted(extraction, metadata, { anyDatabase, compareIndexes: true }, job);
  const { fileCount, schemaVersion } = library;
  const falseClaims = falseClaimsOf(metadata, library, databaseSize);
  const settings = metadata.settings ?? null;
  const facts = { createdAt: metadata.created_at, databaseSize, fileCount, schemaVersion, settings, falseClaims };
  return { facts, remarks: tellRemarks(library.remarks) };
}
