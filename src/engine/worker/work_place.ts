import { BackupError, type ErrorCode, withoutAction } from "../../errors.ts";
import { errnoOf } from "../../store/errno.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { isFull, lacksInodes, requireSpace } from "../../store/space.ts";
import { mayHaveOneMode, type Renamers, renamersIn } from "../../store/trust.ts";
import { currentUser } from "../../store/user.ts";
import { WorkDirectory } from "../../store/work_directory.ts";
import { diskFull, explainSandbox, explainSystem } from "./explain_system.ts";

/** What a request needs of the directory in which its databases are worked on. */
export interface WorkNeeds {
  /** "Cannot back up the library". */
  readonly action: string;
  /** Directories that it may be made in, best first: real paths. */
  readonly places: readonly string[];
  /** Another place will do where others can rename files in all of these. */
  readonly mayGoElsewhere: boolean;
  /** Space that is needed in it, in bytes; 0 where that is known only later. */
  readonly bytes: number;
  /** What to do where none of the places will do. */
  readonly otherWays: string | null;
  /** The result belongs to the owner of the place, who can rename it anyway. */
  readonly trustsOwner: boolean;
}

/** A place where nobody can rename root's files, for when others can in the wanted places. */
const SYSTEM_PLACE = "/var/tmp";

const MOUNT_CLOSED =
  "If that disk keeps no modes of its own (exFAT, NTFS, a share), mount it with the option umask=022 " +
  "(a share: dir_mode=0755). Otherwise close the directory to others: chmod go-w";

/** Why there is no work directory in a place. */
interface Refusal {
  readonly place: string;
  readonly code: ErrorCode;
  readonly why: string;
  /** What to do about it; null where only another place helps. */
  readonly hint: string | null;
  readonly cause: unknown;
}

/** A work directory, and what to report about its place. */
export interface MadeWorkDirectory {
  readonly work: WorkDirectory;
  readonly place: string;
  /** Whether it is in a place of this user's in which others could swap it. */
  readonly isOpen: boolean;
  /** Why it is in none of the better places. */
  readonly refusals: readonly string[];
}

/**
 * Makes a work directory in the first suitable place: one where this user may write, nobody else can rename it, there
 * is enough space, and SQLite works.
 *
 * @throws {BackupError}
 */
export async function makeWorkDirectory(needs: WorkNeeds): Promise<MadeWorkDirectory> {
  const refusals: Refusal[] = [];
  let isDistrusted = false;
  for (const place of placesFor(needs)) {
    if (place === SYSTEM_PLACE && !needs.places.includes(place) && !isDistrusted) continue;
    const renamers = renamersIn(place, currentUser());
    const isTrusted = renamers !== "others" && (renamers !== "its owner" || needs.trustsOwner);
    isDistrusted ||= !isTrusted;
    try {
      if (!isTrusted) throw distrust(place, renamers);
      const work = await makeIn(place, needs);
      return { work, place, isOpen: renamers === "others in our own", refusals: refusals.map(({ why }) => why) };
    } catch (error) {
      refusals.push(refusalOf(error, place, needs));
    }
  }
  throw joined(needs, refusals);
}

function placesFor({ places, mayGoElsewhere }: WorkNeeds): string[] {
  const more = mayGoElsewhere && Deno.build.os !== "windows" && mayWrite(SYSTEM_PLACE) ? [SYSTEM_PLACE] : [];
  return [...new Set([...places, ...more])];
}

function mayWrite(path: string): boolean {
  return Deno.permissions.querySync({ name: "write", path }).state === "granted";
}

async function makeIn(place: string, { bytes, action }: WorkNeeds): Promise<WorkDirectory> {
  if (!mayWrite(place)) throw new Deno.errors.NotCapable(`Requires write access to "${place}", run again`);
  if (bytes > 0) requireSpace(place, bytes, action);
  const work = WorkDirectory.create(place);
  try {
    await tryDatabase(work);
    return work;
  } catch (error) {
    work[Symbol.dispose]();
    throw error;
  }
}

