import { dirname } from "node:path";
import { BackupError } from "../errors.ts";
import { type LibraryFacts, readFacts } from "../library/facts.ts";
import { checkDatabase } from "../library/integrity.ts";
import { isoSeconds } from "../store/naming.ts";
import { linkFile, pathExists } from "../store/publish.ts";
import { requireSpace } from "../store/space.ts";
import { previewReplacement } from "./compare.ts";
import { exchangeLibrary, readCurrentSchema } from "./exchange.ts";
import { explain, type Task } from "./failure.ts";
import { beginStep, type Host } from "./host.ts";
import { endlessLibrary, limitLook } from "./limits.ts";
import type { Checked, Declined, Replacement, Restored, UndoRequest } from "./protocol.ts";
import { listSetAside, pruneSetAside } from "./set_aside.ts";
import { type Temporary, withTemporary } from "./temporary.ts";

/**
 * Puts the newest set-aside library back in place of the present one, which is set aside in its turn: so a second
 * `undo` takes the first one back.
 */
export async function undo(request: UndoRequest, host: Host): Promise<Restored | Checked | Declined> {
  const source = newestSetAside(request.library);
  const task: Task = {
    action: "Cannot undo the restore",
    library: request.library,
    directory: dirname(request.library),
  };
  try {
    return await withTemporary(task, host, (work) => putBack(source, request, work, host, task));
  } catch (error) {
    if (error instanceof BackupError && error.cause instanceof Deno.errors.NotFound && !pathExists(source)) {
      throw overtaken(error);
    }
    throw explain(error, task);
  }
}

async function putBack(
  source: string,
  request: UndoRequest,
  work: Temporary,
  host: Host,
  task: Task,
): Promise<Restored | Checked | Declined> {
  const started = performance.now();
  const checked = work.file("library.db");
  makeCheckable(source, checked, task);

  const { size, mtime } = Deno.statSync(source);
  beginStep(host, "check database", { library: source, database_size_bytes: size });
  limitLook(host, size, endlessLibrary({ ...task, library: source }));
  const facts = await checkSetAside(checked, { ...task, library: source }, host);
  const currentSchemaVersion = readCurrentSchema(request.library, request.waitSeconds, host);
  const comparison = previewReplacement(request, checked, host);
  // A library in use must not have a second name: SQLite would keep a log for each.
  Deno.removeSync(checked);
  const replacement: Replacement = {
    source,
    library: request.library,
    createdAt: isoSeconds(mtime ?? new Date(0)),
    vpoVersion: null,
    schemaVersion: facts.schemaVersion,
    currentSchemaVersion,
    databaseSize: size,
    fileCount: facts.fileCount,
    comparison,
  };
  // A restore that ended meanwhile has set another library aside: that is the one to put back then.
  const requireStill = () => {
    if (listSetAside(request.library)[0] !== source) throw overtaken();
  };
  const exchange = { ...request, replacement, candidate: source, started, requireStill };
  const result = await exchangeLibrary(exchange, host);
  if (result.kind === "restored") pruneSetAside(request.library);
  return result;
}

async function checkSetAside(checked: string, task: Task, host: Host): Promise<LibraryFacts> {
  try {
    return await checkDatabase(checked, "full", readFacts, host.checker);
  } catch (error) {
    throw explain(error, task);
  }
}

function newestSetAside(library: string): string {
  const [newest] = listSetAside(library);
  if (newest !== undefined) return newest;
  throw new BackupError(
    "not_found",
    `Cannot undo: no library set aside by a restore is beside "${library}"`,
    "Show the backups that can be restored with: vpo-backup backups",
  );
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
