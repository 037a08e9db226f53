import { DatabaseSync } from "node:sqlite";
import { DAY, HASH_DIGITS, isoTime, type Row, type TableRow } from "./row_values.ts";
import { RowWriter } from "./row_writer.ts";
import { sampleRows } from "./rows.ts";
import { SeededRandom } from "./seeded_random.ts";

/** What a night brings: 200 new files with all that VPO does with them, and 60 that were replaced. */
const NIGHT = { added: 200, changed: 60 } as const;

/** Tables whose rows others refer to by number, and the columns that do. */
const NUMBERED = { file_id: "files", track_id: "tracks", analysis_id: "language_analysis_results" } as const;
const REFERENCES: Readonly<Record<string, string>> = NUMBERED;

/** For each numbered table the first number that is free. */
type FirstIds = ReadonlyMap<string, number>;

/** Settings are there already, and each has a name of its own. */
const KEPT_TABLES = new Set(["policies", "plugin_acknowledgments"]);

/**
 * Changes a library as a night's work of VPO does: files that are as they were are left alone by a scan. Each night is
 * another one; the same library always has the same next night.
 */
export function passNight(path: string, { added, changed }: { added: number; changed: number } = NIGHT): void {
  // SQLite would make a file that is missing; finding its real path does not.
  const database = new DatabaseSync(Deno.realPathSync(path));
  try {
    const first = new Map(Object.values(NUMBERED).map((table) => [table as string, nextId(database, table)]));
    const seed = first.get("files") ?? 0;
    const random = new SeededRandom(seed);
    const scan = latestScan(database) + DAY;
    const writer = new RowWriter(database);
    database.exec("BEGIN IMMEDIATE");
    replaceFiles(database, changed, seed, scan, random);
    for (const [table, row] of sampleRows(added, seed)) {
      if (!KEPT_TABLES.has(table)) writer.insert([table, renumbered(table, row, first)]);
    }
    database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

function replaceFiles(database: DatabaseSync, count: number, below: number, scan: number, random: SeededRandom): void {
  const update = database.prepare(
    "UPDATE files SET size_bytes = size_bytes + ?, content_hash = ?, modified_at = ?, scanned_at = ? WHERE id = ?",
  );
  const retrack = database.prepare("UPDATE tracks SET codec = 'hevc', title = ? WHERE file_id = ? AND track_index = 0");
  for (let left = count; left > 0; left--) {
    const id = random.between(1, below - 1);
    const scannedAt = scan + random.below(DAY);
    const modifiedAt = isoTime(scannedAt - random.below(DAY));
    update.run(random.between(1, 50_000_000), random.hex(HASH_DIGITS), modifiedAt, isoTime(scannedAt), id);
    retrack.run(random.hex(8), id);
  }
}

/** A made-up row with numbers, and with paths, that the library does not have yet. */
function renumbered(table: string, row: Row, first: FirstIds): TableRow[1] {
  const moved: Record<string, Row[string]> = { ...row };
  for (const [column, value] of Object.entries(row)) {
    const start = first.get(column === "id" ? table : REFERENCES[column] ?? "");
    if (start !== undefined && typeof value === "number") moved[column] = value - 1 + start;
    if (column === "path" && typeof value === "string") {
      moved[column] = value.replace(/(\.\w+)$/, ` [${first.get("files")}]$1`);
    }
  }
  return moved;
}

function nextId(database: DatabaseSync, table: string): number {
  return Number(database.prepare(`SELECT max(id) AS id FROM ${table}`).get()?.["id"] ?? 0) + 1;
}

/** In microseconds since 1970. */
function latestScan(database: DatabaseSync): number {
  return Date.parse(String(database.prepare("SELECT max(scanned_at) AS newest FROM files").get()?.["newest"])) * 1000;
}
