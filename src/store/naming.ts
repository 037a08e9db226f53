/**
 * Names of archives and of set-aside libraries. Both contain a UTC time to the second.
 * `vpo-library-2026-02-05T14-30-22Z.tar.gz` is VPO's form; older VPO versions wrote `…T143022Z.tar.gz`. A second
 * archive of the same second gets `-2` before the extension; each set-aside library gets the next number.
 *
 * @module
 */
import { basename } from "node:path";

/** How the name of every archive begins. */
export const ARCHIVE_PREFIX = "vpo-library-";
/** How the name of every archive ends. */
export const ARCHIVE_SUFFIX = ".tar.gz";
const KEPT_SETTINGS = "settings";
const SET_ASIDE_INFIX = ".before-restore-";

const TIME = String.raw`(\d{4})-(\d{2})-(\d{2})T(\d{2})-?(\d{2})-?(\d{2})Z(?:-(\d{1,9}))?`;
const ARCHIVE_NAME = new RegExp(`^${ARCHIVE_PREFIX}${TIME}\\.tar\\.gz$`);
const SET_ASIDE_TIME = new RegExp(`^${TIME}$`);

/** Name of an archive made at `time`; `serial`, from 2, tells archives of one second apart. */
export function archiveName(time: Date, serial = 1): string {
  return ARCHIVE_PREFIX + stamp(time, serial) + ARCHIVE_SUFFIX;
}

const MAX_NAMES_A_SECOND = 1000;

/** The names that an archive made at `time` may get, the best first. */
export function archiveNamesFor(time: Date): string[] {
  return Array.from({ length: MAX_NAMES_A_SECOND }, (_, index) => archiveName(time, index + 1));
}

/** Whether `name` belongs in a list of backups. */
export function isArchiveName(name: string): boolean {
  return name.startsWith(ARCHIVE_PREFIX) && name.endsWith(ARCHIVE_SUFFIX);
}

/** The time in an archive's name; null where there is none, or no real one. */
export function archiveTime(name: string): Date | null {
  return timeOf(ARCHIVE_NAME.exec(name));
}

/** Serial number of an archive within its second, from 1; 0 where the name is not of a known shape. */
export function archiveSerial(name: string): number {
  const match = ARCHIVE_NAME.exec(name);
  return match === null ? 0 : Number(match[7] ?? 1);
}

/** Sorts the newest archive first, by name; names of another shape come last. */
export function newestNameFirst(one: string, other: string): number {
  const timeIn = (name: string) => archiveTime(name)?.getTime() ?? 0;
  return timeIn(other) - timeIn(one) || compareNames(one, other);
}

/** Sorts the latest archive first; within one second, by name. */
export function newestFirst(one: Made, other: Made): number {
  return Date.parse(other.createdAt) - Date.parse(one.createdAt) || compareNames(one.filename, other.filename);
}

/** An archive, and when it was made, in ISO 8601. */
interface Made {
  readonly filename: string;
  readonly createdAt: string;
}

function compareNames(one: string, other: string): number {
  return archiveSerial(other) - archiveSerial(one) || (one < other ? 1 : one > other ? -1 : 0);
}

/**
 * Path under which the library at `library` is kept when it is replaced at `time`.
 *
 * @param serial its number among all that were set aside, from 1
 */
export function setAsidePath(library: string, time: Date, serial: number): string {
  return library + SET_ASIDE_INFIX + stamp(time, serial);
}

/** What the name of a set-aside library says. */
export interface SetAsideName {
  /** Its number among all that were ever set aside, from 1: a clock may go back. */
  readonly serial: number;
  /** When that was, by the clock at the time. */
  readonly time: Date;
}

/** What the name of a set-aside library says, or null where `name` is not one of this library. */
export function parseSetAside(libraryName: string, name: string): SetAsideName | null {
  const prefix = libraryName + SET_ASIDE_INFIX;
  if (!name.startsWith(prefix)) return null;
  const match = SET_ASIDE_TIME.exec(name.slice(prefix.length));
  const time = timeOf(match);
  return time === null ? null : { serial: Number(match?.[7] ?? 1), time };
}

/** Path of the library that was set aside at `path`, or null where that is not the name of one. */
export function libraryOfSetAside(path: string): string | null {
  const library = path.slice(0, Math.max(path.lastIndexOf(SET_ASIDE_INFIX), 0));
  return library !== "" && parseSetAside(library, path) !== null ? library : null;
}

/** When the library at `path` was set aside; the epoch where its name does not tell. */
export function setAsideTime(path: string): Date {
  const name = basename(path);
  return parseSetAside(name.slice(0, Math.max(name.lastIndexOf(SET_ASIDE_INFIX), 0)), name)?.time ?? new Date(0);
}

/**
 * Name of the directory for settings that are replaced at `time`; `serial`, from 2, tells those of one second apart.
 */
export function keptSettingsName(time: Date, serial = 1): string {
  return KEPT_SETTINGS + SET_ASIDE_INFIX + stamp(time, serial);
}

/** When settings were replaced, by the name of the directory that keeps them; null for another directory. */
export function keptSettingsTime(name: string): Date | null {
  return parseSetAside(KEPT_SETTINGS, name)?.time ?? null;
}

/** Sorts the last one set aside first. */
export function newestSetAside(one: SetAsideName, other: SetAsideName): number {
  return other.serial - one.serial || other.time.getTime() - one.time.getTime();
}

/** UTC time to the second, `2026-02-05T14:30:22Z`, as VPO writes it. */
export function isoSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}

function stamp(time: Date, serial: number): string {
  return isoSeconds(time).replaceAll(":", "-") + (serial > 1 ? `-${serial}` : "");
}

function timeOf(match: RegExpExecArray | null): Date | null {
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) || isoSeconds(time) !== iso ? null : time;
}

/** How the names of a run's private directory and of its temporary files elsewhere begin. */
export const WORK_PREFIX = ".vpo-backup-";
const TOKEN = "[0-9a-f]{8}-[0-9a-f]{4}";
const WORK_DIRECTORY_NAME = new RegExp(`^\\${WORK_PREFIX}${TOKEN}$`);
const OUTPUT_FILE_NAME = new RegExp(
  `^\\${WORK_PREFIX}${TOKEN}\\.(tar\\.gz|trial|setting|place|claim|tar\\.gz\\.claim)$`,
);

/** Whether `name` has the form of a work directory's. */
export function isWorkDirectoryName(name: string): boolean {
  return WORK_DIRECTORY_NAME.test(name);
}

/** Whether `name` has the form of an output file's. */
export function isOutputFileName(name: string): boolean {
  return OUTPUT_FILE_NAME.test(name);
}

/** What an output file is to become, by its name: `tar.gz`, `trial`, `setting`, `place`, or a claim. */
export function outputKind(name: string): string {
  return isOutputFileName(name) ? name.slice(name.indexOf(".", 1) + 1) : "";
}
