import { basename, dirname } from "node:path";
import { holdsBackups, rememberCopy } from "../engine/backup_directory.ts";
import type { BackupCreated, Pruned } from "../engine/protocol/mod.ts";
import { BackupError, systemReason, withoutAction } from "../errors.ts";
import type { SecondCopy } from "../output/outcome.ts";
import { askEngine } from "./ask_engine.ts";
import type { Context } from "./context.ts";
import type { ClaimedPlace } from "./options/copy_places.ts";

/** How to make copies. */
export interface Copying {
  /** Real path of the library. */
  readonly library: string;
  /** Directories that a run's own private directory may be made in, best first: real paths. */
  readonly workPlaces: readonly string[];
  /** Removes what is not kept, beside the copy at this path; null where nobody asked for that. */
  readonly prune: ((path: string) => Promise<Pruned>) | null;
}

/**
 * Copies a backup into each of the places. A failure in one does not affect the others: the backup is made.
 *
 * @throws {BackupError} only where the run is interrupted
 */
export async function copyAfter(
  created: BackupCreated,
  places: readonly ClaimedPlace[],
  copying: Copying,
  context: Context,
): Promise<SecondCopy[]> {
  const copies: SecondCopy[] = [];
  for (const place of places) {
    const copy = await copyInto(place, created, copying, context);
    tell(copy, context);
    copies.push(copy);
  }
  return copies;
}

/** The copies that a backup would get, for a dry run. */
export function planCopies(places: readonly ClaimedPlace[], context: Context): SecondCopy[] {
  return places.map(({ destination: { directory }, refusal }) => {
    const error = refusal?.why ?? null;
    const copy = { directory, path: null, error, isAbsence: refusal?.isAbsence ?? false, pruned: null };
    if (error !== null) {
      context.reporter.event({
        kind: "warning",
        message: `the backup would not be copied to "${directory}": ${error}`,
      });
    }
    return copy;
  });
}

async function copyInto(
  { destination, claim, refusal }: ClaimedPlace,
  created: BackupCreated,
  { library, workPlaces, prune }: Copying,
  context: Context,
): Promise<SecondCopy> {
  const { directory } = destination;
  const nothing = { directory, path: null, isAbsence: false, pruned: null };
  if (refusal !== null) return { ...nothing, error: refusal.why, isAbsence: refusal.isAbsence };
  const { path: archive, databaseSha256, createdAt } = created;
  let path: string | null = null;
  try {
    const request = { archive, databaseSha256, createdAt, destination, claim, workPlaces };
    ({ path } = await askEngine(context, { verb: "copy", ...request }));
    remember(created, path, library, context);
    return { ...nothing, path, error: null, pruned: prune === null ? null : await prune(path) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (context.io.interruption.aborted) throw interruptedAfter(created, directory, error);
    const isAbsence = path === null && !claim && !isThere(directory);
    const why = withoutAction(error.message);
    return { ...nothing, path, isAbsence, error: path === null ? why : `old copies were not removed: ${why}` };
  }
}

/** A disk that is unplugged right now counts as away, as it would have a moment before. */
function isThere(directory: string): boolean {
  try {
    return holdsBackups(directory);
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Records the copy; one that cannot be recorded is just as good. */
function remember(
  { path: archive, createdAt }: BackupCreated,
  path: string,
  library: string,
  { reporter }: Context,
): void {
  try {
    rememberCopy(dirname(archive), path, createdAt, library);
  } catch (error) {
    const message = `the copy "${basename(path)}" could not be recorded for status: ${systemReason(error)}`;
    reporter.event({ kind: "warning", message });
  }
}

function tell({ directory, path, error, isAbsence }: SecondCopy, { reporter }: Context): void {
  if (error === null) return;
  const message = path === null
    ? `the backup was not copied to "${directory}": ${error}`
    : `the backup was copied to "${directory}", but ${error}`;
  reporter.event({ kind: "warning", message, isFailure: !isAbsence });
}

function interruptedAfter({ path }: BackupCreated, directory: string, cause: BackupError): BackupError {
  const what = cause.message.replace(/:.*/, "");
  const message =
    `${what}: backup created at "${path}", but not copied to "${directory}"; temporary files were removed`;
  return new BackupError(cause.code, message, "The next backup is copied there.", { cause });
}
