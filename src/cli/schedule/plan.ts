import { NIGHTLY_HOURS } from "../../engine/protocol/mod.ts";

/** How often a backup is made. */
export const CADENCES = ["daily", "hourly", "weekly"] as const;

export type Cadence = typeof CADENCES[number];

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** What is to be run, and when. No text in it has a control character or a noncharacter. */
export interface Plan {
  /** Path of the executable, or its name where only the PATH knows where it is. */
  readonly program: string;
  readonly library: string;
  readonly backupDirectory: string;
  readonly hasDirectory: boolean;
  /** Whether it is on another disk than the library, which may be missing while the library is there. */
  readonly hasOwnDisk: boolean;
  /** Real paths of the places that copies go into. */
  readonly copyPlaces: readonly string[];
  /** Whether the configuration names them: then nothing else has to. */
  readonly hasOwnPlaces: boolean;
  readonly every: Cadence;
  /** The hour does not count where a backup is made each hour. */
  readonly at: TimeOfDay;
  /** The `--keep` options of the backup, each followed by its value. */
  readonly keep: readonly string[];
  /** All rules that say what is kept, as words: these options, and those in the configuration. */
  readonly rules: readonly string[];
  /** Path of the configuration, by which the commands go; null for none. */
  readonly config: string | null;
  /** Whether it says how old the newest good backup may be. */
  readonly hasMaxAge: boolean;
  /** A line for the shell that is run after each backup that was made; null for none. */
  readonly then: string | null;
  /** An address that is called after that; null for none. */
  readonly ping: string | null;
  /** Number of the user that the library belongs to; null where there are no such numbers. */
  readonly owner: number | null;
  /** Where output goes on systems that do not keep it themselves; null where there is no home directory. */
  readonly logFile: string | null;
}

/** How old the newest backup may be until something is wrong: the time between two, and some for being late. */
const MAX_AGE: Readonly<Record<Cadence, string>> = { hourly: "3h", daily: `${NIGHTLY_HOURS}h`, weekly: "8d" };
const MINUTES_TO_CHECK: Readonly<Record<Cadence, number>> = { hourly: 30, daily: 60, weekly: 60 };
const MINUTES_A_DAY = 24 * 60;

/** A schedule as files. */
export interface ScheduleFiles {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /**
   * What is to be typed, or done, with them.
   *
   * @param directory where they are
   */
  next(directory: string): readonly string[];
}

/** The words of the command that makes a backup. */
export function backupCommand(plan: Plan): string[] {
  return [plan.program, "backup", "--quiet", ...configWords(plan), ...places(plan), ...plan.keep];
}

/** The words of the command that makes the first backup, with which a person says that the directory is right. */
export function firstBackup(plan: Plan): string[] {
  return [plan.program, "backup", "--make-dir", ...places(plan)];
}

/** The words of the command that says whether there is a backup that is young enough. */
export function checkCommand(plan: Plan): string[] {
  const maxAge = plan.hasMaxAge ? [] : ["--max-age", MAX_AGE[plan.every]];
  return [plan.program, "status", ...configWords(plan), ...places(plan), ...maxAge];
}

/**
 * The words of the command that calls an address: this program opens no connection. Redirections are followed by hand,
 * and brackets in the address are part of it.
 */
export function pingCommand(url: string, curl = "curl", nowhere = "/dev/null"): string[] {
  return [curl, "-fsS", "--globoff", "--max-time", "30", "--retry", "5", "-o", nowhere, "--url", url];
}

/** When the check is made, each day or each hour: some time after the backup. */
export function checkTime({ at, every }: Plan): TimeOfDay {
  const minutes = (at.hour * 60 + at.minute + MINUTES_TO_CHECK[every]) % MINUTES_A_DAY;
  return { hour: Math.floor(minutes / 60), minute: minutes % 60 };
}

/** When the backup is made, in words. */
export function when({ every, at }: Plan): string {
  const time = `${twoDigits(at.hour)}:${twoDigits(at.minute)}`;
  if (every === "hourly") return `each hour, ${at.minute} minutes past`;
  return every === "daily" ? `each day at ${time}` : `each Sunday at ${time}`;
}

/** What follows a backup, in words; nothing where nothing does. */
export function sequel({ then, ping }: Plan): string[] {
  if (then === null && ping === null) return [];
  const parts = [...(then === null ? [] : ["runs your command"]), ...(ping === null ? [] : ["calls your address"])];
  return [`After a backup that succeeded it ${parts.join(", and if that succeeds, ")}.`];
}

/** What becomes of old backups, in words. */
export function retention({ rules }: Plan): string {
  return rules.length === 0
    ? "Old backups are never removed; add --keep options to change that."
    : `It keeps: ${rules.join(" ")}`;
}

export function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

/** A word as it can be typed here: cmd and PowerShell both take quotation marks, and a backslash is nothing special. */
export function typedWord(word: string, os: typeof Deno.build.os = Deno.build.os): string {
  if (os !== "windows") return shellWord(word);
  return /^[\w./:\\@+-]+$/.test(word) ? word : `"${word}"`;
}

/** A word as a POSIX shell reads it. */
export function shellWord(word: string): string {
  return /^[\w./:@+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function configWords({ config }: Plan): string[] {
  return config === null ? [] : ["--config", config];
}

function places({ library, backupDirectory, copyPlaces, hasOwnPlaces }: Plan): string[] {
  const copies = hasOwnPlaces ? [] : copyPlaces.flatMap((place) => ["--copy-to", place]);
  return ["--library", library, "--backup-dir", backupDirectory, ...copies];
}
