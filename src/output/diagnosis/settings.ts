import type { SettingsExamination } from "../../engine/protocol/mod.ts";
import { PROGRAM } from "../../program.ts";
import { formatPlural, formatSize } from "../format.ts";
import { type Finding, ok, warning } from "./finding.ts";

const SUBJECT = "Settings";
/** Most names that are listed before the rest is only counted. */
const MAX_NAMES = 3;

/**
 * Judges whether settings, which a person wrote by hand, are in a backup.
 *
 * @param named the options that name the library and the backup directory in a command, where it has to
 */
export function judgeSettings({ here, inNewest, leftOut }: SettingsExamination, named: string): Finding[] {
  return [...judgeBackedUp(here, inNewest, named), ...judgeLeftOut(leftOut)];
}

function judgeBackedUp(
  { count, totalBytes }: SettingsExamination["here"],
  inNewest: number | null,
  named: string,
): Finding[] {
  // A missing backup is reported elsewhere.
  if (count === 0 || inNewest === null) return [];
  const here = `${formatPlural(count, "file")} here (${formatSize(totalBytes)})`;
  if (inNewest > 0) return [ok(SUBJECT, `${here}, ${inNewest} in the newest backup`)];
  const hint = `Back them up with: ${PROGRAM} backup${named} (with --settings if others can read the backup)`;
  return [warning(SUBJECT, `${here}, but none in the newest backup`, hint)];
}

function judgeLeftOut(leftOut: SettingsExamination["leftOut"]): Finding[] {
  if (leftOut.length === 0) return [];
  const named = leftOut.slice(0, MAX_NAMES).map(({ name, why }) => `"${name}": ${why}`).join("; ");
  const more = leftOut.length - MAX_NAMES;
  const message = `no backup includes ${formatPlural(leftOut.length, "file")}: ${named}${
    more > 0 ? `; and ${more} more` : ""
  }`;
  return [
    warning(SUBJECT, message, "Keep copies of these elsewhere, or put plain files of up to 10 MB in their place."),
  ];
}
