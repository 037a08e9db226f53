import type { DatabaseSync } from "node:sqlite";
import { sqliteFailure } from "./sqlite.ts";

/** Findings after which a check stops. */
const MAX_FINDINGS = 5;

const PRAGMAS = { quick: "quick_check", full: "integrity_check" } as const;

/** `quick` does not compare indexes with their tables; SQLite calls it `quick_check`. */
export type CheckKind = keyof typeof PRAGMAS;

/** What is worth mentioning in a sound database. */
export interface Remarks {
  /** Indexes that do not match their tables, as "index words"; the tables themselves are complete. */
  readonly stale: readonly string[];
  /** What SQLite here cannot check, and why: it lacks another program's functions, collations and modules. */
  readonly unchecked: readonly string[];
}

/** What a check found. */
export interface Findings extends Remarks {
  /** What is wrong; nothing where the database is sound. */
  readonly damage: readonly string[];
}

const TEXT_INDEX = "full-text index ";
const SOUND: Findings = { damage: [], stale: [], unchecked: [] };

/** SQLite's message for an index that does not match its table (`PRAGMA integrity_check`, pragma.c). */
const STALE_INDEX =
  /^(?:wrong # of entries in|row \d+ missing from|row \d+ values differ from|non-unique entry in|rowid not at end-of-record for row \d+ of) index ([^]+)$/;
/** The same for a full-text index (fts3.c, fts5_main.c). */
const STALE_TEXT_INDEX = /inverted index for FTS\d? table (?:main\.)?([^:]+)/;

/**
 * Has SQLite check an open database, which others may be using.
 *
 * What the quick check finds is damage. What only the full one finds is about indexes, which REINDEX makes anew from
 * their tables. Where SQLite cannot make a check for what it lacks, it is made table by table, for those where it can.
 */
export function checkStructure(database: DatabaseSync, kind: CheckKind): Findings {
  const whole = attempt(database, kind);
  if ("found" in whole && whole.found.length === 0) return SOUND;
  if (kind === "full") {
    const structure = checkStructure(database, "quick");
    if (structure.damage.length > 0) return structure;
    return "found" in whole ? joined(structure, sorted(whole.found)) : byTable(database, kind);
  }
  return "found" in whole && !whole.found.some(isStale) ? { ...SOUND, damage: whole.found } : byTable(database, kind);
}

/** Checks table by table, so that an error in one does not prevent the check of the others. */
function byTable(database: DatabaseSync, kind: CheckKind): Findings {
  const tables = database.prepare("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'").all();
  const checks = tables.map((row) => checkTable(database, kind, String(row["name"]), row["rootpage"] === 0));
  return [checkTable(database, kind, "sqlite_schema", false), ...checks].reduce(joined, SOUND);
}

function checkTable(database: DatabaseSync, kind: CheckKind, name: string, isVirtual: boolean): Findings {
  const unchecked = (why: string): Findings => ({ ...SOUND, unchecked: [`table ${name}: ${why}`] });
  // SQLite would take it for the number of findings.
  if (/^[+-]?\d+$/.test(name)) return unchecked("its name is a number");
  const tried = attempt(database, kind, name, isVirtual);
  return "found" in tried ? sorted(tried.found) : unchecked(tried.why);
}

/**
 * @param name of one table; without it everything is checked
 * @param isVirtual it has no b-tree: findings about it are not about the database
 */
function attempt(
  database: DatabaseSync,
  kind: CheckKind,
  name: string | null = null,
  isVirtual = false,
): { readonly found: readonly string[] } | { readonly why: string } {
  const argument = name === null ? MAX_FINDINGS : `"${name.replaceAll('"', '""')}"`;
  try {
    const rows = database.prepare(`PRAGMA ${PRAGMAS[kind]}(${argument})`).all();
    const found = rows.slice(0, MAX_FINDINGS).map((row) => String(Object.values(row)[0]));
    return { found: found.length === 1 && found[0] === "ok" ? [] : found };
  } catch (error) {
    const failure = sqliteFailure(error);
    const isLack = failure === "other" || failure === "too big" || (isVirtual && failure === "damaged");
    if (isLack && error instanceof Error) return { why: error.message };
    throw error;
  }
}

function sorted(found: readonly string[]): Findings {
  return {
    damage: found.filter((finding) => !isStale(finding)),
    stale: [...new Set(found.flatMap((finding) => staleIn(finding) ?? []))],
    unchecked: [],
  };
}

function isStale(finding: string): boolean {
  return staleIn(finding) !== null;
}

function staleIn(finding: string): string | null {
  const [, index] = STALE_INDEX.exec(finding) ?? [];
  if (index !== undefined) return `index ${index}`;
  const [, table] = STALE_TEXT_INDEX.exec(finding) ?? [];
  return table === undefined ? null : TEXT_INDEX + table;
}

function joined(one: Findings, other: Findings): Findings {
  const some = (key: keyof Findings) => [...new Set([...one[key], ...other[key]])].slice(0, MAX_FINDINGS);
  return { damage: some("damage"), stale: some("stale"), unchecked: some("unchecked") };
}

/** Remarks in words, each without a full stop. */
export interface ToldRemarks {
  /** Null where no index is stale. */
  readonly stale: string | null;
  readonly unchecked: readonly string[];
}

/** Puts remarks into words. */
export function tellRemarks({ stale, unchecked }: Remarks): ToldRemarks {
  const [texts, plain] = [stale.filter(isOfText), stale.filter((name) => !isOfText(name))];
  const told = [...tellStale(plain, "REINDEX fixes"), ...tellStale(texts, `the command "rebuild" of its table fixes`)];
  return {
    stale: told.length === 0 ? null : told.join("; "),
    unchecked: unchecked.map((what) => `SQLite here could not check ${what}`),
  };
}

function tellStale(names: readonly string[], fixes: string): string[] {
  if (names.length === 0) return [];
  const [match, it] = names.length === 1 ? ["does not match its table", "it"] : ["do not match their tables", "them"];
  return [`${names.join(", ")} ${match}: ${fixes} ${it}`];
}

function isOfText(name: string): boolean {
  return name.startsWith(TEXT_INDEX);
}
