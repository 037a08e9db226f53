import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { type LibraryFacts, NotALibrary, readFacts } from "../../library/content/library_facts.ts";
import { isDamage, openDatabase } from "../../library/sqlite.ts";
import { tryUntilFree } from "../../library/try_until_free.ts";
import { namingOptions, PROGRAM } from "../../program.ts";
import type { Replacement } from "../protocol/mod.ts";
import { explainSystem } from "../worker/explain_system.ts";
import type { Job } from "../worker/job.ts";

/** Finishes what is left to do once the new library is in place: a failure must not sound as if it were not. */
export function afterwards<T>(
  { library, previous }: { readonly library: string; readonly previous: string | null },
  failing: string,
  act: () => T,
): T {
  try {
    return act();
  } catch (cause) {
    const { code, message } = explainSystem(cause, `"${library}" was replaced, but ${failing}`);
    const hint = previous === null ? "Check the disk." : `The previous library is kept: "${previous}". Check the disk.`;
    throw new BackupError(code, message, hint, { cause });
  }
}

/**
 * Opens the new library once, as VPO will; the connection may write, so that it removes its side files when it closes.
 */
export function checkResult(replacement: Replacement, waitSeconds: number, previous: string | null, job: Job): void {
  const { library, schemaVersion, fileCount } = replacement;
  try {
    const facts = tryUntilFree(waitSeconds, () => readResult(library, schemaVersion > 0));
    if (facts !== null && (facts.schemaVersion !== schemaVersion || facts.fileCount !== fileCount)) {
      throw new NotALibrary(`it has ${facts.fileCount} files and schema ${facts.schemaVersion}`);
    }
  } catch (cause) {
    throw isWrong(cause) ? wrongResult(library, previous, cause) : unseenResult(library, previous, cause, job);
  }
}

function isWrong(error: unknown): error is Error {
  return error instanceof NotALibrary || isDamage(error);
}

/** VPO, or another run, may have been faster than this look at what had just been put in place. */
function wrongResult(library: string, previous: string | null, cause: Error): BackupError {
  const kept = previous === null ? "" : `The previous library is kept: "${previous}". `;
  return new BackupError(
    "operation_failed",
    `"${library}" was replaced, but then did not hold what it should: ${cause.message}`,
    `${kept}If a program has used the new one by now, that may be why. Otherwise check the disk.`,
    { cause },
  );
}

/**
 * The error for a result that could not be looked at: it was checked before, so as far as anybody knows it is whole.
 */
function unseenResult(library: string, previous: string | null, cause: unknown, job: Job): BackupError {
  const action = `"${library}" was replaced by what had been checked, but could not be opened afterwards`;
  const { code, message } = job.about({ action, library, directory: dirname(library) }).explain(cause);
  const hint = [
    previous === null ? "" : `The previous library is kept: "${previous}".`,
    code === "insufficient_space" ? "Free some space there: SQLite needs a file beside a library to open it." : "",
    `Look at the new library with: ${PROGRAM} doctor${namingOptions({ library, directory: null })}`,
  ];
  return new BackupError(code, message, hint.filter((part) => part !== "").join(" "), { cause });
}

function readResult(library: string, isVpo: boolean): LibraryFacts | null {
  const database = openDatabase(library, { readOnly: false, waitSeconds: 0 });
  try {
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return isVpo ? readFacts(database) : null;
  } finally {
    database.close();
  }
}
