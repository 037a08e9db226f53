import { concat } from "../../support/bytes.ts";
import { FACTS } from "./blocks.ts";
import { HEADER, type HostileDatabase, REFUSED, rootPage, sqlDatabase, withUint32 } from "./hostile_database.ts";

const PAGE_BYTES = 512;
const SETTINGS = `PRAGMA page_size = ${PAGE_BYTES}`;
/** Deeper b-trees SQLite refuses; with this many levels nobody gets to the end. */
const LEVELS = 16;
const CHILDREN = 50;

/** The form of b-tree pages (SQLite, "Database File Format", section 1.6). */
const FILE_HEADER_BYTES = 100;
const INTERIOR_TABLE_PAGE = 5;
const INTERIOR_HEADER_BYTES = 12;
const INTERIOR_CELL_BYTES = 5;
const LEAF_HEADER_BYTES = 8;

/** What is too large to look at may be refused or passed over. */
const BOUNDED: Pick<HostileDatabase, "archive" | "library" | "facts"> = {
  archive: ["success", "invalid_archive", "operation_failed"],
  library: ["success", "not_a_library", "operation_failed"],
  facts: FACTS,
};
const ENDLESS = {
  ...REFUSED,
  archive: ["invalid_archive", "operation_failed"],
  library: ["not_a_library", "operation_failed"],
  // No accident makes such a library, so it is enough to come to an end.
  replaced: ["success", "not_a_library", "operation_failed"],
} as const satisfies Partial<HostileDatabase>;

/** Libraries of some KB that would take gigabytes, or for ever, to look at. */
export function databaseBombs(): HostileDatabase[] {
  const rows = (count: number) =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n`;
  /** A table that was made with the first definition and then given the second. */
  const redefined = (columns: string, count = 1000) => `
    CREATE TABLE bomb (a INTEGER); INSERT INTO bomb ${rows(count)};
    PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE bomb (${columns})' WHERE name = 'bomb';`;
  const bomb = (name: string, sql: string): HostileDatabase => ({
    ...BOUNDED,
    name,
    make: (path) => sqlDatabase(path, sql),
    isBomb: true,
  });
  return [
    bomb("a generated column of 1 GB zeroblobs", redefined("a INTEGER, b AS (zeroblob(1000000000)) NOT NULL")),
    bomb(
      "generated columns of 127 MB zeroblobs",
      redefined("a INTEGER, b AS (zeroblob(127000000)) NOT NULL, c AS (b || b) NOT NULL"),
    ),
    bomb("a generated column of 120 MB texts", redefined("a INTEGER, b AS (hex(zeroblob(60000000))) NOT NULL")),
    bomb(
      "generated columns made of 60 MB texts",
      redefined("a INTEGER, b AS (hex(zeroblob(30000000))) NOT NULL, c AS (b) NOT NULL, d AS (c) NOT NULL"),
    ),
    bomb(
      "a generated column of 1 MB texts in many rows",
      redefined("a INTEGER, b AS (hex(zeroblob(500000))) NOT NULL", 100_000),
    ),
    bomb(
      "a CHECK of 1 MB texts in many rows",
      redefined("a INTEGER CHECK (length(hex(zeroblob(500000 + a))) > a)", 100_000),
    ),
    bomb("a CHECK of 120 MB texts", redefined("a INTEGER CHECK (length(hex(zeroblob(60000000 + a))) > a)")),
    bomb(
      "an index on 120 MB texts",
      `CREATE TABLE bomb (a INTEGER); INSERT INTO bomb ${rows(1000)};
      CREATE INDEX boom ON bomb (a + 1); PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = 'CREATE INDEX boom ON bomb (length(hex(zeroblob(60000000 + a))))' WHERE name = 'boom';`,
    ),
    {
      ...bomb("files whose sizes are made of 120 MB texts", ""),
      facts: { schema: 27, files: 1000 },
      make: (path) =>
        sqlDatabase(
          path,
          `DROP TABLE files; CREATE TABLE files (path TEXT, size_bytes AS (length(path)));
          INSERT INTO files SELECT i FROM (${rows(1000)}); PRAGMA writable_schema = ON;
          UPDATE sqlite_schema SET sql = replace(sql, 'length(path)', 'length(hex(zeroblob(60000000 + path)))')
          WHERE name = 'files';`,
        ),
    },
    {
      ...REFUSED,
      name: "a schema version of 120 MB on one overflow page",
      make: makeLongVersion,
      isBomb: true,
    },
    endless("files", "files"),
    endless("_meta", "_meta"),
    endless("another table", "other"),
    {
      ...ENDLESS,
      name: "a schema in which pages lead to the same page again and again",
      make: makeEndlessSchema,
      isBomb: true,
    },
  ];
}

function endless(what: string, table: string): HostileDatabase {
  return {
    ...ENDLESS,
    name: `${what} in which pages lead to the same page again and again`,
    make(path) {
      sqlDatabase(
        path,
        `CREATE TABLE other (x); INSERT INTO other VALUES (1); DROP TABLE _meta;
        CREATE TABLE _meta (key TEXT, value TEXT); INSERT INTO _meta VALUES ('x', 'x');`,
        SETTINGS,
      );
      const root = rootPage(path, table);
      const bytes = Deno.readFileSync(path);
      const at = (root - 1) * PAGE_BYTES;
      const last = bytes.slice(at, at + PAGE_BYTES);
      Deno.writeFileSync(path, withMaze(bytes, { at, pageBytes: PAGE_BYTES, last }));
    },
    isBomb: true,
  };
}

