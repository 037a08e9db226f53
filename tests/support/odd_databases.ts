import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";

/** Runs statements that may write to the schema itself, on a database that is made if it is missing. */
function executeUnsafely(path: string, sql: string): void {
  const settings: DatabaseSyncOptions & { readonly defensive: boolean } = { defensive: false };
  const database = new DatabaseSync(path, settings);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** Gives a definition in the schema another text: so a database gets what SQLite here does not have. */
const redefine = (name: string, from: string, to: string) =>
  `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '${from}', '${to}') WHERE name = '${name}';`;

/** A sound database that SQLite here cannot check whole, and what is said of it. */
export interface OddDatabase {
  readonly name: string;
  readonly sql: string;
  /** What a quick check leaves unchecked or finds stale, in words. */
  readonly quick: { readonly stale: readonly string[]; readonly unchecked: readonly string[] };
  readonly full: { readonly stale: readonly string[]; readonly unchecked: readonly string[] };
}

const NOTHING = { stale: [], unchecked: [] } as const;

/** What programs put into databases that are not VPO's, or beside VPO's tables. Each has a sound table `notes`. */
export const ODD_DATABASES: readonly OddDatabase[] = [
  {
    name: "an index that does not match its table",
    sql: `CREATE INDEX stray ON notes (size); ${redefine("stray", "(size)", "(text)")}`,
    quick: NOTHING,
    full: { stale: ["index stray"], unchecked: [] },
  },
  {
    name: "an index on a function of another program's",
    sql: `CREATE INDEX own ON notes (abs(size)); ${redefine("own", "abs(", "myf(")}`,
    quick: NOTHING,
    full: { stale: [], unchecked: ["table notes: unknown function: myf()"] },
  },
  {
    name: "an index on a part, by a function of another program's",
    sql: `CREATE INDEX part ON notes (size) WHERE abs(size) > 1; ${redefine("part", "abs(", "decimal(")}`,
    quick: NOTHING,
    full: { stale: [], unchecked: ["table notes: unknown function: decimal()"] },
  },
  {
    name: "an index on JSON where one row has none",
    sql: `CREATE TABLE bags (bag); CREATE INDEX keys ON bags (abs(bag)); INSERT INTO bags VALUES ('{]');
      ${redefine("keys", "abs(bag)", "json(bag)")}`,
    quick: NOTHING,
    full: { stale: [], unchecked: ["table bags: malformed JSON"] },
  },
  {
    name: "a text of 34 MB with an index on it",
    sql: "CREATE INDEX texts ON notes (text); INSERT INTO notes VALUES (printf('%.*c', 34000000, 'x'), 9);",
    quick: NOTHING,
    full: { stale: [], unchecked: ["table notes: string or blob too big"] },
  },
  {
    name: "a collation of another program's",
    sql: `CREATE TABLE words (word COLLATE nocase); CREATE INDEX sorted ON words (word);
      INSERT INTO words VALUES ('a'), ('B'); ${redefine("words", "nocase", "de_DE")}`,
    quick: { stale: [], unchecked: ["table words: no such collation sequence: de_DE"] },
    full: { stale: [], unchecked: ["table words: no such collation sequence: de_DE"] },
  },
  {
    name: "a full-text table with a tokenizer of another program's",
    sql: `CREATE VIRTUAL TABLE found USING fts4(word, tokenize=simple); INSERT INTO found VALUES ('a');
      ${redefine("found", "tokenize=simple", "tokenize=icu de_DE")}`,
    quick: { stale: [], unchecked: ["table found: unknown tokenizer: icu"] },
    full: { stale: [], unchecked: ["table found: unknown tokenizer: icu"] },
  },
  {
    name: "a full-text index that is out of step with its table",
    sql: `CREATE TABLE pages (word); CREATE VIRTUAL TABLE found USING fts4(content='pages', word);
      INSERT INTO pages VALUES ('a'); INSERT INTO found (docid, word) VALUES (1, 'a'); UPDATE pages SET word = 'b';`,
    quick: { stale: ["full-text index found"], unchecked: [] },
    full: { stale: ["full-text index found"], unchecked: [] },
  },
  {
    name: "a table of a module that is not here",
    sql: `PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING nowhere(x)');`,
    quick: NOTHING,
    full: NOTHING,
  },
];

/** Makes such a database, in addition to the tables that are at `path` already. */
export function makeOdd(path: string, { sql }: OddDatabase): void {
  executeUnsafely(
    path,
    `CREATE TABLE notes (text, size INTEGER); INSERT INTO notes VALUES ('a', 2), ('b', 3), ('c', 1); ${sql}`,
  );
}
