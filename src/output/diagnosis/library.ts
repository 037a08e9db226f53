import type { LibraryExamination } from "../../engine/protocol/mod.ts";
import { restoreCommand, typedWord } from "../../program.ts";
import { formatPlural, formatSize } from "../format.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** A write-ahead log this large is not being merged into the library, in bytes; SQLite does that at some 4 MB. */
const LARGE_LOG_BYTES = 128 * 1024 * 1024;
/** The mode bits that let others than the owner write. */
const OTHERS_WRITE = 0o022;

const NEVER_SCANNED = "Has VPO scanned anything yet? If so, name its library with --library PATH.";
type Trouble = Readonly<Record<Exclude<LibraryExamination["state"], "sound">, readonly [string, string]>>;
/** What is wrong with a library, and what to do about it, by state. */
const troubleWith = (library: string, directory: string | null, advice: string | null): Trouble => ({
  missing: ["there is none", `Name it with --library PATH. To recover it: ${restoreCommand(library, directory)}`],
  damaged: ["it is damaged", `Replace it with: ${restoreCommand(library, directory)}`],
  "not a library": ["it is not a VPO library", "Name the library with --library PATH."],
  unfinished: ["a killed program left an unfinished transaction in it", "Start VPO once to roll it back."],
  unreadable: ["it cannot be read", advice ?? "Check the disk that it is on."],
  held: ["another program has locked it, so it was not checked", "Stop VPO and try again."],
});

/**
 * Judges the library and the file that it is in.
 *
 * @param directory the backup directory, where a command has to name it
 */
export function judgeLibrary(library: LibraryExamination, hasBackups: boolean, directory: string | null): Finding[] {
  const { state, path, reason, advice, size } = library;
  if (state !== "sound") {
    const [trouble, usual] = troubleWith(path, directory, advice)[state];
    const hint = state === "missing" && !hasBackups ? NEVER_SCANNED : usual;
    const why = reason === null || state === "held" ? "" : `: ${reason}`;
    const level = state === "held" ? "warning" : "problem";
    return [{ level, subject: "Library", message: `${path}: ${trouble}${why}`, hint }];
  }
  const counts = `${formatSize(size)}, ${formatPlural(library.fileCount, "file")}, schema ${library.schemaVersion}`;
  const sound = `${path}: ${counts}; SQLite found no damage`;
  const hint = `If VPO works with another one: --library PATH. To recover a lost one: ${
    restoreCommand(path, directory)
  }`;
  const whole = library.fileCount > 0
    ? ok("Library", sound)
    : warning("Library", `${sound}, but it lists no files`, hint);
  return [whole, ...judgeRemarks(library), judgeUse(library), ...judgeFile(library), ...judgeModes(library)];
}

function judgeRemarks({ path, remarks: { stale, unchecked } }: LibraryExamination): Finding[] {
  const subject = "Library";
  const hint = `While VPO is stopped: sqlite3 ${typedWord(path)} REINDEX`;
  return [
    ...(stale === null ? [] : [warning(subject, stale, hint)]),
    ...unchecked.map((what) => ok(subject, what)),
  ];
}

/** A program that uses a library under another name keeps its log there: what is seen here may be stale. */
function judgeFile({ file, logSize }: LibraryExamination): Finding[] {
  const subject = "Library";
  // An empty log tells nothing: whoever only reads a library leaves one.
  const isStale = (logSize ?? 0) === 0;
  const stale = isStale ? " A backup of it may be stale and is refused without --force." : "";
  if (file === "mounted") {
    const message = "its file is itself a mount point, so no restore can replace it";
    return [warning(subject, message, `Mount its directory instead.${stale}`)];
  }
  if (file === "plain" || !isStale) return [];
  const message = "its file has a second hard link, and a program that uses that one keeps its log there";
  return [warning(subject, message, `Name the one that VPO uses with --library PATH.${stale}`)];
}

/** SQLite does not tell who has a library open; a write-ahead log tells that somebody has. */
function judgeUse({ journal, logSize }: LibraryExamination): Finding {
  const subject = "In use";
  if (journal !== "wal") {
    return ok(subject, `in journal mode "${journal}" SQLite does not show a program that has it open but is idle`);
  }
  if (logSize === null) return ok(subject, "no sign that a program has it open");
  if (logSize === 0) {
    return ok(subject, "nothing tells whether a program has it open: its log is there, but empty");
  }
  const open = `a program has it open, or was killed, and its log holds ${formatSize(logSize)}`;
  if (logSize < LARGE_LOG_BYTES) return ok(subject, open);
  return warning(
    subject,
    open,
    "Restart VPO, which merges the log into the library: something has kept it from doing so.",
  );
}

function judgeModes({ path, access }: LibraryExamination): Finding[] {
  if (((access.mode ?? 0) & OTHERS_WRITE) === 0) return [];
  return [warning("Library", "users other than its owner can change it", `Fix with: chmod go-w ${typedWord(path)}`)];
}
