import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { CheckWorker } from "../../src/library/checker.ts";
import { checkDatabase, readDatabase } from "../../src/library/integrity.ts";
import { queryValue, sqliteFailure } from "../../src/library/sqlite.ts";
import { execute } from "../support/database.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const WORKER = new URL("../../src/library/check_worker.ts", import.meta.url);
const PAGE_BYTES = 4096;
const PAGE_COUNT_AT = 28;
const NEEDLE = "needle in the index";

/** A check worker that may read and write below a directory, as the program's may. */
class TestWorker implements Disposable {
  readonly #worker: Worker;
  readonly checker: CheckWorker;

  constructor(directory: TemporaryDirectory) {
    const place = [directory.file(".")];
    const permissions = { read: place, write: place };
    this.#worker = new Worker(WORKER, { type: "module", deno: { permissions } });
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage(port1, [port1]);
    this.checker = new CheckWorker(port2);
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** A sound database with a table for every trouble that a name can make, and one without rowids. */
function makeDatabase(directory: TemporaryDirectory): string {
  const path = directory.file("checked.db");
  execute(
    path,
    `CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
      INSERT INTO files SELECT i, printf('/media/%d.mkv', i) FROM n;
    CREATE INDEX files_path ON files (path);
    CREATE TABLE "it's ""quoted""" (word TEXT); INSERT INTO "it's ""quoted""" VALUES ('${NEEDLE}');
    CREATE INDEX words ON "it's ""quoted""" (word);
    CREATE TABLE "5" (x); CREATE TABLE pairs (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID`,
  );
  return path;
}

function replaceBytes(path: string, which: "first" | "last", wanted: string, by: string): void {
  const bytes = Deno.readFileSync(path);
  const [needle, other] = [wanted, by].map((text) => new TextEncoder().encode(text));
  assert(needle !== undefined && other !== undefined);
  const places = Array.from(bytes.keys()).filter((at) => needle.every((byte, index) => bytes[at + index] === byte));
  bytes.set(other, which === "first" ? Math.min(...places) : Math.max(...places));
  Deno.writeFileSync(path, bytes);
}

Deno.test("CheckWorker: finds a sound database sound, whatever its tables are called", async () => {
  using directory = new TemporaryDirectory();
  using worker = new TestWorker(directory);
  const path = makeDatabase(directory);
  assert.equal(await checkDatabase(path, "full", () => "read", worker.checker), "read");
  assert.equal(await checkDatabase(path, "quick", () => "read", worker.checker), "read");
});

Deno.test("CheckWorker: finds an index that is not its table's, of any table, when it is full", async () => {
  for (const [needle, index] of [[NEEDLE, "words"], ["/media/17.mkv", "files_path"]] as const) {
    using directory = new TemporaryDirectory();
    using worker = new TestWorker(directory);
    const path = makeDatabase(directory);
    replaceBytes(path, "last", needle, "X");
    const sound = { damage: [], stale: [], unchecked: [] };
    assert.deepEqual(await worker.checker.findings({ path, kind: "quick" }), sound);
    assert.deepEqual(await worker.checker.findings({ path, kind: "full" }), { ...sound, stale: [`index ${index}`] });
  }
});

Deno.test("CheckWorker: finds a page that belongs to no table", async () => {
  using directory = new TemporaryDirectory();
  using worker = new TestWorker(directory);
  const path = makeDatabase(directory);
  const bytes = Deno.readFileSync(path);
  const more = new Uint8Array(bytes.length + PAGE_BYTES);
  more.set(bytes);
  new DataView(more.buffer).setUint32(PAGE_COUNT_AT, more.length / PAGE_BYTES);
  Deno.writeFileSync(path, more);
  const message = /never used/;
  await assert.rejects(checkDatabase(path, "full", () => "read", worker.checker), { name: "DamagedDatabase", message });
});

Deno.test("CheckWorker: an error of SQLite's is still known as one", async () => {
  using directory = new TemporaryDirectory();
  using worker = new TestWorker(directory);
  const path = makeDatabase(directory);
  const check = worker.checker.findings({ path: `${path}.missing`, kind: "quick" });
  await assert.rejects(check, (error) => sqliteFailure(error) === "cannot open");
});

Deno.test("CheckWorker: another thread may open the same database in WAL mode at the same moment", async () => {
  using directory = new TemporaryDirectory();
  using worker = new TestWorker(directory);
  const path = makeDatabase(directory);
  execute(path, "PRAGMA journal_mode = WAL");
  const times = Array.from({ length: 500 });
  const checks = Promise.allSettled(times.map(() => worker.checker.findings({ path, kind: "quick" })));
  const here = await Promise.allSettled(times.map(() => Promise.resolve().then(() => readDatabase(path, countTables))));
  const failures = [...here, ...await checks].filter(({ status }) => status === "rejected");
  assert.deepEqual(failures, []);
});

function countTables(database: DatabaseSync): unknown {
  return queryValue(database, "SELECT count(*) FROM sqlite_schema");
}
