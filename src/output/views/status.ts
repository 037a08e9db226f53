import type { ArchiveFault, Concern, LibraryCondition, NewestBackup, Status } from "../../engine/protocol/mod.ts";
import type { ErrorCode } from "../../errors.ts";
import { copyDocument, copySentence, youngCopies } from "./copies.ts";
import { formatAge, formatIso, formatPlural, formatSize, stripControls } from "../format.ts";
import { namingOptions, NOTHING_TO_NAME, PROGRAM } from "../../program.ts";
import { ageInWords } from "../newest_age.ts";
import type { Document, View } from "../view.ts";
import { type Level, statusMetrics } from "./status_metrics.ts";

/** How serious each concern is. */
const LEVELS: Readonly<Record<Concern, Exclude<Level, "ok">>> = {
  no_directory: "critical",
  no_backup: "critical",
  none_of_this_library: "critical",
  none_sound: "critical",
  newest_damaged: "critical",
  newest_unreadable: "critical",
  too_old: "critical",
  from_future: "warning",
  low_space: "warning",
  empty_library: "warning",
  no_copy: "critical",
  copy_too_old: "critical",
  copy_old: "warning",
  copy_unreadable: "warning",
};

/** The state of the backups, in a line. */
export const statusView: View<Status> = {
  isAnswer: false,
  document: (status) => ({
    status: levelOf(status),
    reasons: status.concerns.map((code) => ({ code, level: LEVELS[code], message: sentenceOf(code, status) })),
    directory: status.directory,
    newest: newestDocument(status.newest),
    checked_at: formatIso(status.checkedAt),
    max_age_seconds: status.maxAgeSeconds,
    newest_damaged: filenameOf(status, "damaged"),
    newest_unreadable: filenameOf(status, "unreadable"),
    total_count: status.count,
    damaged_count: status.damagedCount,
    unreadable_count: status.unreadableCount,
    total_size_bytes: status.totalSize,
    free_bytes: status.free,
    needed_bytes: status.needed,
    library_path: status.library.path,
    library_state: status.library.state,
    // That no change is seen does not show that there is none.
    library_changed: status.library.isSeenToDiffer || null,
    library_error: status.library.error,
    library_file_count: status.library.fileCount,
    on_library_disk: status.onLibraryDisk,
    copy_max_age_seconds: status.copyMaxAgeSeconds,
    copies: status.copies.map(copyDocument),
  }),
  lines(status, { palette }) {
    const level = levelOf(status);
    const word = `${level.toUpperCase()}:`;
    const shown = level === "ok" ? word : level === "warning" ? palette.warning(word) : palette.error(word);
    return [`${shown} ${sentencesOf(status).join("; ")} (${figuresOf(status).join(", ")})`];
  },
  metrics: (status) => statusMetrics(status, levelOf(status), LEVELS),
  verdict(status): ErrorCode | null {
    const level = levelOf(status);
    return level === "ok" ? null : level;
  },
};

/** How serious the worst concern is. */
export function levelOf({ concerns }: Status): Level {
  const levels = concerns.map((concern) => LEVELS[concern]);
  return levels.includes("critical") ? "critical" : levels[0] ?? "ok";
}

/** What is wrong, and how old the newest good backup is. */
export function sentencesOf(status: Status): string[] {
  const sentences = status.concerns.map((concern) => sentenceOf(concern, status));
  // If nothing else says how old it is.
  const isSaid = status.concerns.includes("too_old") || (status.newest?.ageSeconds ?? 0) < 0;
  if (status.newest !== null && !isSaid) {
    sentences.push(`the newest good backup is ${ageInWords(status.newest, status.checkedAt)}`);
  }
  return [...sentences, ...youngCopies(status)];
}

function reasonOf(fault: Status["newestFault"]): string {
  return fault === null ? "" : `: ${stripControls(fault.why)}`;
}

function sentenceOf(concern: Concern, status: Status): string {
  const directory = stripControls(status.directory);
  const age = status.newest?.ageSeconds ?? 0;
  switch (concern) {
    case "no_directory":
      return `there is no backup directory "${directory}"`;
    case "no_backup":
      return `there is no backup in "${directory}"`;
    case "none_of_this_library":
      return `no backup in "${directory}" is certain to be of this library`;
    case "none_sound":
      return status.unreadableCount === 0
        ? `no backup in "${directory}" is sound`
        : `no backup in "${directory}" can be used: ${status.unreadableCount} cannot be read${
          reasonOf(status.newestFault)
        }`;
    case "newest_damaged":
    case "newest_unreadable": {
      const { filename, why } = status.newestFault ?? { filename: "", why: "" };
      const what = concern === "newest_damaged" ? "cannot be used" : "cannot be read";
      return `the newest backup, ${stripControls(filename)}, ${what}: ${stripControls(why)}`;
    }
    case "too_old":
      return `the newest good backup is ${status.newest && ageInWords(status.newest, status.checkedAt)}, more than ${
        formatAge(status.maxAgeSeconds)
      }`;
    case "from_future":
      return age < 0
        ? `the newest good backup is dated ${formatAge(-age)} in the future`
        : "some backups are dated in the future";
    case "low_space":
      return `there is no space for two more backups: they need ${formatSize(status.needed ?? 0)}`;
    case "empty_library":
      return `the library lists no files: ${stripControls(status.library.path ?? "")}`;
    case "no_copy":
    case "copy_too_old":
    case "copy_old":
    case "copy_unreadable":
      return copySentence(concern, status);
  }
}

function figuresOf(status: Status): string[] {
  const named = namingOptions(status.toName ?? NOTHING_TO_NAME);
  const damaged = status.damagedCount === 0 ? [] : [`${status.damagedCount} damaged`];
  const unreadable = status.unreadableCount === 0 ? [] : [`${status.unreadableCount} unreadable`];
  const where = status.onLibraryDisk === true ? " on the library's own disk" : "";
  const free = status.free === null ? [] : [`${formatSize(status.free)} free${where}`];
  const library = libraryFact(status.library);
  const unproven = status.newest?.isProven === false
    ? [`made by VPO: check its library with ${PROGRAM} verify${named}`]
    : [];
  return [
    formatPlural(status.count, "backup"),
    ...damaged,
    ...unreadable,
    formatSize(status.totalSize),
    ...free,
    ...(library === null ? [] : [library]),
    ...unproven,
  ];
}

function libraryFact({ state, isSeenToDiffer }: LibraryCondition): string | null {
  if (state === "missing") return "library missing";
  if (state === "unreadable") return "library cannot be read";
  if (isSeenToDiffer === null) return null;
  return isSeenToDiffer ? "library changed since" : "library with as many rows as then";
}

function filenameOf({ newestFault }: Status, fault: ArchiveFault): string | null {
  return newestFault?.fault === fault ? newestFault.filename : null;
}

function newestDocument(newest: NewestBackup | null): Document | null {
  return newest === null ? null : {
    filename: newest.filename,
    path: newest.path,
    created_at: newest.createdAt,
    age_seconds: newest.ageSeconds,
    unchanged_at: newest.unchangedAt,
    archive_size_bytes: newest.archiveSize,
    database_size_bytes: newest.databaseSize,
    file_count: newest.fileCount,
    schema_version: newest.schemaVersion,
    library_checked: newest.isProven,
  };
}