async function tryDatabase(work: WorkDirectory): Promise<void> {
  // Loaded only for work on databases.
  const { requireSqlite } = await import("../../library/probe.ts");
  const path = work.file("probe.db");
  createPrivateFile(path).close();
  requireSqlite(path);
  work.clear();
}

function distrust(place: string, renamers: Renamers): BackupError {
  const who = renamers === "others" ? "others" : "its owner";
  const message = `${who} could replace files in "${place}"`;
  // A chmod has no effect there.
  const isMount = renamers === "others" && mayHaveOneMode(place);
  return new BackupError("operation_failed", message, isMount ? MOUNT_CLOSED : null);
}

function refusalOf(cause: unknown, place: string, needs: WorkNeeds): Refusal {
  const { code, message, hint } = explainSystem(cause, ACTION);
  const why = withoutAction(message);
  if (cause instanceof BackupError) return { place, code, why, hint, cause };
  const reason = whyUnwritable(cause, place);
  if (reason !== null) {
    // A replacement cannot be made anywhere else.
    const hint = needs.trustsOwner && reason === READ_ONLY ? "Mount it for writing." : null;
    return { place, code, why: `nothing can be written in "${place}": ${reason}`, hint, cause };
  }
  if (!(cause instanceof Error && "code" in cause && cause.code === "ERR_SQLITE_ERROR")) {
    return { place, code, why, hint, cause };
  }
  // SQLite does not say what is the matter with the files that it makes beside a database.
  if (isFull(place)) return refusalOf(diskFull(ACTION, cause), place, needs);
  return { place, code, why: `SQLite does not work in "${place}": ${why}`, hint: null, cause };
}

/** Explains what went wrong in a directory that a run writes to, if it is about writing there at all. */
export function explainWriting(cause: unknown, place: string, action: string): unknown {
  const reason = whyUnwritable(cause, place);
  if (reason === null) return cause;
  const { code } = explainSystem(cause, action);
  const message = `${action}: nothing can be written in "${place}": ${reason}`;
  return new BackupError(code, message, HINTS[reason] ?? "Name another directory.", { cause });
}

const READ_ONLY = "the file system is read-only";
const NO_INODES = "it has no inodes left for more files";

/** Why nothing can be written in a directory, judging by a failed attempt; null where it failed for another reason. */
export function whyUnwritable(cause: unknown, place: string): string | null {
  const errno = errnoOf(cause);
  if (errno === "ENOSPC" && lacksInodes(place)) return NO_INODES;
  return REASONS[errno] ?? null;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: READ_ONLY,
};

const HINTS: Readonly<Record<string, string>> = {
  "permission denied": "Run it as a user who may read the library and write to that directory.",
  [READ_ONLY]: "Mount it for writing, or name another directory.",
  [NO_INODES]: "Remove files there, however small, or name another directory.",
};

/** Stands in for the action that is put before all of the reasons. */
const ACTION = "Cannot work there";

function joined({ action, otherWays }: WorkNeeds, refusals: readonly Refusal[]): BackupError {
  const [first] = refusals;
  if (first === undefined) return new BackupError("operation_failed", `${action}: there is no place to work in`);
  if (refusals.every(({ code }) => code === "permission_denied")) return explainSandbox(first.cause as Error, action);
  const told = refusals.filter(({ code }) => code !== "permission_denied");
  const code = told.every(({ code }) => code === "insufficient_space") ? "insufficient_space" : "operation_failed";
  // A full disk is one reason, however many directories are on it.
  const whys = code === "insufficient_space" ? told.slice(0, 1) : told;
  const hint = whys.every(({ hint }) => hint !== null) ? whys[0]?.hint ?? null : otherWays;
  return new BackupError(code, `${action}: ${whys.map(({ why }) => why).join("; ")}`, hint, { cause: first.cause });
}
