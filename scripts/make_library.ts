import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { DAY, HASH_DIGITS, isoTime } from "./sample/row_values.ts";
import { RowWriter } from "./sample/row_writer.ts";
import { sampleRows } from "./sample/rows.ts";
import { SeededRandom } from "./sample/seeded_random.ts";
import { VPO_SCHEMA_SQL, VPO_SCHEMA_VERSION } from "./sample/vpo_schema.ts";

const USAGE = `Usage: make_library.ts [--files N] [--seed N] [--schema N] OUTPUT
Write a sample VPO library; the same options always give the same bytes.
  --files N   media files in the library (default 6000)
  --seed N    what to make its contents from (default 1)
  --schema N  schema version it claims to have (default ${VPO_SCHEMA_VERSION})
`;

const DEFAULT_FILES = 6_000;
const DEFAULT_SEED = 1;
const PAGE_SIZE_BYTES = 4_096;
const CACHE_SIZE_KIB = 65_536;
const ROWS_PER_TRANSACTION = 5_000;
const BYTES_PER_MB = 1_000_000;

/**
 * Writes a sample VPO library in WAL mode to `path`; the same options always give the same bytes. It holds made-up media
 * files (about 2.4 KB of database and 5.5 tracks each) with VPO's jobs, plans, audit log and statistics of them.
 *
 * @throws if `path` exists (nothing is overwritten) or an option is not an integer ≥ 0
 */
export function makeLibrary(
  path: string,
  options: { readonly files: number; readonly seed?: number; readonly schemaVersion?: number },
): void {
  const { files, seed = DEFAULT_SEED, schemaVersion = VPO_SCHEMA_VERSION } = options;
  for (const [name, value] of Object.entries({ files, seed, schemaVersion })) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be an integer ≥ 0: ${value}`);
  }
  createEmptyFile(path);
  try {
    writeLibrary(path, files, seed, schemaVersion);
  } catch (error) {
    Deno.removeSync(path);
    throw error;
  }
}

/**
 * Changes a library as a rescan does after `fraction` (0 to 1) of its files were replaced: new size, hash and times in
 * rows spread evenly over the table. Returns how many rows it changed; a second call changes them again.
 */
export function changeLibrary(path: string, options: { readonly fraction: number; readonly seed?: number }): number {
  const { fraction, seed = DEFAULT_SEED } = options;
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`fraction must be from 0 to 1: ${fraction}`);
  // SQLite would make a file that is missing; finding its real path does not.
  const database = new DatabaseSync(Deno.realPathSync(path));
  try {
    const { total, newest } = scanState(database);
    const scanTime = newest + DAY;
    const random = new SeededRandom(seed + scanTime);
    const update = database.prepare(
      "UPDATE files SET size_bytes = size_bytes + ?, content_hash = ?, modified_at = ?, scanned_at = ? WHERE id = ?",
    );
    database.exec("BEGIN IMMEDIATE");
    const ids = evenlySpreadIds(database, Math.round(total * fraction), total);
    for (const id of ids) {
      const scannedAt = scanTime + random.below(DAY);
      const modifiedAt = scannedAt - random.below(DAY);
      update.run(random.between(1, 50_000_000), random.hex(HASH_DIGITS), isoTime(modifiedAt), isoTime(scannedAt), id);
    }
    database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    return ids.length;
  } finally {
    database.close();
  }
}

function createEmptyFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new Error(`Cannot write the sample library "${path}": it exists, and nothing is overwritten`);
    }
    throw error;
  }
}

function writeLibrary(path: string, files: number, seed: number, schemaVersion: number): void {
  // The rows come in an order that satisfies the foreign keys; checking each again would only take time.
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    // Without journal while it is made: nobody reads it before it is finished, and a failure removes it.
    database.exec(`
      PRAGMA page_size = ${PAGE_SIZE_BYTES};
      PRAGMA cache_size = -${CACHE_SIZE_KIB};
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      ${VPO_SCHEMA_SQL}
    `);
    database.prepare("INSERT INTO _meta VALUES ('schema_version', ?)").run(String(schemaVersion));
    insertRows(database, files, seed);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

function insertRows(database: DatabaseSync, files: number, seed: number): void {
  const writer = new RowWriter(database);
  let rows = 0;
  database.exec("BEGIN");
  for (const row of sampleRows(files, seed)) {
    writer.insert(row);
    if (++rows % ROWS_PER_TRANSACTION === 0) database.exec("COMMIT; BEGIN");
  }
  database.exec("COMMIT");
}

/** The number of files and the newest scan, in microseconds since 1970. */
function scanState(database: DatabaseSync): { total: number; newest: number } {
  const row = database.prepare("SELECT count(*) AS total, max(scanned_at) AS newest FROM files").get();
  const newest = row?.["newest"] ?? null;
  return { total: Number(row?.["total"]), newest: newest === null ? 0 : Date.parse(String(newest)) * 1_000 };
}

function evenlySpreadIds(database: DatabaseSync, count: number, total: number): number[] {
  // A row is taken where the running share, rounded down, reaches the next whole number: exactly `count` times.
  // Only bigints are bound as integers, which is what makes SQLite round the division down.
  const rows = database.prepare(`
    SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM files)
    WHERE n * :count / :total > (n - 1) * :count / :total
  `).all({ count: BigInt(count), total: BigInt(total) });
  return rows.map(({ id }) => Number(id));
}

function commandLine(args: readonly string[]): number {
  let path: string;
  let options: { files: number; seed: number; schemaVersion: number };
  try {
    ({ path, options } = parseCommandLine(args));
  } catch (error) {
    write(Deno.stderr, `Error: ${messageOf(error)}\n${USAGE}`);
    return 2;
  }
  try {
    makeLibrary(path, options);
  } catch (error) {
    write(Deno.stderr, `Error: ${messageOf(error)}\n`);
    return 1;
  }
  const megabytes = (Deno.statSync(path).size / BYTES_PER_MB).toFixed(1);
  write(Deno.stdout, `${path}: ${options.files.toLocaleString("en-US")} files, ${megabytes} MB\n`);
  return 0;
}

function parseCommandLine(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { files: { type: "string" }, seed: { type: "string" }, schema: { type: "string" } },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new Error("exactly one output path is needed");
  const options = {
    files: wholeNumber("--files", values.files, DEFAULT_FILES),
    seed: wholeNumber("--seed", values.seed, DEFAULT_SEED),
    schemaVersion: wholeNumber("--schema", values.schema, VPO_SCHEMA_VERSION),
  };
  return { path, options };
}

function wholeNumber(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new Error(`${flag} needs a whole number: "${text}"`);
  return number;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function write(stream: { writeSync(data: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(commandLine(Deno.args));
