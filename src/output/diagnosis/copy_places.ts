import type { CopyPlaceExamination } from "../../engine/protocol/mod.ts";
import { PROGRAM, typedWord } from "../../program.ts";
import { formatAge } from "../format.ts";
import type { Finding } from "./finding.ts";

const SUBJECT = "Copies";

/**
 * Judges the places for second copies.
 *
 * @param named the options that name the library and the backup directory in a command, where it has to
 */
export function judgeCopyPlaces(places: readonly CopyPlaceExamination[], named: string): Finding[] {
  return places.flatMap((place) => [judgePlace(place, named), ...judgeDisk(place)]);
}

function judgePlace({ condition, unwritable }: CopyPlaceExamination, named: string): Finding {
  const { directory, state, newest, error, concern } = condition;
  const isBad = concern === "no_copy" || concern === "copy_too_old";
  const level = isBad ? "problem" : concern === null ? "ok" : "warning";
  const command = `${PROGRAM} backup${named} --copy-to ${typedWord(directory)}`;
  const hint = state === "absent" ? `Plug that disk in and run: ${command}` : `Make one: ${command}`;
  if (state === "unreadable") {
    return finding("warning", `${directory}: it cannot be read: ${error}`, "Check that disk.");
  }
  if (unwritable !== null) {
    return finding("problem", `${directory}: it cannot be written to: ${unwritable}`, "Check that disk.");
  }
  const where = state === "absent" ? "its disk is not there" : "it can be written to";
  const age = newest === null
    ? missing(condition)
    : `the newest copy is ${formatAge(Math.max(newest.ageSeconds, 0))} old`;
  const why = error === null ? "" : `; ${error}`;
  return finding(level, `${directory}: ${where}; ${age}${why}`, level === "ok" ? null : hint);
}

/** What is said where no copy is known. */
function missing({ state, error }: CopyPlaceExamination["condition"]): string {
  return state === "absent" && error !== null ? "nobody can tell whether it has a good copy" : "no good copy is known";
}

/** If one disk fails, both are lost. */
function judgeDisk({ condition: { directory, onBackupDisk } }: CopyPlaceExamination): Finding[] {
  if (onBackupDisk !== true) return [];
  const message = `${directory}: it is on the same disk as the backup directory`;
  return [finding("warning", message, "Copy to another disk: --copy-to DIR.")];
}

function finding(level: Finding["level"], message: string, hint: string | null): Finding {
  return { level, subject: SUBJECT, message, hint };
}
