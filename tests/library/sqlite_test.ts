import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { lookTwice, openDatabase, queryValue, type SqliteFailure, sqliteFailure } from "../../src/library/sqlite.ts";
import { noise } from "../support/bytes.ts";
import { execute } from "../support/database.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const LIMITED_BYTES = 32 * 1024 * 1024;
const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
const canLimit = major > 2 || major === 2 && minor >= 9;

/** What kind of refusal `action` ends with. */
function failureOf(action: () => unknown): SqliteFailure | null {
  try {
    action();
  } catch (error) {
    return sqliteFailure(error);
  }
  assert.fail("nothing was refused");
}

function on<T>(path: string, read: (database: DatabaseSync) => T, readOnly = false): T {
  const database = openDatabase(path, { readOnly, waitSeconds: 0 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function makeDatabase(directory: TemporaryDirectory, name = "library.db"): string {
  const path = directory.file(name);
  execute(path, "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)");
  return path;
}

Deno.test({
  name: "openDatabase: a pipe under the name of a library or of one of its side files is refused, and not waited for",
  ignore: Deno.build.os === "windows",
  fn() {
    using directory = new TemporaryDirectory();
    const path = makeDatabase(directory);
    for (const suffix of ["-journal", "-wal", "-shm", ""]) {
      if (suffix === "") Deno.removeSync(path);
      assert(new Deno.Command("mkfifo", { args: [path + suffix] }).outputSync().success);
      for (const readOnly of [true, false]) {
        assert.throws(() => on(path, () => {}, readOnly), { message: `"${path}${suffix}" is not a regular file` });
      }
      if (suffix !== "") Deno.removeSync(path + suffix);
    }
  },
});

Deno.test("sqliteFailure: knows a database that another connection has locked", () => {
  using directory = new TemporaryDirectory();
  const path = makeDatabase(directory);
  const other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  assert.equal(failureOf(() => on(path, (database) => database.exec("SELECT * FROM t"))), "busy");
  assert.equal(failureOf(() => on(path, (database) => database.exec("BEGIN IMMEDIATE"))), "busy");
  other.close();
});

Deno.test("sqliteFailure: knows a table that a statement of the same connection is reading", () => {
  using directory = new TemporaryDirectory();
  const failure = on(makeDatabase(directory), (database) => {
    const rows = database.prepare("SELECT x FROM t").iterate();
    rows.next();
    return failureOf(() => database.exec("DROP TABLE t"));
  });
  assert.equal(failure, "busy");
});

Deno.test("sqliteFailure: knows a file that is not a database", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("library.db", noise(8192));
  assert.equal(failureOf(() => on(path, (database) => database.exec("SELECT * FROM t"))), "not a database");
});

Deno.test("sqliteFailure: knows a damaged database", () => {
  using directory = new TemporaryDirectory();
  const path = makeDatabase(directory);
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, 4096);
  Deno.writeFileSync(path, bytes);
  assert.equal(failureOf(() => on(path, (database) => database.prepare("SELECT * FROM t").all())), "damaged");
  const schema = Deno.readFileSync(makeDatabase(directory, "schema.db"));
  schema.fill(0xff, 100, 4096);
  const broken = directory.file("broken.db", schema);
  assert.equal(failureOf(() => on(broken, (database) => database.exec("SELECT * FROM t"))), "damaged");
});

Deno.test("sqliteFailure: knows a database that has no room left", () => {
  using directory = new TemporaryDirectory();
  const failure = on(makeDatabase(directory), (database) => {
    database.exec("PRAGMA max_page_count = 3");
    return failureOf(() => database.exec("INSERT INTO t VALUES (zeroblob(100000))"));
  });
  assert.equal(failure, "full");
});

Deno.test("sqliteFailure: knows a database that cannot be opened", () => {
  using directory = new TemporaryDirectory();
  assert.equal(failureOf(() => on(directory.file("missing/library.db"), () => {})), "cannot open");
  assert.equal(failureOf(() => on(directory.file("missing.db"), () => {}, true)), "cannot open");
  assert.equal(failureOf(() => on(directory.path, () => {})), "cannot open");
  assert.deepEqual(directory.names(), []);
});

Deno.test("sqliteFailure: knows a write to a database that is open for reading", () => {
  using directory = new TemporaryDirectory();
  const failure = failureOf(() => on(makeDatabase(directory), (database) => database.exec("DELETE FROM t"), true));
  assert.equal(failure, "read-only");
});

Deno.test("sqliteFailure: knows a value that is too big", () => {
  using directory = new TemporaryDirectory();
  const failure = on(
    makeDatabase(directory),
    (database) => failureOf(() => database.prepare("SELECT zeroblob(2000000000)").get()),
  );
  assert.equal(failure, "too big");
});

Deno.test("sqliteFailure: calls the rest other", () => {
  using directory = new TemporaryDirectory();
  on(makeDatabase(directory), (database) => {
    for (const sql of ["SELEC", "SELECT * FROM missing", "SELECT y FROM t", "CREATE TABLE t (x)", "COMMIT"]) {
      assert.equal(failureOf(() => database.exec(sql)), "other", sql);
    }
  });
});

Deno.test("sqliteFailure: is null for errors that are not SQLite's", () => {
  const coded = Object.assign(new Error("database is locked"), { code: "ENOENT" });
  for (
    const error of [new Error("database is locked"), coded, new Deno.errors.NotFound("x"), "database is locked", null]
  ) {
    assert.equal(sqliteFailure(error), null);
  }
  const closed = new DatabaseSync(":memory:");
  closed.close();
  assert.equal(failureOf(() => closed.exec("SELECT 1")), null);
});

Deno.test("openDatabase: turns off what a hostile database could use", () => {
  using directory = new TemporaryDirectory();
  const path = makeDatabase(directory);
  for (const readOnly of [true, false]) {
    on(path, (database) => {
      assert.equal(queryValue(database, "PRAGMA trusted_schema"), 0);
      assert.equal(queryValue(database, "PRAGMA cell_size_check"), 1);
      assert.throws(() => database.loadExtension("extension"), /extension/);
      assert.throws(() => database.prepare("SELECT load_extension('extension')").get());
    }, readOnly);
  }
});

// Deno before 2.9 cannot limit values.
Deno.test({
  name: "openDatabase: reads no value of more than 32 MiB",
  ignore: !canLimit,
  fn: () => {
    using directory = new TemporaryDirectory();
    const path = makeDatabase(directory);
    const read = (bytes: number) =>
      on(path, (database) => queryValue(database, `SELECT length(CAST(zeroblob(${bytes}) || '' AS BLOB))`), true);
    assert.equal(read(LIMITED_BYTES - 1000), LIMITED_BYTES - 1000);
    assert.equal(failureOf(() => read(LIMITED_BYTES + 1000)), "too big");
  },
});

for (const readOnly of [true, false]) {
  Deno.test(`openDatabase: waits for a lock as long as it may, ${readOnly ? "reading" : "writing"}`, () => {
    using directory = new TemporaryDirectory();
    const path = makeDatabase(directory);
    const other = new DatabaseSync(path);
    other.exec("BEGIN EXCLUSIVE");
    for (const [waitSeconds, timeout] of [[0, 0], [0.0001, 1], [0.25, 250], [0.3, 300]] as const) {
      const database = openDatabase(path, { readOnly, waitSeconds });
      assert.equal(queryValue(database, "PRAGMA busy_timeout"), timeout);
      const started = performance.now();
      assert.equal(failureOf(() => database.exec("SELECT * FROM t")), "busy");
      const waited = performance.now() - started;
      assert(waited >= timeout - 10, `${waited} ms`);
      database.close();
    }
    other.close();
  });
}

Deno.test("openDatabase: makes no file where it is to read", () => {
  using directory = new TemporaryDirectory();
  assert.throws(() => openDatabase(directory.file("missing.db"), { readOnly: true, waitSeconds: 0 }));
  assert.deepEqual(directory.names(), []);
});

Deno.test("queryValue: is the first column of the first row, or undefined where there is no row", () => {
  using directory = new TemporaryDirectory();
  on(makeDatabase(directory), (database) => {
    assert.equal(queryValue(database, "SELECT x, x + 1 FROM t ORDER BY x DESC"), 3);
    assert.equal(queryValue(database, "SELECT NULL"), null);
    assert.equal(queryValue(database, "SELECT x FROM t WHERE x > 9"), undefined);
  });
});

Deno.test("lookTwice: looks again where a database seems damaged, and at nothing else", () => {
  const damaged = Object.assign(new Error("database disk image is malformed"), { code: "ERR_SQLITE_ERROR" });
  const answers = (...results: readonly unknown[]) => {
    let looks = 0;
    const look = () => {
      const result = results[looks++];
      if (result instanceof Error) throw result;
      return result;
    };
    return { look, count: () => looks };
  };
  const twice = answers(damaged, "read");
  assert.equal(lookTwice(twice.look), "read");
  const still = answers(damaged, damaged, "never");
  assert.throws(() => lookTwice(still.look), damaged);
  assert.equal(still.count(), 2);
  const other = answers(new Error("disk I/O error"), "never");
  assert.throws(() => lookTwice(other.look), /disk I\/O error/);
  assert.equal(other.count(), 1);
});
