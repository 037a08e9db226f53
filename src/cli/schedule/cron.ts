import { createHash } from "node:crypto";
import { join } from "node:path";
import { PROGRAM, shellWord } from "../../program.ts";
import {
  backupCommand,
  checkCommand,
  checkTime,
  followers,
  type Plan,
  retention,
  type ScheduleFiles,
  sequel,
  when,
} from "./plan.ts";

/** Longer lines are refused by the cron of Debian and others, in characters. Source: cron's `MAX_COMMAND`. */
export const MAX_LINE = 998;
const FILE = "vpo-backup.cron";
/** Hex digits that tell the schedules of one crontab apart. */
const ID_LENGTH = 8;

/**
 * Two lines for a crontab: the backup, and a check that prints only what is wrong, because cron mails what a job
 * prints.
 */
export function cronLines(plan: Plan): string {
  const { hour, minute } = plan.at;
  const check = checkTime(plan);
  const mark = markOf(plan);
  const backup = [...plan.environment.map(variable), words(backupCommand(plan))].join(" ");
  const times = {
    hourly: `${minute} * * * *`,
    daily: `${minute} ${hour} * * *`,
    weekly: `${minute} ${hour} * * 0`,
  };
  const checkTimes = plan.every === "hourly" ? `${check.minute} * * * *` : `${check.minute} ${check.hour} * * *`;
  return `# Backs up the VPO library ${when(plan)}, and checks that this was done.
# ${retention(plan)}
${sequel(plan).map((line) => `# ${line}\n`).join("")}\
#
# Install, as the user that the library belongs to: add these lines with
#   crontab -e
# in the place of those of an earlier schedule, which end alike.
# Try it: run what follows the five fields of the first line.
${
    plan.then === null
      ? ""
      : "# cron looks for programs in /usr/bin and /bin only: give your command full paths to others.\n"
  }\
#
# cron mails what a job prints, and these jobs print only what is wrong. To whom:
#MAILTO=you@example.org
${times[plan.every]} ${guard(plan)}${[backup, ...followers(plan).map(words)].join(" && ")}${mark}
${checkTimes} report=$(${words(checkCommand(plan))} 2>&1) || echo "$report"${mark}
`;
}

/**
 * How both lines end, which the shell takes for a comment: by this, the lines of an earlier schedule for the same library
 * and backup directory can be told from all others.
 */
function markOf({ library, backupDirectory }: Plan): string {
  const id = createHash("sha256").update(`${library}\0${backupDirectory}`).digest("hex").slice(0, ID_LENGTH);
  return ` # ${PROGRAM} ${id}`;
}

/** The lines as a file. */
export function cronFiles(plan: Plan): ScheduleFiles {
  return {
    files: [{ name: FILE, text: cronLines(plan) }],
    next: (directory) => [
      "# As the user that the library belongs to; of what the crontab has already, it replaces only the lines of an " +
      "earlier schedule for this library and backup directory:",
      `sh -c ${shellWord(installer(plan))} sh ${shellWord(join(directory, FILE))}`,
    ],
  };
}

/** What `crontab -l` says of a user who has no crontab, as patterns: that of most systems, and that of busybox. */
const NO_CRONTAB = ['*"no crontab for "*', '*": can"?"t open "?*": No such file or directory"'];

/**
 * A script for `sh`, whatever shell it is typed in, that puts the lines of a file into the crontab. If any of this fails,
 * the crontab stays as it is: one that cannot be read is none to replace. In this locale awk takes every byte as it is.
 */
function installer(plan: Plan): string {
  return [
    `old=$(crontab -l 2>/dev/null) || case $(crontab -l 2>&1 >/dev/null) in ${NO_CRONTAB.join("|")}) ;; ` +
    '*) echo "The crontab cannot be read, so it was not changed:" >&2; crontab -l; exit 1;; esac',
    `new=$(printf %s "$old" | LC_ALL=C awk "/${markOf(plan)}$/ {next} 1" && LC_ALL=C awk "/^[^#]/" "$1")` +
    ' && { printf %s "$new"; echo; } | crontab -',
  ].join("; ");
}

/** The mount point of an unmounted disk is an empty directory, which a backup would fill. */
function guard({ hasOwnDisk, backupDirectory }: Plan): string {
  if (!hasOwnDisk) return "";
  const directory = words([backupDirectory]);
  return `[ -n "$(ls -A ${directory})" ] || { echo ${directory}: is the disk mounted? >&2; exit 1; }; `;
}

/** A variable for the command that follows it. */
function variable([name, value]: Plan["environment"][number]): string {
  return `${name}=${words([value])}`;
}

/** Words quoted for both cron and the shell that it starts: to cron a bare percent sign ends the command. */
function words(command: readonly string[]): string {
  return command.map((word) => shellWord(word).replaceAll("%", "'\\%'")).join(" ");
}
