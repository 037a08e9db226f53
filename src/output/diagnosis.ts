import {
  type Diagnosed,
  type DirectoryExamination,
  type Leftover,
  NIGHTLY_HOURS,
  type RuntimeFacts,
  type Status,
  type WorkExamination,
} from "../engine/protocol/mod.ts";
import { BACK_UP_WITH_OWN_TEMP_DIR, namingOptions, NOTHING_TO_NAME, PROGRAM, typedWord } from "../program.ts";
import { judgeCopyPlaces } from "./diagnosis/copy_places.ts";
import { type Finding, type Level, ok, problem, warning } from "./diagnosis/finding.ts";
import { judgeLibrary } from "./diagnosis/library.ts";
import { judgeSettings } from "./diagnosis/settings.ts";
import { formatCount, formatPlural, formatSize } from "./format.ts";
import { ageInWords, secondsSince } from "./newest_age.ts";

/** A nightly backup older than this was missed, in seconds. */
const OLD_SECONDS = NIGHTLY_HOURS * 3600;
/** A weekly one likewise. */
const TOO_OLD_SECONDS = 8 * 86_400;
/** Most names that are listed before the rest is only counted. */
const MAX_NAMES = 3;

/** The findings of `doctor`, judged from what an examination found. */
export function findingsOf(diagnosed: Diagnosed): Finding[] {
  const { library, directory, status, toName = NOTHING_TO_NAME } = diagnosed;
  const named = namingOptions(toName);
  return [
    ok("Program", runtime(diagnosed.runtime)),
    judgePermissions(diagnosed.missingPermissions),
    ...judgeChoice(diagnosed),
    ...(library === null ? [] : judgeLibrary(library, status !== null && status.count > 0, toName.directory)),
    ...(directory === null ? [] : judgeDirectory(directory, named)),
    ...(diagnosed.work === null ? [] : judgeWork(diagnosed.work, named)),
    ...(status === null ? [] : [judgeNewest(status, named), ...judgeDamaged(status, named), ...judgeSpace(status)]),
    ...(diagnosed.settings === null ? [] : judgeSettings(diagnosed.settings, named)),
    ...(directory === null ? [] : judgeAccess(directory, library?.access.owner ?? null)),
    ...judgeCopyPlaces(diagnosed.copies, named),
    ...judgeLeftovers(diagnosed.leftovers),
  ];
}

/** The worst of the levels. */
export function worstOf(findings: readonly Finding[]): Level {
  const levels = findings.map(({ level }) => level);
  return levels.includes("problem") ? "problem" : levels.includes("warning") ? "warning" : "ok";
}

function runtime({ program, deno, sqlite, system }: RuntimeFacts): string {
  return [program, `Deno ${deno}`, ...(sqlite === null ? [] : [`SQLite ${sqlite}`]), system].join(", ");
}

function judgePermissions(missing: readonly string[]): Finding {
  if (missing.length === 0) return ok("Permissions", "the sandbox grants everything needed");
  const hint = `Grant it with ${
    missing.map((flag) => typedWord(flag)).join(" ")
  }, or use a binary that was built with it.`;
  return problem("Permissions", "the sandbox does not grant everything needed", hint);
}

/** Which library is meant: if that is ambiguous, it has to be stated once and for all. */
function judgeChoice({ libraryRemarks, library, missingPermissions }: Diagnosed): Finding[] {
  const hint = "Name the one that VPO works with: --library PATH, or VPO_DATABASE_PATH.";
  const level = library === null && missingPermissions.length === 0 ? "problem" : "warning";
  return libraryRemarks.map((message) => ({ level, subject: "Library", message, hint }));
}

function judgeWork({ directory, refusal }: WorkExamination, named: string): Finding[] {
  const subject = "Work";
  if (directory !== null) return [ok(subject, `SQLite can work on a copy in ${directory}`)];
  const hint = BACK_UP_WITH_OWN_TEMP_DIR + named;
  return [problem(subject, `SQLite has nowhere to work on a copy: ${refusal ?? "there is no place for it"}`, hint)];
}

