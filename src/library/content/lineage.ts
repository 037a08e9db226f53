/**
 * Tells whether two libraries are the same one at different times, by a sample of the names of its media files, which
 * survives growth, rescans and a move to another media root.
 *
 * The sample is a MinHash: the smallest of the hashes of all names. Samples of kin share names among the smallest;
 * those of strangers do not, however large the libraries are (A. Broder, "On the resemblance and containment of
 * documents", 1997).
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
/** Fewer hashes than this prove nothing, unless there are no more. */
const MIN_COMPARED = 4;

/** Names fetched at a time: a call into SQLite takes longer than hashing a name. */
const PAGE_ROWS = 250;
const PAGE_SQL = `
  SELECT max(rowid) AS last, group_concat(path, char(10)) AS paths FROM (
    SELECT rowid, CASE WHEN typeof(path) = 'text' AND octet_length(path) <= ${MAX_PATH_BYTES} THEN path ELSE '' END AS path
    FROM files WHERE rowid > ? AND rowid <= ${Number.MAX_SAFE_INTEGER} ORDER BY rowid LIMIT ${PAGE_ROWS})`;

/**
 * The sample of a library: the smallest hashes in ascending order, each of 13 hexadecimal digits, without anything
 * between them. Memory does not depend on how many files there are.
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
      addNames(sample, String(row["paths"]));
      last = row["last"];
      advance();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
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
  // The sample of a library that has grown covers a smaller range; only within the range of both can one be part of the
  // other.
  const reach = Math.min(reachOf(first), reachOf(second));
  const compared = Math.min(...[first, second].map((hashes) => hashes.filter((hash) => hash <= reach).length));
  const mayBePart = common * KIN_SHARE >= compared || (compared < MIN_COMPARED && reach !== Infinity);
  return mayBePart ? null : false;
}

/** A sample that is not full has all hashes there are. */
function reachOf(hashes: readonly number[]): number {
  return hashes.length < SAMPLE_SIZE ? Infinity : hashes.at(-1) ?? Infinity;
}

function hashesIn(sample: string): number[] {
  const count = Math.floor(sample.length / HASH_DIGITS);
  return Array.from({ length: count }, (_, at) => parseInt(sample.slice(at * HASH_DIGITS, (at + 1) * HASH_DIGITS), 16));
}

/** Adds the name at the end of each path; paths are one per line. */
function addNames(sample: Sample, paths: string): void {
  for (let start = 0; start <= paths.length;) {
    const found = paths.indexOf("\n", start);
    const end = found === -1 ? paths.length : found;
    const from = nameIn(paths, start, end);
    if (from < end) sample.add(hashOf(paths, from, end));
    start = end + 1;
  }
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/** Where the name begins of the path from `start` to `end`: behind its last slash, or its last backslash without one. */
function nameIn(paths: string, start: number, end: number): number {
  let name = start;
  for (let at = end - 1; at >= start; at--) {
    const unit = paths.charCodeAt(at);
    if (unit === SLASH) return at + 1;
    if (unit === BACKSLASH && name === start) name = at + 1;
  }
  return name;
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
    return this.#hashes.map((hash) => hash.toString(16).padStart(HASH_DIGITS, "0")).join("");
  }
}

/**
 * A hash of 52 bits of part of a text, by its UTF-16 code units: FNV-1a in two lanes of 32 bits, each finished as
 * MurmurHash3 does, of which the first gives the upper bits. Archives hold such hashes: it must never change.
 */
function hashOf(text: string, from: number, to: number): number {
  let upper = 0x811c9dc5;
  let lower = 0x9747b28c;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
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