/** A schema whose first leaf has all of it, and whose other leaves have one entry that may come twice without harm. */
function makeEndlessSchema(path: string): void {
  const pageBytes = 4096;
  sqlDatabase(path, "", `PRAGMA page_size = ${pageBytes}`);
  const bytes = Deno.readFileSync(path);
  const leaf = withoutFileHeader(bytes.slice(0, pageBytes));
  Deno.writeFileSync(path, withMaze(bytes, { at: 0, pageBytes, first: leaf, last: withOneCell(leaf, 1) }));
}

/** The first page without the header of the file: what comes after that header moves to where it is on other pages. */
function withoutFileHeader(page: Uint8Array): Uint8Array {
  const moved = page.slice();
  const cells = new DataView(page.buffer).getUint16(FILE_HEADER_BYTES + 3);
  moved.set(page.subarray(FILE_HEADER_BYTES, FILE_HEADER_BYTES + LEAF_HEADER_BYTES + 2 * cells));
  return moved;
}

/** A leaf page with just one of its cells. */
function withOneCell(leaf: Uint8Array, cell: number): Uint8Array {
  const page = leaf.slice();
  const view = new DataView(page.buffer);
  view.setUint16(3, 1);
  view.setUint16(LEAF_HEADER_BYTES, view.getUint16(LEAF_HEADER_BYTES + 2 * cell));
  return page;
}

interface Maze {
  /** Where the root page of the b-tree is in the file. */
  readonly at: number;
  readonly pageBytes: number;
  /** The leaf to which the root's first child leads; the maze itself where it is missing. */
  readonly first?: Uint8Array;
  /** The leaf at the end of every other way. */
  readonly last: Uint8Array;
}

/**
 * The database with pages added to which its b-tree leads: on each level all children are the same page, so there are
 * more ways to the leaf than anybody can go.
 */
function withMaze(bytes: Uint8Array, { at, pageBytes, first, last }: Maze): Uint8Array {
  const added = bytes.length / pageBytes + 1;
  const levels = Array.from(
    { length: LEVELS },
    (_, level) => interiorPage(new Uint8Array(pageBytes), 0, added + level + 1, added + level + 1),
  );
  const pages = [...levels, last, ...(first === undefined ? [] : [first])];
  const whole = concat(bytes, ...pages);
  const headerBytes = at === 0 ? FILE_HEADER_BYTES : 0;
  const root = whole.slice(at, at + pageBytes).fill(0, headerBytes);
  const firstChild = first === undefined ? added : added + pages.length - 1;
  whole.set(interiorPage(root, headerBytes, firstChild, added), at);
  return withUint32(whole, HEADER.pageCount, whole.length / pageBytes);
}

/** Makes `page` an interior page of a table's b-tree, all of whose children but the first one are the same. */
function interiorPage(page: Uint8Array, headerAt: number, firstChild: number, child: number): Uint8Array {
  const view = new DataView(page.buffer, page.byteOffset);
  const cellsAt = page.length - CHILDREN * INTERIOR_CELL_BYTES;
  view.setUint8(headerAt, INTERIOR_TABLE_PAGE);
  view.setUint16(headerAt + 3, CHILDREN);
  view.setUint16(headerAt + 5, cellsAt);
  view.setUint32(headerAt + 8, child);
  for (let cell = 0; cell < CHILDREN; cell++) {
    const cellAt = cellsAt + cell * INTERIOR_CELL_BYTES;
    view.setUint16(headerAt + INTERIOR_HEADER_BYTES + 2 * cell, cellAt);
    view.setUint32(cellAt, cell === 0 ? firstChild : child);
    view.setUint8(cellAt + 4, cell + 1);
  }
  return page;
}

/** A row of `_meta` that says its value is 120 MB long, in a file of 2 MB: the value goes round on one page. */
function makeLongVersion(path: string): void {
  const written = 2_200_000;
  const overflowBytes = PAGE_BYTES - 4;
  // A length with the same remainder leaves as much of the record on the row's own page.
  const claimed = written + overflowBytes * Math.floor((120_000_000 - written) / overflowBytes);
  sqlDatabase(path, `UPDATE _meta SET value = printf('%.*c', ${written}, '2')`, SETTINGS);
  const row = (length: number) => [...varint(length + 20), 1, 6, 41, ...varint(2 * length + 13)];
  const bytes = Deno.readFileSync(path);
  const at = indexOfBytes(bytes, row(written));
  bytes.set(row(claimed), at);
  const smallestLocal = 39;
  const local = smallestLocal + (written + 20 - smallestLocal) % overflowBytes;
  const largestLocal = PAGE_BYTES - 35;
  const pointerAt = at + 5 + (local <= largestLocal ? local : smallestLocal);
  const overflow = new DataView(bytes.buffer).getUint32(pointerAt);
  Deno.writeFileSync(path, withUint32(bytes, (overflow - 1) * PAGE_BYTES, overflow));
}

/** A number in SQLite's form of 7 bits a byte, in the 4 bytes that numbers from 2^21 to 2^28 take. */
function varint(value: number): number[] {
  return [value >> 21 | 0x80, value >> 14 & 0x7f | 0x80, value >> 7 & 0x7f | 0x80, value & 0x7f];
}

function indexOfBytes(bytes: Uint8Array, wanted: readonly number[]): number {
  const at = bytes.findIndex((_, index) => wanted.every((byte, offset) => bytes[index + offset] === byte));
  if (at === -1) throw new Error("the row is not where it should be");
  return at;
}