function judgeDirectory({ path, found, error, unwritable, unsynced }: DirectoryExamination, named: string): Finding[] {
  const subject = "Directory";
  if (!found) {
    const hint = `Is the disk mounted? If you have no backups yet, make the first one: ${PROGRAM} backup${named}`;
    return [problem(subject, `${path}: there is none`, hint)];
  }
  if (error !== null) {
    const hint = "Run this as the backups' owner.";
    return [problem(subject, `${path}: it cannot be read: ${error}`, hint)];
  }
  const lasting = unsynced === null ? "" : `, though a new file may not survive a power cut: ${unsynced}`;
  if (unwritable === null) return [ok(subject, `${path}: it can be written to${lasting}`)];
  const hint = unwritable.includes("read-only") ? "Mount it for writing." : "Free some space, or give it to this user.";
  return [problem(subject, `${path}: it cannot be written to: ${unwritable}`, hint)];
}

function judgeNewest(
  { concerns, newest, newestFault, count, checkedAt, maxAgeSeconds }: Status,
  named: string,
): Finding {
  const subject = "Newest";
  const hint = `Make one: ${PROGRAM} backup${named}. To schedule backups: ${PROGRAM} schedule --help`;
  if (newest === null) {
    const which = concerns.includes("none_of_this_library") ? "certain to be of this library" : "sound";
    const message = count === 0 ? "there is no backup" : `none of the ${formatCount(count)} backups is ${which}`;
    return problem(subject, message, hint);
  }
  if (newestFault !== null) {
    const { fault, filename, why } = newestFault;
    if (fault === "unreadable") {
      const hint = "Run this as its owner, or give it to this user.";
      return problem(subject, `the newest backup cannot be read: ${filename}: ${why}`, hint);
    }
    return problem(
      subject,
      `the newest backup is damaged: ${filename}: ${why}`,
      `Make a new one: ${PROGRAM} backup${named}`,
    );
  }
  const state = newest.isProven ? "is sound" : "can be read to its end";
  const age = `the newest backup ${state} and ${ageInWords(newest, checkedAt)}`;
  if (concerns.includes("from_future")) {
    const message = newest.ageSeconds < 0
      ? `the newest backup, ${newest.filename}, is dated in the future`
      : "some backups are dated in the future";
    return warning(subject, message, "Correct the clock: prune and restore latest rely on it.");
  }
  const [old, tooOld] = Number.isFinite(maxAgeSeconds) ? [Infinity, maxAgeSeconds] : [OLD_SECONDS, TOO_OLD_SECONDS];
  const since = secondsSince(newest, checkedAt);
  if (since > tooOld) return problem(subject, age, hint);
  if (since > old) return warning(subject, age, hint);
  return newest.isProven
    ? ok(subject, age)
    : warning(subject, age, `Check the library in it: ${PROGRAM} verify${named}`);
}

function judgeDamaged(
  { count, damagedCount, unreadableCount, totalSize, onLibraryDisk }: Status,
  named: string,
): Finding[] {
  if (count === 0) return [];
  const all = `${formatPlural(count, "backup")}, ${formatSize(totalSize)}`;
  if (damagedCount === 0 && unreadableCount > 0) {
    const hint = `List them: ${PROGRAM} backups -v${named}. Run this as their owner.`;
    return [warning("Backups", `${all}; ${formatCount(unreadableCount)} of them cannot be read`, hint)];
  }
  if (damagedCount === 0) {
    const rest = count === 1 ? "" : `; check the older ones with: ${PROGRAM} verify --all${named}`;
    // With VPO's own directory this is always so: no trouble, but worth knowing.
    const where = onLibraryDisk === true ? ", on the library's own disk" : "";
    return [ok("Backups", all + where + rest)];
  }
  const hint =
    `Name them with: ${PROGRAM} verify --all${named}. Remove them with: ${PROGRAM} prune --damaged${named} and a --keep option.`;
  return [warning("Backups", `${all}; ${formatCount(damagedCount)} of them damaged`, hint)];
}

