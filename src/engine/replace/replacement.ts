import { dirname } from "node:path";
import { BackupError, declined } from "../../errors.ts";
import { type LibraryFacts, NotALibrary, readFacts, readSchemaVersion } from "../../library/library_facts.ts";
import { Snapshot, UnfinishedTransaction } from "../../library/snapshot.ts";
import { openDatabase, sqliteFailure } from "../../library/sqlite.ts";
import { KNOWN_SCHEMA_VERSION } from "../../version.ts";
import { explain } from "../worker/explain_error.ts";
import { beginStep, type Host } from "../worker/host.ts";
import { endlessLibrary, limitLook, sizeWithLog } from "../worker/deadlines.ts";
import type { Checked, Replacement, Restored } from "../protocol/mod.ts";
import { afterwards, replaceLibrary, type Succession } from "./put_in_place.ts";
import { pruneSetAside } from "./set_aside.ts";

/** A checked database that is to become the library. */
export interface Exchange extends Omit<Succession, "library"> {
  readonly replacement: Replacement;
  readonly dryRun: boolean;
  readonly confirm: boolean;
  /** `performance.now()` at the beginning of the operation. */
  readonly started: number;
}

/** Asks where that is wanted, replaces the library, and looks at the result before saying that it is done. */
export async function exchangeLibrary(exchange: Exchange, host: Host): Promise<Restored | Checked> {
  const { replacement, waitSeconds } = exchange;
  if (exchange.dryRun) return { kind: "checked", replacement };
  const asked = performance.now();
  if (exchange.confirm && !await host.ask(replacement)) throw declined();
  const started = exchange.started + performance.now() - asked;
  const { library } = replacement;
  const previousLibrary = await replaceLibrary({ ...exchange, library }, host);
  checkResult(replacement, waitSeconds, previousLibrary);
  const failing = "an older one that is set aside could not be removed";
  afterwards({ library, previous: previousLibrary }, failing, () => pruneSetAside(library));
  return { kind: "restored", replacement, previousLibrary, seconds: (performance.now() - started) / 1000 };
}

/**
 * The schema version that a backup is compared with: that of the library in place, or where there is none that can be
 * read, the newest one that this program knows.
 */
export function readCurrentSchema(library: string, waitSeconds: number, host: Host): number {
  beginStep(host, "look at library", { library });
  try {
    Deno.statSync(library);
    const task = { action: "Cannot compare the backup with the library", library };
    using _limit = limitLook(host, sizeWithLog(library), endlessLibrary(task), waitSeconds);
    using snapshot = Snapshot.pin(library, waitSeconds);
    return snapshot.read(readSchemaVersion);
  } catch (error) {
    const failure = sqliteFailure(error);
    const isUnusable = error instanceof Deno.errors.NotFound || error instanceof NotALibrary ||
      error instanceof UnfinishedTransaction || failure === "damaged" || failure === "not a database" ||
      failure === "cannot open";
    if (isUnusable) return KNOWN_SCHEMA_VERSION;
    throw error;
  }
}

/** Opens the new library once, as VPO will; the connection may write, so that it removes its side files at its end. */
function checkResult(replacement: Replacement, waitSeconds: number, previous: string | null): void {
  const { library, schemaVersion, fileCount } = replacement;
  try {
    const facts = readResult(library, waitSeconds, schemaVersion > 0);
    if (facts !== null && (facts.schemaVersion !== schemaVersion || facts.fileCount !== fileCount)) {
      throw new NotALibrary(`it has ${facts.fileCount} files and schema ${facts.schemaVersion}`);
    }
  } catch (cause) {
    throw isWrong(cause) ? wrongResult(library, previous, cause) : unseenResult(library, previous, cause);
  }
}

function isWrong(error: unknown): error is Error {
  const failure = sqliteFailure(error);
  return error instanceof NotALibrary || failure === "damaged" || failure === "not a database";
}

function wrongResult(library: string, previous: string | null, cause: Error): BackupError {
  return new BackupError(
    "operation_failed",
    `"${library}" was replaced, but then did not hold what it should: ${cause.message}`,
    previous === null ? "Check the disk." : `The previous library is whole: "${previous}". Check the disk.`,
    { cause },
  );
}

/** What was put in place had been checked before: as far as anybody knows it is whole. */
function unseenResult(library: string, previous: string | null, cause: unknown): BackupError {
  const action = `"${library}" was replaced by what had been checked, but could not be opened then`;
  const { code, message } = explain(cause, { action, library, directory: dirname(library) });
  const hint = [
    previous === null ? "" : `The previous library is kept: "${previous}".`,
    code === "insufficient_space" ? "Free some space there: SQLite keeps a file beside a library that it opens." : "",
    "Look at the new library with: vpo-backup doctor",
  ];
  return new BackupError(code, message, hint.filter((part) => part !== "").join(" "), { cause });
}

function readResult(library: string, waitSeconds: number, isVpo: boolean): LibraryFacts | null {
  const database = openDatabase(library, { readOnly: false, waitSeconds });
  try {
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return isVpo ? readFacts(database) : null;
  } finally {
    database.close();
  }
}
