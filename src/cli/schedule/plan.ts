import { NIGHTLY_HOURS } from "../../engine/protocol/mod.ts";

/** How often a backup is made. */
export const CADENCES = ["daily", "hourly", "weekly"] as const;

/** One of them. */
export type Cadence = typeof CADENCES[number];

/** A time of day, in local time. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** What to run, and when. No text in it has a control character or a noncharacter. */
export interface Plan {
  /** Path of the executable, or its name where only the PATH knows where it is. */
  readonly program: string;
  readonly library: string;
  readonly backupDirectory: string;
  readonly hasDirectory: boolean;
  /** Whether it is on another disk than the library, which may be away while the library is there. */
  readonly hasOwnDisk: boolean;
  /** Real paths of the places that copies go into. */
  readonly copyPlaces: readonly string[];
  /** Whether the configuration names them: then nothing else has to. */
  readonly hasOwnPlaces: boolean;
  readonly every: Cadence;
  /** The hour is ignored if a backup is made each hour. */
  readonly at: TimeOfDay;
  /** The `--keep` options of the backup, each followed by its value. */
  readonly keep: readonly string[];
  /** All rules about what is kept, in words: these options, and those in the configuration. */
  readonly rules: readonly string[];
  /** Variables that say where VPO's settings are, with real values: without them a schedule would not back these up. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** Path of the configuration that the commands use; null for none. */
  readonly config: string | null;
  /** Whether it says how old the newest good backup may be. */
  readonly hasMaxAge: boolean;
  /** A line for the shell that is run after each backup that was made; null for none. */
  readonly then: string | null;
  /** A URL that is requested after that; null for none. */
  readonly ping: string | null;
  /** ID of the user who owns the library; null where there are no such IDs. */
  readonly owner: number | null;
  /** Where output goes on systems that do not keep it themselves; null where there is no home directory. */
  readonly logFile: string | null;
}

/** Age of the newest backup beyond which something is wrong: the interval, and some time for being late. */
const MAX_AGE: Readonly<Record<Cadence, string>> = { hourly: "3h", daily: `${NIGHTLY_HOURS}h`, weekly: "8d" };
const MINUTES_TO_CHECK: Readonly<Record<Cadence, number>> = { hourly: 30, daily: 60, weekly: 60 };
const MINUTES_A_DAY = 24 * 60;

/** A schedule as files. */
export interface ScheduleFiles {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /**
   * What to type, or do, with them.
   *
   * @param directory where they are
   */
  next(directory: string): readonly string[];
}

/** The command line that makes a backup. */
export function backupCommand(plan: Plan): string[] {
  return [plan.program, "backup", "--quiet", ...configWords(plan), ...places(plan), ...plan.keep];
}

/** The command line that makes the first backup, with which a person confirms that the directory is right. */
export function firstBackup(plan: Plan): string[] {
  return [plan.program, "backup", "--make-dir", ...configWords(plan), ...places(plan)];
}

/** The command line that tells whether there is a recent enough backup. */
export function checkCommand(plan: Plan): string[] {
  const maxAge = plan.hasMaxAge ? [] : ["--max-age", MAX_AGE[plan.every]];
  return [plan.program, "status", ...configWords(plan), ...places(plan), ...maxAge];
}

/**
 * The command line that requests a URL: this program opens no connection. Redirects are not followed, and brackets in
 * the URL are part of it.
 */
export function pingCommand(url: string, curl = "curl", nowhere = "/dev/null"): string[] {
  return [curl, "-fsS", "--globoff", "--max-time", "30", "--retry", "5", "-o", nowhere, "--url", url];
}

/** The commands that follow a successful backup, each if the one before it succeeded. */
export function followers({ then, ping }: Plan): string[][] {
  return [...(then === null ? [] : [["/bin/sh", "-c", then]]), ...(ping === null ? [] : [pingCommand(ping)])];
}

/** The time of the check, each day or each hour: some time after the backup. */
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
  const parts = [...(then === null ? [] : ["runs your command"]), ...(ping === null ? [] : ["calls your URL"])];
  return [`After each successful backup it ${parts.join(", and if that succeeds, ")}.`];
}

/** What becomes of old backups, in words. */
export function retention({ rules }: Plan): string {
  return rules.length === 0
    ? "Old backups are never removed; add --keep options to change that."
    : `It keeps: ${rules.join(" ")}`;
}

/** A number with at least two digits: `03`. */
export function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

function configWords({ config }: Plan): string[] {
  return config === null ? [] : ["--config", config];
}

function places({ library, backupDirectory, copyPlaces, hasOwnPlaces }: Plan): string[] {
  const copies = hasOwnPlaces ? [] : copyPlaces.flatMap((place) => ["--copy-to", place]);
  return ["--library", library, "--backup-dir", backupDirectory, ...copies];
}
