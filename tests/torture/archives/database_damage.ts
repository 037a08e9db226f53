import { DatabaseSync } from "node:sqlite";
import { concat, noise } from "../../support/bytes.ts";
import {
  editedDatabase,
  type Ending,
  HEADER,
  type HostileDatabase,
  REFUSED,
  sqlDatabase,
  TAKEN,
  uint32At,
  withBytes,
  withUint32,
} from "./hostile_database.ts";

const PAGE_BYTES = 512;
const SETTINGS = `PRAGMA page_size = ${PAGE_BYTES}`;
const EITHER: readonly Ending[] = ["success", "not_a_library"];

/** SQL that leaves free pages behind: more than fit on one trunk page of the freelist. */
const FREE_PAGES = "CREATE TABLE gone (x BLOB); INSERT INTO gone VALUES (zeroblob(100000)); DROP TABLE gone;";
/** SQL for a value that goes on over several pages. */
const LONG_VALUE = `CREATE TABLE long (x BLOB); INSERT INTO long VALUES (zeroblob(5000));`;

/** Libraries with something wrong in their bytes. */
export function damagedDatabases(): HostileDatabase[] {
  const damaged = (
    name: string,
    edit: (bytes: Uint8Array) => Uint8Array,
    sql = "",
    endings: Pick<HostileDatabase, "archive" | "library" | "facts"> = REFUSED,
  ): HostileDatabase => ({ ...endings, name, make: (path) => editedDatabase(path, edit, sql, SETTINGS) });
  const header = (name: string, field: keyof typeof HEADER, ...values: number[]) =>
    damaged(name, (bytes) => withBytes(bytes, HEADER[field], ...values));
  const pageCount = (
    name: string,
    change: (count: number) => number,
    endings: typeof REFUSED | typeof TAKEN = REFUSED,
  ) =>
    damaged(
      name,
      (bytes) => withUint32(bytes, HEADER.pageCount, change(uint32At(bytes, HEADER.pageCount))),
      "",
      endings,
    );
  return [
    damaged("nothing wrong", (bytes) => bytes, "", TAKEN),
    damaged("0 bytes", () => new Uint8Array()),
    damaged("1 byte", (bytes) => bytes.subarray(0, 1)),
    damaged("a header only", (bytes) => bytes.subarray(0, 100)),
    damaged("a first page only", (bytes) => bytes.subarray(0, PAGE_BYTES)),
    damaged("its last byte missing", (bytes) => bytes.subarray(0, -1)),
    damaged("its last page missing", (bytes) => bytes.subarray(0, -PAGE_BYTES)),
    damaged("a byte too many", (bytes) => concat(bytes, Uint8Array.of(1)), "", { ...REFUSED, library: EITHER }),
    damaged("a page too many", (bytes) => concat(bytes, noise(PAGE_BYTES)), "", { ...REFUSED, library: EITHER }),
    {
      ...TAKEN,
      archive: ["invalid_archive"],
      name: "a page that a checkpoint had not finished, and the log that has it",
      make: makeCutCheckpoint,
    },
    damaged("another magic", (bytes) => withBytes(bytes, 0, 0x73)),
    damaged("a first page of zeros", (bytes) => concat(new Uint8Array(PAGE_BYTES), bytes.subarray(PAGE_BYTES))),
    damaged("encrypted from the first page on", (bytes) => noise(bytes.length)),
    damaged("an encrypted first page", (bytes) => concat(noise(PAGE_BYTES), bytes.subarray(PAGE_BYTES))),
    damaged("all encrypted but the header", (bytes) => concat(bytes.subarray(0, 100), noise(bytes.length - 100))),
    damaged("text", () => new TextEncoder().encode("This is no database.\n".repeat(200))),
    damaged("zeros", (bytes) => new Uint8Array(bytes.length)),
    pageCount("a page count one too large", (count) => count + 1),
    pageCount("a page count one too small", (count) => count - 1),
    pageCount("a page count of 2^32 - 1", () => 2 ** 32 - 1),
    pageCount("a page count of 2^31", () => 2 ** 31),
    // Before version 3.7 SQLite wrote none.
    pageCount("no page count", () => 0, TAKEN),
    damaged(
      "a page count that is not valid",
      (bytes) => withUint32(withUint32(bytes, HEADER.pageCount, 7777), HEADER.validFor, 7777),
      "",
      TAKEN,
    ),
    header("a page size of 0", "pageSize", 0, 0),
    header("a page size of 256", "pageSize", 1, 0),
    header("a page size of 1000", "pageSize", 3, 232),
    header("a page size that is twice its own", "pageSize", 4, 0),
    header("a page size of 64 KiB", "pageSize", 0, 1),
    header("too many reserved bytes", "reserved", 200),
    header("payload fractions of another format", "payloadFractions", 65, 32, 32),
    header("a read version of another format", "readVersion", 77),
    header("a schema format that does not exist", "schemaFormat", 0, 0, 0, 77),
    // SQLite looks at two bits of it.
    damaged(
      "a text encoding that does not exist",
      (bytes) => withBytes(bytes, HEADER.textEncoding, 0, 0, 0, 9),
      "",
      TAKEN,
    ),
    damaged("a freelist beyond the end", (bytes) => withUint32(bytes, HEADER.freelistTrunk, 100_000), FREE_PAGES),
    damaged(
      "a freelist that begins with the first page",
      (bytes) => withUint32(bytes, HEADER.freelistTrunk, 1),
      FREE_PAGES,
    ),
    damaged(
      "a freelist that is longer than it says",
      (bytes) => withUint32(bytes, HEADER.freelistCount, 3),
      FREE_PAGES,
    ),
    damaged(
      "a freelist that says it has 2^32 - 1 pages",
      (bytes) => withUint32(bytes, HEADER.freelistCount, 2 ** 32 - 1),
      FREE_PAGES,
    ),
    damaged("a freelist that leads to itself", (bytes) => {
      const trunk = uint32At(bytes, HEADER.freelistTrunk);
      return withUint32(bytes, pageAt(trunk), trunk);
    }, FREE_PAGES),
    damaged("a freelist trunk with 2^31 - 1 leaves", (bytes) => {
      const trunk = uint32At(bytes, HEADER.freelistTrunk);
      return withUint32(bytes, pageAt(trunk) + 4, 2 ** 31 - 1);
    }, FREE_PAGES),
    damaged("a freelist of one page again and again", (bytes) => {
      const trunk = uint32At(bytes, HEADER.freelistTrunk);
      return withUint32(bytes, pageAt(trunk) + 12, uint32At(bytes, pageAt(trunk) + 8));
    }, FREE_PAGES),
    damaged("an overflow page that leads to itself", (bytes) => {
      const last = bytes.length / PAGE_BYTES;
      return withUint32(bytes, pageAt(last - 1), last - 1);
    }, LONG_VALUE),
    damaged(
      "an overflow page that leads to the first page",
      (bytes) => withUint32(bytes, bytes.length - 2 * PAGE_BYTES, 1),
      LONG_VALUE,
    ),
    damaged(
      "an overflow page that leads beyond the end",
      (bytes) => withUint32(bytes, bytes.length - 2 * PAGE_BYTES, 9999),
      LONG_VALUE,
    ),
    damaged(
      "an overflow chain that ends early",
      (bytes) => withUint32(bytes, bytes.length - 2 * PAGE_BYTES, 0),
      LONG_VALUE,
    ),
  ];
}

/**
 * A library after a power cut: of the page after the last one a checkpoint had written a part, and the whole page is
 * still in the write-ahead log. SQLite reads it there, so nothing is wrong.
 */
function makeCutCheckpoint(path: string): void {
  const original = `${path}.original`;
  sqlDatabase(original, "", SETTINGS);
  const writer = new DatabaseSync(original);
  try {
    writer.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${LONG_VALUE}`);
    Deno.writeFileSync(path, concat(Deno.readFileSync(original), noise(PAGE_BYTES / 2)));
    Deno.copyFileSync(`${original}-wal`, `${path}-wal`);
  } finally {
    writer.close();
    Deno.removeSync(original);
  }
}

function pageAt(page: number): number {
  return (page - 1) * PAGE_BYTES;
}
