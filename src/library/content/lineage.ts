/**
 * Tells whether two libraries are the same one at different times, by a sample of the ends of its files' paths, which
 * survives growth, rescans and a move to another media root.
 *
 * The end of a path is its last three components, whatever separates them. The name alone is not enough: "S01E01.mkv" is
 * in every library, and "Season 1/S01E01.mkv" is, too; it takes the folder of the series to tell one from another. More
 * components would reach up to the mount point, which changes on another machine. The extension does not count, for VPO
 * puts files into other containers.
 *
 * The sample is a MinHash: the smallest of the hashes of all ends. Samples of kin share some of the smallest; those of
 * strangers do not, however large the libraries are (A. Broder, "On the resemblance and containment of documents", 1997).
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { isMissing } from "../sqlite.ts";
import { MAX_PATH_BYTES } from "./media_files.ts";

/** Hashes in a sample, at most. */
const SAMPLE_SIZE = 64;
/** Hexadecimal digits of a hash: 52 bits, which a number of JavaScript's holds exactly. */
const HASH_DIGITS = 13;
/** Kin share at least one hash in this many. */
const KIN_SHARE = 4;
/**
 * Fewer hashes than this prove nothing, unless there are no more. The sample of a library reaches as far as four hashes
 * of one that has a sixteenth of its files: of smaller ones it tells nothing.
 */
const MIN_COMPARED = 4;

/** Components at the end of a path that are hashed. */
const COMPONENTS = 3;
/** What a sample begins with: only hashes of the same kind can be compared. */
const FORM = `${COMPONENTS}:`;
const SAMPLE = new RegExp(`^${FORM}(?:[0-9a-f]{${HASH_DIGITS}}){1,${SAMPLE_SIZE}}$`);

/** Paths fetched at a time: a call into SQLite takes longer than hashing a path. */
const PAGE_ROWS = 250;
const PAGE_SQL = `
  SELECT max(rowid) AS last, group_concat(path, char(10)) AS paths FROM (
    SELECT rowid, CASE WHEN typeof(path) = 'text' AND octet_length(path) <= ${MAX_PATH_BYTES} THEN path ELSE '' END AS path
    FROM files WHERE rowid > ? AND rowid <= ${Number.MAX_SAFE_INTEGER} ORDER BY rowid LIMIT ${PAGE_ROWS})`;

/**
 * The sample of a library: "3:" and the smallest hashes in ascending order, each of 13 hexadecimal digits, without
 * anything between them. Memory does not depend on how many files there are.
 *
 * @param advance is called now and then; what it throws ends the reading
 * @returns null where the files cannot be gone through; empty where there are none
 */
