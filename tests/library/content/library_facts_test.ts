import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "node:sqlite";
import { NotALibrary, readFacts, readSchemaVersion } from "../../../src/library/content/library_facts.ts";
import { parseMetadata, serializeMetadata } from "../../../src/store/metadata.ts";
import { theirMetadata } from "../../support/archives.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const META =
  "CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT); INSERT INTO _meta VALUES ('schema_version', '27');";
const FILES = "CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT, size_bytes INTEGER);";
const FIXTURE = fileURLToPath(new URL("../../fixtures/library-v27.db", import.meta.url));

/** Runs `read` on a database made by `sql`. */
function on<T>(sql: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec(sql);
    return read(database);
  } finally {
    database.close();
  }
}

function isNotALibrary(words: RegExp): (error: unknown) => true {
  return (error) => {
    assert(error instanceof NotALibrary, String(error));
    assert.match(error.message, words);
    return true;
  };
}

function metaValue(value: string): string {
  return `CREATE TABLE _meta (key, value); INSERT INTO _meta VALUES ('schema_version', ${value}); ${FILES}`;
}

Deno.test("readFacts: reads VPO's sample library", () => {
  // A copy: reading a library in WAL mode leaves files beside it.
  using directory = new TemporaryDirectory();
  const database = new DatabaseSync(directory.file("library.db", Deno.readFileSync(FIXTURE)), { readOnly: true });
  try {
    assert.deepEqual(readFacts(database), {
      schemaVersion: 27,
      fileCount: 400,
      mediaSize: 11_954_045_737_817,
      unfinishedJobs: 0,
    });
  } finally {
    database.close();
  }
});

Deno.test("readFacts: counts no files in a library without any", () => {
  assert.deepEqual(on(META + FILES, readFacts), { schemaVersion: 27, fileCount: 0, mediaSize: 0, unfinishedJobs: 0 });
});

Deno.test("readFacts: adds up sizes beyond 32 bits and passes over those that are missing", () => {
  const rows = "INSERT INTO files (size_bytes) VALUES (5000000000), (5000000001), (NULL), ('no number')";
  assert.deepEqual(on(META + FILES + rows, readFacts), {
    schemaVersion: 27,
    fileCount: 4,
    mediaSize: 10_000_000_001,
    unfinishedJobs: 0,
  });
});

Deno.test("readFacts: gives numbers that an archive's metadata can hold, whatever is in the rows", () => {
  for (const value of ["-5", "9e999", "-9e999", "9223372036854775807", "0.4", "x'ff'", "'1e40'"]) {
    const { schemaVersion, fileCount, mediaSize } = on(
      `${META}${FILES} INSERT INTO files (size_bytes) VALUES (${value})`,
      readFacts,
    );
    const metadata = {
      ...theirMetadata(4096),
      schema_version: schemaVersion,
      file_count: fileCount,
      total_library_size_bytes: mediaSize,
    };
    assert.deepEqual(parseMetadata(serializeMetadata(metadata)), metadata, value);
  }
});

Deno.test("readSchemaVersion: reads text, whole numbers and bytes", () => {
  for (const value of ["'27'", "27", "x'3237'"]) assert.equal(on(metaValue(value), readSchemaVersion), 27, value);
  assert.equal(on(metaValue("'0'"), readSchemaVersion), 0);
  assert.equal(on(metaValue("'999999999'"), readSchemaVersion), 999_999_999);
});

Deno.test("readSchemaVersion: refuses a schema version that is not a number", () => {
  const values = [
    "NULL",
    "''",
    "' '",
    "'x'",
    "'27x'",
    "'27 '",
    "' 27'",
    "'-1'",
    "-1",
    "'+27'",
    "'2.5'",
    "2.5",
    "'1e3'",
    "9e999",
    "'0x1b'",
    "'1000000000'",
    "zeroblob(5)",
    "'27' || char(10)",
    "'٢٧'",
  ];
  for (const value of values) {
    assert.throws(() => on(metaValue(value), readSchemaVersion), isNotALibrary(/no schema version/), value);
  }
});

Deno.test("readSchemaVersion: refuses a _meta table without the row", () => {
  const sql = "CREATE TABLE _meta (key, value); INSERT INTO _meta VALUES ('other', '27'), ('SCHEMA_VERSION', '27');";
  assert.throws(() => on(sql + FILES, readSchemaVersion), isNotALibrary(/no schema version/));
});

Deno.test("readSchemaVersion: refuses a database without the tables", () => {
  assert.throws(() => on("", readSchemaVersion), isNotALibrary(/no table "_meta"/));
  assert.throws(() => on("CREATE TABLE notes (text)", readSchemaVersion), isNotALibrary(/no table "_meta"/));
  assert.throws(() => on(FILES, readSchemaVersion), isNotALibrary(/no table "_meta"/));
  assert.throws(() => on(META, readSchemaVersion), isNotALibrary(/no table "files"/));
});

Deno.test("readSchemaVersion: refuses views, indexes, triggers and virtual tables under the names of the tables", () => {
  const table = "CREATE TABLE real (key, value, size_bytes);";
  const meta = "CREATE VIEW _meta AS SELECT 'schema_version' AS key, '27' AS value;";
  assert.throws(() => on(meta + FILES, readSchemaVersion), isNotALibrary(/no table "_meta"/));
  assert.throws(
    () => on(`${META}${table} CREATE VIEW files AS SELECT * FROM real`, readSchemaVersion),
    isNotALibrary(/"files"/),
  );
  assert.throws(
    () => on(`${META}${table} CREATE INDEX files ON real (key)`, readSchemaVersion),
    isNotALibrary(/"files"/),
  );
  const virtual = "CREATE VIRTUAL TABLE files USING fts5(path, size_bytes)";
  assert.throws(() => on(META + virtual, readSchemaVersion), isNotALibrary(/"files"/));
  assert.throws(() => on(`${META} CREATE TEMP TABLE files (size_bytes)`, readSchemaVersion), isNotALibrary(/"files"/));
});

Deno.test("readFacts: refuses tables without the columns", () => {
  assert.throws(
    () => on(`${META} CREATE TABLE files (path)`, readFacts),
    isNotALibrary(/its table "files" has no such column: size_bytes/),
  );
  for (const columns of ["key", "value", "name, content"]) {
    assert.throws(
      () => on(`CREATE TABLE _meta (${columns}); ${FILES}`, readFacts),
      isNotALibrary(/_meta|schema version/),
      columns,
    );
  }
});

Deno.test("readFacts: hands on other errors of SQLite", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(META + FILES);
  database.close();
  assert.throws(() => readFacts(database), (error) => !(error instanceof NotALibrary));
});
