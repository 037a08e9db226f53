import { basename, dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { type LibraryFacts, readFacts } from "../../library/library_facts.ts";
import { checkDatabase } from "../../library/integrity.ts";
import { hasSameContent } from "../../store/file_bytes.ts";
import { isoSeconds } from "../../store/naming.ts";
import { linkFile } from "../../store/publish.ts";
import { requireSpace } from "../../store/space.ts";
import { previewReplacement } from "../inspect/compare.ts";
import { exchangeLibrary, readCurrentSchema } from "./replacement.ts";
import { explain, type Task } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { endlessLibrary, limitLook } from "../worker/deadlines.ts";
import type { Checked, Replacement, Restored, UndoRequest } from "../protocol/mod.ts";
import { listSetAside } from "./set_aside.ts";
import { type Temporary, withTemporary } from "../worker/work_directory.ts";

/**
 * Puts the newest set-aside library back in place of the present one, which is set aside in its turn: so a second
 * `undo` takes the first one back.
 */
export async function undo(request: UndoRequest, host: Host): Promise<Restored | Checked> {
  const kept = listKept(request.library);
  const task: Task = {
    action: "Cannot undo the restore",
    library: request.library,
    directory: dirname(request.library),
  };
  try {
    return await withTemporary(task, host, (work) => putBack(kept, request, work, host, task));
  } catch (error) {
    if (error instanceof BackupError && error.cause instanceof Deno.errors.NotFound && isOvertaken(kept, task)) {
      throw overtaken(error);
    }
    throw explain(error, task);
  }
}

/** A set-aside library that can be put back. */
interface Source extends LibraryFacts {
  readonly path: string;
  /** Its second name, or its copy, in the work directory. */
  readonly checked: string;
}

/**
 * The newest set-aside library. One that is as damaged as the library in place, byte for byte, is none that was
 * replaced: a restore that was killed before it could do that has left it.
 */
async function findSource(kept: readonly string[], work: Temporary, host: Host, task: Task): Promise<Source> {
  const [path = "", ...older] = kept;
  const checked = work.file(basename(path));
  try {
    return { path, checked, ...await checkSetAside(path, checked, host, task) };
  } catch (error) {
    const isDamaged = error instanceof BackupError && error.code === "not_a_library";
    if (!isDamaged || older.length === 0 || !hasSameContent(path, task.library)) throw error;
    return await findSource(older, work, host, task);
  }
}

async function checkSetAside(path: string, checked: string, host: Host, task: Task): Promise<LibraryFacts> {
  makeCheckable(path, checked, task);
  const { size } = Deno.statSync(path);
  const own = { ...task, library: path };
  beginStep(host, "check database", { library: path, database_size_bytes: size });
  limitLook(host, size, endlessLibrary(own));
  try {
    return await checkDatabase(checked, "full", readFacts, host.checker);
  } catch (error) {
    throw explain(error, own);
  }
}

async function putBack(
  kept: readonly string[],
  request: UndoRequest,
  work: Temporary,
  host: Host,
  task: Task,
): Promise<Restored | Checked> {
  const started = performance.now();
  const { path, checked, schemaVersion, fileCount } = await findSource(kept, work, host, task);
  const { size, mtime } = Deno.statSync(path);
  const currentSchemaVersion = readCurrentSchema(request.library, request.waitSeconds, host);
  const comparison = previewReplacement(request, checked, host);
  // A library in use must not have a second name: SQLite would keep a log for each.
  Deno.removeSync(checked);
  const replacement: Replacement = {
    source: path,
    library: request.library,
    createdAt: isoSeconds(mtime ?? new Date(0)),
    vpoVersion: null,
    schemaVersion,
    currentSchemaVersion,
    databaseSize: size,
    fileCount,
    comparison,
  };
  // A restore that ended meanwhile has set another library aside: that is the one to put back then.
  const requireStill = () => {
    if (isOvertaken(kept, task)) throw overtaken();
  };
  const exchange = {
    ...request,
    replacement,
    candidate: path,
    spare: work.file("previous.db"),
    started,
    requireStill,
  };
  return await exchangeLibrary(exchange, host);
}

/** The libraries that are set aside beside this one, the newest first. */
function listKept(library: string): readonly string[] {
  const kept = listSetAside(library);
  if (kept.length > 0) return kept;
  throw new BackupError(
    "not_found",
    `Cannot undo: no library set aside by a restore is beside "${library}"`,
    "Show the backups that can be restored with: vpo-backup backups",
  );
}

function isOvertaken(kept: readonly string[], { library }: Task): boolean {
  return listSetAside(library)[0] !== kept[0];
}

function overtaken(cause?: Error): BackupError {
  return new BackupError(
    "database_locked",
    "Cannot undo the restore: another run has replaced the library meanwhile",
    "Look at what is there now before you try again.",
    { cause },
  );
}

/**
 * Gives the set-aside library a second name in the work directory, or copies it where there are no hard links: SQLite
 * leaves its side files beside what it reads.
 */
function makeCheckable(source: string, checked: string, task: Task): void {
  if (linkFile(source, checked)) return;
  requireSpace(task.directory, Deno.statSync(source).size, task.action);
  Deno.copyFileSync(source, checked);
}
