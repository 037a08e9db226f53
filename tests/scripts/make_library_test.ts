import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { changeLibrary, makeLibrary } from "../../scripts/make_library.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/make_library.ts", import.meta.url));
const FIXTURE = fileURLToPath(new URL("../fixtures/library-v27.db", import.meta.url));

// 125 to 155 MB at 60,000 files.
const MIN_BYTES_PER_FILE = 2_084;
const MAX_BYTES_PER_FILE = 2_583;
const READ_VERSION_OFFSET = 19;
const WAL_READ_VERSION = 2;

type Rows = Record<string, SQLOutputValue>[];

function inDirectory(test: (directory: string) => void): () => void {
  return () => {
    const directory = Deno.makeTempDirSync();
    try {
      test(directory);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  };
}

function query(path: string, sql: string): Rows {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

function count(path: string, table: string): number {
  return Number(query(path, `SELECT count(*) AS n FROM ${table}`)[0]?.["n"]);
}

function sha256(path: string): string {
  return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
}

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const deno = ["run", "--quiet", "--no-config", "--allow-read", "--allow-write", SCRIPT];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...deno, ...args] }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test(
  "makeLibrary: gives the same bytes for the same options, others for another seed",
  inDirectory((directory) => {
    const hashes = [7, 7, 8].map((seed, index) => {
      const path = join(directory, `${index}.db`);
      makeLibrary(path, { files: 300, seed });
      return sha256(path);
    });
    assert.equal(hashes[0], hashes[1]);
    assert.notEqual(hashes[0], hashes[2]);
  }),
);

Deno.test(
  "makeLibrary: has the schema of a VPO library, statement for statement",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    const fixture = join(directory, "fixture.db");
    makeLibrary(path, { files: 1 });
    copyFileSync(FIXTURE, fixture);
    const schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid";
    assert.deepEqual(query(path, schema), query(fixture, schema));
  }),
);

Deno.test(
  "makeLibrary: is sound and fills every table",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    makeLibrary(path, { files: 1_000 });
    assert.deepEqual(query(path, "PRAGMA integrity_check").map((row) => row["integrity_check"]), ["ok"]);
    assert.deepEqual(query(path, "PRAGMA foreign_key_check"), []);
    assert.equal(count(path, "files"), 1_000);
    const tracksPerFile = count(path, "tracks") / 1_000;
    assert.ok(tracksPerFile > 5.2 && tracksPerFile < 5.8, `${tracksPerFile} tracks a file`);
    for (const { name } of query(path, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
      assert.ok(count(path, String(name)) > 0, `${name} has rows`);
    }
  }),
);

Deno.test(
  "makeLibrary: writes values as VPO does",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    makeLibrary(path, { files: 400 });
    for (const file of query(path, "SELECT * FROM files WHERE scan_status = 'ok'")) {
      assert.equal(file["path"], `${file["directory"]}/${file["filename"]}`);
      assert.ok(String(file["filename"]).endsWith(String(file["extension"])));
      assert.match(String(file["content_hash"]), /^[0-9a-f]{64}$/);
      for (const column of ["modified_at", "scanned_at"]) {
        assert.match(String(file[column]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
      }
      assert.match(String(file["container_tags"]), /^\{"title": "/);
      assert.ok(file["plugin_metadata"] === null || JSON.parse(String(file["plugin_metadata"])));
    }
    const odd = "SELECT * FROM tracks WHERE (track_type = 'video') <> (width IS NOT NULL) " +
      "OR (track_type = 'audio') <> (channels IS NOT NULL) OR (track_type = 'video') <> (track_index = 0)";
    assert.deepEqual(query(path, odd), []);
  }),
);

Deno.test(
  "makeLibrary: says the schema version it is told to",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    makeLibrary(path, { files: 1, schemaVersion: 25 });
    assert.equal(query(path, "SELECT value FROM _meta WHERE key = 'schema_version'")[0]?.["value"], "25");
  }),
);

Deno.test(
  "makeLibrary: leaves one file, in WAL mode and with 4096-byte pages",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    makeLibrary(path, { files: 50 });
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["library.db"]);
    assert.equal(Deno.readFileSync(path)[READ_VERSION_OFFSET], WAL_READ_VERSION);
    assert.equal(query(path, "PRAGMA page_size")[0]?.["page_size"], 4_096);
  }),
);

Deno.test(
  "makeLibrary: is as large and as compressible as a VPO library",
  inDirectory((directory) => {
    const [empty, path] = [join(directory, "empty.db"), join(directory, "library.db")];
    makeLibrary(empty, { files: 0 });
    makeLibrary(path, { files: 2_000 });
    const bytes = Deno.readFileSync(path);
    const bytesPerFile = (bytes.length - Deno.statSync(empty).size) / 2_000;
    assert.ok(bytesPerFile > MIN_BYTES_PER_FILE && bytesPerFile < MAX_BYTES_PER_FILE, `${bytesPerFile} bytes a file`);
    const ratio = gzipSync(bytes, { level: 6 }).length / bytes.length;
    assert.ok(ratio > 0.25 && ratio < 0.4, `compresses to ${ratio}`);
  }),
);