export function readLineage(database: DatabaseSync, advance: () => void = () => {}): string | null {
  try {
    const page = database.prepare(PAGE_SQL);
    const sample = new Sample();
    for (let last: unknown = Number.MIN_SAFE_INTEGER;;) {
      const row = page.get(last as number);
      if (typeof row?.["last"] !== "number") return sample.toString();
      addEnds(sample, String(row["paths"]));
      last = row["last"];
      advance();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A sample as an archive has it; null where it has none, or one of another form, which can be compared with nothing. */
export function comparableLineage(sample: string | undefined): string | null {
  return sample === "" || (sample !== undefined && SAMPLE.test(sample)) ? sample : null;
}

/**
 * Whether two samples are of the same library, at whatever times.
 *
 * A quarter in common will do. A library that has grown several times over shares less, and then nobody can tell it
 * from another one that holds the same files and more.
 *
 * @returns null where that cannot be told, or where of one of them nothing is known
 */
export function areKin(one: string, other: string): boolean | null {
  const [first, second] = [hashesIn(one), hashesIn(other)];
  if (first.length === 0 || second.length === 0) return null;
  const others = new Set(second);
  const common = first.filter((hash) => others.has(hash)).length;
  if (common * KIN_SHARE >= Math.max(first.length, second.length)) return true;
  const { compared, reach } = rangeOfBoth(first, second);
  const mayBePart = common * KIN_SHARE >= compared || (compared < MIN_COMPARED && reach !== Infinity);
  return mayBePart ? null : false;
}

/**
 * Whether one library may have grown out of the other: what the samples show of the smaller one is in the larger one,
 * too, and that is enough to tell.
 *
 * @param least hashes of the smaller one that are enough
 */
export function mayHaveGrown(one: string, other: string, least: number = MIN_COMPARED): boolean {
  const [first, second] = [hashesIn(one), hashesIn(other)];
  const { compared } = rangeOfBoth(first, second);
  const others = new Set(second);
  const common = first.filter((hash) => others.has(hash)).length;
  return compared >= least && common * 2 >= compared;
}

/**
 * How far both samples reach, and how many hashes of the smaller library are in that range. The sample of a library that
 * has grown covers a smaller range; only within the range of both can one be part of the other.
 */
function rangeOfBoth(first: readonly number[], second: readonly number[]): { compared: number; reach: number } {
  const reach = Math.min(reachOf(first), reachOf(second));
  const compared = Math.min(...[first, second].map((hashes) => hashes.filter((hash) => hash <= reach).length));
  return { compared, reach };
}

/** A sample that is not full has all hashes there are. */
function reachOf(hashes: readonly number[]): number {
  return hashes.length < SAMPLE_SIZE ? Infinity : hashes.at(-1) ?? Infinity;
}

function hashesIn(sample: string): number[] {
  if (!SAMPLE.test(sample)) return [];
  const count = (sample.length - FORM.length) / HASH_DIGITS;
  return Array.from({ length: count }, (_, index) => {
    const at = FORM.length + index * HASH_DIGITS;
    return parseInt(sample.slice(at, at + HASH_DIGITS), 16);
  });
}

/** Adds the end of each path; paths are one per line. */
function addEnds(sample: Sample, paths: string): void {
  for (let start = 0; start <= paths.length;) {
    const found = paths.indexOf("\n", start);
    const end = found === -1 ? paths.length : found;
    const from = endOf(paths, start, end);
    if (from < end) sample.add(hashOf(paths, from, stemEnd(paths, from, end)));
    start = end + 1;
  }
}

const SLASH = 0x2f;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

/** Where the last components begin of the path from `start` to `end`; at its end where it has no name. */
function endOf(paths: string, start: number, end: number): number {
  let components = 0;
  for (let at = end - 1; at >= start; at--) {
    if (unitAt(paths, at) !== SLASH) continue;
    if (at === end - 1) return end;
    components++;
    if (components === COMPONENTS || at === start) return at + 1;
  }
  return start;
}

/** Where the extension begins of the name at the end of a path from `from` to `end`; at its end where it has none. */
function stemEnd(paths: string, from: number, end: number): number {
  for (let at = end - 1; at > from && unitAt(paths, at) !== SLASH; at--) {
    if (paths.charCodeAt(at) === DOT) return unitAt(paths, at - 1) === SLASH ? end : at;
  }
  return end;
}

/** The UTF-16 code unit of a path: Windows separates components with a backslash, or with a slash. */
function unitAt(path: string, at: number): number {
  const unit = path.charCodeAt(at);
  return unit === BACKSLASH ? SLASH : unit;
}

/** The smallest of any number of different hashes. */
class Sample {
  readonly #hashes: number[] = [];

  add(hash: number): void {
    const hashes = this.#hashes;
    if (hashes.length === SAMPLE_SIZE && hash >= (hashes[SAMPLE_SIZE - 1] ?? 0)) return;
    let at = hashes.length;
    while (at > 0 && (hashes[at - 1] ?? 0) > hash) at--;
    if (hashes[at - 1] === hash) return;
    hashes.splice(at, 0, hash);
    if (hashes.length > SAMPLE_SIZE) hashes.pop();
  }

  toString(): string {
    if (this.#hashes.length === 0) return "";
    return FORM + this.#hashes.map((hash) => hash.toString(16).padStart(HASH_DIGITS, "0")).join("");
  }
}

/**
 * A hash of 52 bits of part of a path, by its UTF-16 code units: FNV-1a in two lanes of 32 bits, each finished as
 * MurmurHash3 does, of which the first gives the upper bits. Archives hold such hashes: it must never change.
 */
function hashOf(path: string, from: number, to: number): number {
  let upper = 0x811c9dc5;
  let lower = 0x9747b28c;
  for (let at = from; at < to; at++) {
    const unit = unitAt(path, at);
    upper = Math.imul(upper ^ unit, 0x01000193);
    lower = Math.imul(lower ^ unit, 0x5bd1e995);
  }
  return finished(upper) * 2 ** 20 + (finished(lower) >>> 12);
}

function finished(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