function judgeSpace({ free, needed, newest }: Status): Finding[] {
  if (free === null) return [];
  const subject = "Space";
  const message = `${formatSize(free)} free`;
  if (needed === null) return [ok(subject, message)];
  const hint = `Free some, or remove old backups: ${PROGRAM} prune --help`;
  if (free < needed - (newest?.archiveSize ?? 0)) {
    return [problem(subject, `${message}, which is too little for another backup`, hint)];
  }
  if (free < needed) return [warning(subject, `${message}, which is too little for two more backups`, hint)];
  return [ok(subject, `${message}, enough for more backups`)];
}

function judgeAccess(directory: DirectoryExamination, libraryOwner: number | null): Finding[] {
  const { path, access, readableByOthers, writableByOthers, foreign, keepsModes } = directory;
  const subject = "Access";
  const archives = `${typedWord(path)}/vpo-library-*`;
  const close = (what: string, where: string) =>
    keepsModes === false
      ? "That disk keeps no modes: mount it for one user alone, with the option umask=077"
      : `Fix with: chmod ${what} ${where}`;
  const findings: Finding[] = [];
  if (isSet(access.mode, 0o022)) {
    const message = "users other than its owner can add files to the backup directory and remove them";
    findings.push(warning(subject, message, close("go-w", typedWord(path))));
  }
  // Root may do anything anyway.
  if (libraryOwner !== null && access.owner !== null && access.owner !== 0 && access.owner !== libraryOwner) {
    const message = "the backup directory belongs to another user than the library, and that user can remove backups";
    findings.push(warning(subject, message, `Trust that user, or give it to the library's owner: chown`));
  }
  if (writableByOthers.length > 0) {
    findings.push(
      warning(subject, `others can change ${some(writableByOthers)}`, close("go-w", archives)),
    );
  }
  // Nobody can reach files in a directory that is closed to them.
  if (readableByOthers.length > 0 && isSet(access.mode, 0o011)) {
    findings.push(warning(subject, `others can read ${some(readableByOthers)}`, close("go=", archives)));
  }
  if (foreign.length > 0) {
    const hint = "Run backups as the library's owner, and give that user the existing ones: chown";
    findings.push(warning(subject, `the library's owner does not own ${some(foreign)}`, hint));
  }
  if (findings.length > 0 || access.mode === null) return findings;
  return [ok(subject, "only their owner can change the backups")];
}

function judgeLeftovers(leftovers: readonly Leftover[]): Finding[] {
  if (leftovers.length === 0) return [];
  const unsure = leftovers.filter(({ isSure }) => !isSure);
  const isOfSettings = ({ path }: Leftover) => path.endsWith(".setting");
  const ofSettings = leftovers.filter((leftover) => leftover.isSure && isOfSettings(leftover));
  const sure = leftovers.filter((leftover) => leftover.isSure && !isOfSettings(leftover));
  const subject = "Leftovers";
  const findings: Finding[] = [];
  if (sure.length > 0) {
    const message = `killed runs left ${told(sure)}`;
    findings.push(warning(subject, message, "The next backup or restore there removes them."));
  }
  if (ofSettings.length > 0) {
    const message = `killed restores left ${told(ofSettings)}`;
    findings.push(warning(subject, message, "The next restore of settings removes them."));
  }
  if (unsure.length > 0) {
    const message = `runs left ${told(unsure)}; they may still be running`;
    findings.push(warning(subject, message, "Remove them when no backup or restore is running."));
  }
  return findings;
}

function told(leftovers: readonly Leftover[]): string {
  const size = leftovers.reduce((sum, leftover) => sum + leftover.size, 0);
  return `${some(leftovers.map(({ path }) => path))}, ${formatSize(size)}`;
}

/** The first of the names, and how many more there are. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(", ");
  return names.length <= MAX_NAMES ? shown : `${shown} and ${formatCount(names.length - MAX_NAMES)} more`;
}

function isSet(mode: number | null, bits: number): boolean {
  return mode !== null && (mode & bits) !== 0;
}