Deno.test(
  "makeLibrary: refuses options that are not whole numbers, and makes no file",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    assert.throws(() => makeLibrary(path, { files: -1 }), /files must be an integer ≥ 0: -1/);
    assert.throws(() => makeLibrary(path, { files: 1, seed: 0.5 }), RangeError);
    assert.equal(existsSync(path), false);
  }),
);

Deno.test(
  "changeLibrary: changes the fraction of the files, spread over the table, each time anew",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    makeLibrary(path, { files: 600 });
    const files = "SELECT id, size_bytes, content_hash, modified_at, scanned_at FROM files ORDER BY id";
    let before = query(path, files);
    for (let round = 0; round < 2; round++) {
      assert.equal(changeLibrary(path, { fraction: 0.05 }), 30);
      const after = query(path, files);
      const changed = after.filter((row, index) => row["scanned_at"] !== before[index]?.["scanned_at"]);
      assert.deepEqual(changed.map(({ id }) => id), Array.from({ length: 30 }, (_, index) => 20 * (index + 1)));
      for (const row of changed) {
        const old = before[Number(row["id"]) - 1] ?? {};
        for (const column of Object.keys(row)) if (column !== "id") assert.notEqual(row[column], old[column], column);
      }
      assert.equal(after.filter((row, index) => row["content_hash"] !== before[index]?.["content_hash"]).length, 30);
      before = after;
    }
    assert.deepEqual(query(path, "PRAGMA integrity_check").map((row) => row["integrity_check"]), ["ok"]);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["library.db"]);
  }),
);

Deno.test(
  "changeLibrary: is deterministic and takes everything, nothing and an empty library",
  inDirectory((directory) => {
    const paths = ["a.db", "b.db"].map((name) => join(directory, name));
    for (const path of paths) {
      makeLibrary(path, { files: 70 });
      assert.equal(changeLibrary(path, { fraction: 0 }), 0);
      assert.equal(changeLibrary(path, { fraction: 1, seed: 3 }), 70);
    }
    assert.equal(new Set(paths.map(sha256)).size, 1);
    const empty = join(directory, "empty.db");
    makeLibrary(empty, { files: 0 });
    assert.equal(changeLibrary(empty, { fraction: 0.5 }), 0);
  }),
);

Deno.test(
  "changeLibrary: refuses a fraction outside 0 to 1, and a library that is not there",
  inDirectory((directory) => {
    const path = join(directory, "library.db");
    assert.throws(() => changeLibrary(path, { fraction: 1.5 }), /fraction must be from 0 to 1: 1.5/);
    assert.throws(() => changeLibrary(path, { fraction: NaN }), RangeError);
    assert.throws(() => changeLibrary(path, { fraction: 0.1 }), Deno.errors.NotFound);
    assert.equal(existsSync(path), false);
  }),
);

Deno.test("make_library.ts: writes what makeLibrary does, and overwrites nothing", async () => {
  const directory = Deno.makeTempDirSync();
  try {
    const path = join(directory, "library.db");
    const same = join(directory, "same.db");
    const first = await run("--files", "40", "--seed", "5", "--schema", "26", path);
    assert.deepEqual({ code: first.code, stderr: first.stderr }, { code: 0, stderr: "" });
    assert.match(first.stdout, /library\.db: 40 files, 0\.\d MB\n$/);
    makeLibrary(same, { files: 40, seed: 5, schemaVersion: 26 });
    assert.equal(sha256(path), sha256(same));

    const second = await run(path);
    const message = `Error: Cannot write the sample library "${path}": it exists, and nothing is overwritten\n`;
    assert.deepEqual(second, { code: 1, stdout: "", stderr: message });
    assert.equal(sha256(path), sha256(same));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("make_library.ts: bad arguments exit 2 with the usage", async () => {
  const wrong: [string[], RegExp][] = [
    [[], /exactly one output path is needed/],
    [["a.db", "b.db"], /exactly one output path is needed/],
    [["--files", "many", "a.db"], /--files needs a whole number: "many"/],
    [["--unknown", "a.db"], /--unknown/],
  ];
  const results = await Promise.all(wrong.map(([args]) => run(...args)));
  for (const [index, { code, stdout, stderr }] of results.entries()) {
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, wrong[index]?.[1] ?? /never/);
    assert.match(stderr, /\nUsage: make_library\.ts /);
  }
});
