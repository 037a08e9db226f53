import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { noise } from "../../support/bytes.ts";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import { smallLibrarySql } from "./library.ts";

const PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536] as const;
const JOURNAL_MODES = ["wal", "wal", "delete", "truncate", "persist"] as const;
const AUTO_VACUUM = ["none", "full", "incremental"] as const;
const ENCODINGS = ["UTF-8", "UTF-8", "UTF-16le", "UTF-16be"] as const;
// deno-fmt-ignore
const NAMES = [
  "plain", "with space", "ünï çôdé", "映画", "🎬", "new\nline", "tab\tand\rreturn", "quote's \"and\" more", "e\u0301",
  "-leading", "per%20cent", "?query#hash", "back\\slash", "\u202Ebackwards", "a".repeat(200), "\u0001",
] as const;

/** A directory name as people, and worse, give them. */
export function pickName(random: SeededRandom): string {
  return random.pick(NAMES);
}

/** How a library was made; in its words it is told in the name of a trial. */
export interface LibraryPlan {
  readonly pageSize: number;
  readonly journalMode: string;
  readonly autoVacuum: string;
  readonly encoding: string;
  readonly files: number;
  /** Size of a random blob in it, in bytes. */
  readonly blob: number;
  /** Whether rows were deleted, so that there are free pages. */
  readonly hasFreePages: boolean;
}

export function planLibrary(random: SeededRandom): LibraryPlan {
  return {
    pageSize: random.pick(PAGE_SIZES),
    journalMode: random.pick(JOURNAL_MODES),
    autoVacuum: random.pick(AUTO_VACUUM),
    encoding: random.pick(ENCODINGS),
    files: random.pick([0, 1, 2, random.between(3, 30), random.between(30, 400)]),
    blob: random.pick([0, 1, random.below(5000), random.below(100_000), random.chance(0.3) ? 2_200_000 : 0]),
    hasFreePages: random.chance(0.3),
  };
}

/** Makes the planned library at `path` and gives the connection that made it; in WAL mode most is still in the log. */
export function makePlanned(path: string, plan: LibraryPlan, random: SeededRandom): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA page_size = ${plan.pageSize}; PRAGMA encoding = '${plan.encoding}';
    PRAGMA auto_vacuum = ${plan.autoVacuum}; PRAGMA journal_mode = ${plan.journalMode}; PRAGMA synchronous = OFF;
    BEGIN; ${smallLibrarySql(0)}
    CREATE INDEX files_size ON files (size_bytes);
    CREATE TABLE "odd ""names""" ("a b" TEXT, "ü" BLOB, n REAL, PRIMARY KEY ("a b")) WITHOUT ROWID;
    CREATE TABLE computed (x INTEGER, y AS (x * 2) STORED, CHECK (x > 0));
    CREATE VIEW biggest AS SELECT path FROM files ORDER BY size_bytes DESC;
    CREATE TRIGGER forget AFTER DELETE ON files BEGIN DELETE FROM computed WHERE x = old.id; END;
    PRAGMA user_version = ${random.below(2 ** 31)}; PRAGMA application_id = ${random.below(2 ** 31)}`);
  const insert = database.prepare("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)");
  const compute = database.prepare("INSERT INTO computed (x) VALUES (?)");
  for (let id = 1; id <= plan.files; id++) {
    const name = `/media/${pickName(random)}/${id}.mkv`;
    insert.run(id, name, random.below(2 ** 40), random.chance(0.5) ? random.hex(64) : null, "2026-02-05T14:30:22Z", "");
    compute.run(id);
  }
  const odd = database.prepare('INSERT INTO "odd ""names""" VALUES (?, ?, ?)');
  odd.run(pickName(random), noise(plan.blob, random.between(1, 2 ** 31)), random.unit());
  odd.run("", new Uint8Array(), -0);
  database.exec("COMMIT");
  if (plan.hasFreePages) {
    database.exec(
      `CREATE TABLE gone (x BLOB); INSERT INTO gone VALUES (zeroblob(${20 * plan.pageSize})); DROP TABLE gone`,
    );
  }
  return database;
}

/** A hash of all that a database says: its schema, its settings, every value of every row. */
export function digestOf(database: DatabaseSync): string {
  const hash = createHash("sha256");
  const add = (value: unknown) => hash.update(`${JSON.stringify(value)}\n`);
  for (const setting of ["user_version", "application_id", "encoding", "auto_vacuum", "page_size"]) {
    add(database.prepare(`PRAGMA ${setting}`).all());
  }
  const schema = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").all();
  add(schema);
  for (const { type, name } of schema) {
    if (type !== "table") continue;
    const table = quoted(String(name));
    const columns = database.prepare(`PRAGMA table_xinfo(${table})`).all().map((column) =>
      quoted(String(column["name"]))
    );
    const values = columns.map((column) => `quote(${column}), typeof(${column})`).join(", ");
    const rows = database.prepare(`SELECT ${values} FROM ${table} ORDER BY ${columns.join(", ")}`);
    for (const row of rows.iterate()) add(Object.values(row));
  }
  return hash.digest("hex");
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
