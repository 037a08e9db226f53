import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { someOf, testMore } from "../support/extent.ts";
import { makeLibrary } from "../../scripts/make_library.ts";
import { hasPython, isInstalled, run, runPython } from "../support/commands.ts";
import { extractLibrary } from "../support/extract.ts";
import { Home } from "../support/home.ts";

const hasSqlite = isInstalled("sqlite3", "--version");
const hasTar = isInstalled("tar", "--version");

/** How the archive is read by VPO: one member by its name, JSON, and the library as a file. */
const READ_AS_VPO = `
import sqlite3, tarfile
with tarfile.open(input["archive"], "r:gz") as archive:
    member = archive.getmember("backup_metadata.json")
    metadata = json.load(archive.extractfile(member))
    library = archive.getmember("library.db")
    archive.extract(library, input["directory"])
    print(json.dumps({
        "names": archive.getnames(),
        "regular": all(one.isreg() for one in archive.getmembers()),
        "modes": [oct(one.mode) for one in archive.getmembers()],
        "size": library.size,
        "types": {name: type(value).__name__ for name, value in metadata.items()},
        "metadata": metadata,
    }))
`;

interface ReadByPython {
  readonly names: readonly string[];
  readonly regular: boolean;
  readonly modes: readonly string[];
  readonly size: number;
  readonly types: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Makes a library of tables and values of every kind; it is left as a process leaves it that is killed. */
const MAKE_DATABASE = `
import os, sqlite3
os.makedirs(os.path.dirname(input["path"]))
connection = sqlite3.connect(input["path"], isolation_level=None)
connection.execute(f"PRAGMA page_size = {input['pageSize']}")
connection.execute(f"PRAGMA auto_vacuum = {input['autoVacuum']}")
connection.execute(f"PRAGMA journal_mode = {input['mode']}")
connection.execute("PRAGMA wal_autocheckpoint = 5")
for statement in """
    CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT UNIQUE, size_bytes INTEGER, content_hash TEXT,
      modified_at TEXT, scanned_at TEXT, shown TEXT AS (upper(path)) VIRTUAL);
    CREATE TABLE odd (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE INDEX partly ON files (size_bytes) WHERE size_bytes > 10;
    CREATE VIEW large AS SELECT path FROM files WHERE size_bytes > 10;
    CREATE TRIGGER counted AFTER DELETE ON files BEGIN INSERT OR REPLACE INTO _meta VALUES ('deleted', old.path); END;
    INSERT INTO _meta VALUES ('schema_version', '27');
    PRAGMA user_version = 1234;
    PRAGMA application_id = 5678""".split(";\\n"):
    connection.execute(statement)
values = [None, -1, 2**63 - 1, 1e308, "", "two\\nlines", "naïve 日本語 \\U0001f3ac", b"", bytes(range(256)), "x" * 100000]
connection.executemany("INSERT INTO odd VALUES (?, ?)", [(repr(value)[:50], value) for value in values if value is not None])
connection.execute("BEGIN")
for number in range(input["files"]):
    connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", (number, f"/media/\\n{number} é.mkv", number * 2**33,
      None, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"))
connection.execute("COMMIT")
connection.execute("DELETE FROM files WHERE id % 10 = 3")
print(json.dumps(None), flush=True)
os._exit(0)
`;

async function sqlite(database: string, ...commands: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("sqlite3", [database, ...commands]);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** All that a database holds, as SQL, and how it is laid out. */
async function dump(database: string): Promise<string> {
  const layout = ["page_size", "auto_vacuum", "journal_mode", "user_version", "application_id", "encoding"];
  return await sqlite(database, ".dump", ...layout.map((name) => `PRAGMA ${name}`));
}

async function backUp(home: Home, library = home.library): Promise<string> {
  const { code, stdout, stderr } = await home.run(["backup", "--json", "--library", library]);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { path: string }).path;
}

Deno.test({
  name: "archive: GNU tar lists and unpacks it without a warning",
  ignore: !hasTar,
  async fn() {
    using home = Home.withLibrary();
    const path = await backUp(home);
    const listed = await run("tar", ["tzvf", path]);
    assert.equal(listed.code, 0);
    assert.equal(listed.stderr, "");
    assert.match(listed.stdout, /^-rw------- .* backup_metadata\.json\n-rw------- .* 794624 .* library\.db\n$/);
    const tested = await run("gzip", ["--test", "--verbose", path]);
    assert.equal(tested.code, 0, tested.stderr);
  },
});

Deno.test({
  name: "archive: VPO's way to read it finds every field in its type, and the library",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    const path = await backUp(home);
    const read = await runPython(READ_AS_VPO, { archive: path, directory: home.path }) as ReadByPython;
    assert.deepEqual(read.names, ["backup_metadata.json", "library.db"]);
    assert(read.regular);
    assert.deepEqual(read.modes, ["0o600", "0o600"]);
    assert.equal(read.size, read.metadata["database_size_bytes"]);
    const types = {
      vpo_version: "str",
      schema_version: "int",
      created_at: "str",
      database_size_bytes: "int",
      file_count: "int",
      total_library_size_bytes: "int",
      compression: "str",
      database_sha256: "str",
      page_size: "int",
      page_count: "int",
      tool: "str",
    };
    assert.deepEqual({ ...read.types, ...types }, read.types);
    assert.equal(read.metadata["schema_version"], 27);
    assert.equal(read.metadata["file_count"], 400);
    assert.equal(read.metadata["compression"], "gzip");
    assert.match(String(read.metadata["created_at"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  },
});

Deno.test({
  name: "archive: sqlite3 finds the library in it sound and the same as the original",
  ignore: !hasSqlite || !hasTar,
  async fn() {
    using home = Home.withLibrary();
    const copy = await extractLibrary(await backUp(home), join(home.path, "extracted"));
    assert.equal(await sqlite(copy, "PRAGMA integrity_check"), "ok\n");
    assert.equal(await dump(copy), await dump(home.library));
  },
});

/** A library as some process made it. */
interface Made {
  readonly pageSize: number;
  readonly mode: "wal" | "delete";
  readonly autoVacuum: "none" | "full" | "incremental";
  readonly files: number;
  /** Name of the directory that the library is in. */
  readonly place: string;
}

const PLAIN = { pageSize: 4096, mode: "wal", autoVacuum: "none", files: 500, place: "library" } as const;

const LIBRARIES: readonly Made[] = [
  { ...PLAIN, pageSize: 512 },
  { ...PLAIN, pageSize: 1024, mode: "delete" },
  { ...PLAIN, pageSize: 2048, autoVacuum: "full" },
  { ...PLAIN, pageSize: 4096, mode: "delete", autoVacuum: "incremental" },
  { ...PLAIN, pageSize: 8192, autoVacuum: "incremental" },
  { ...PLAIN, pageSize: 16384, mode: "delete", autoVacuum: "full" },
  { ...PLAIN, pageSize: 32768 },
  { ...PLAIN, pageSize: 65536, mode: "delete" },
  { ...PLAIN, files: 0 },
  { ...PLAIN, place: "two\nlines" },
  { ...PLAIN, place: "Bücher 映画 🎬 'quoted' \"twice\" %41 ?mode=ro#a" },
];

for (const made of someOf(LIBRARIES, 1)) {
  const { pageSize, mode, autoVacuum, files, place } = made;
  Deno.test({
    name: `round trip: ${files} files, pages of ${pageSize}, ${mode}, auto_vacuum ${autoVacuum}, in ${
      JSON.stringify(place)
    }`,
    ignore: !hasPython || !hasSqlite,
    async fn() {
      using home = new Home();
      const library = join(home.path, place, "library.db");
      await runPython(MAKE_DATABASE, { ...made, path: library });
      if (mode === "wal") assert(Deno.statSync(`${library}-wal`).size > 0, "there is something in the write-ahead log");
      const restored = join(home.path, `${place} again`, "library.db");
      const archive = join(home.path, place, "backup.tar.gz");
      const backup = await home.run(["backup", "--library", library, "--output", archive]);
      assert.equal(backup.code, 0, backup.stderr);
      const restore = await home.run(["restore", archive, "--yes", "--library", restored]);
      assert.equal(restore.code, 0, restore.stderr);
      assert.deepEqual(Array.from(Deno.readDirSync(dirname(restored)), ({ name }) => name), ["library.db"]);
      assert.equal(await sqlite(restored, "PRAGMA integrity_check"), "ok\n");
      assert.equal(await dump(restored), await dump(library));
    },
  });
}

testMore({
  name: "round trip: VPO's tables without a row",
  ignore: !hasSqlite,
  async fn() {
    using home = new Home();
    makeLibrary(home.library, { files: 0 });
    const original = await dump(home.library);
    const archive = await backUp(home);
    const restored = join(home.path, "restored.db");
    const { code, stderr } = await home.run(["restore", archive, "--yes", "--library", restored]);
    assert.equal(code, 0, stderr);
    assert.equal(await dump(restored), original);
  },
});

for (const level of [9, 1]) {
  testMore({
    name: `round trip: a library that cannot be compressed, at level ${level}`,
    ignore: !hasSqlite,
    async fn() {
      using home = Home.withLibrary();
      await sqlite(home.library, "CREATE TABLE covers AS SELECT randomblob(3000000) AS image");
      const archive = join(home.path, "backup.tar.gz");
      const backup = await home.run(["backup", "--level", `${level}`, "--output", archive]);
      assert.equal(backup.code, 0, backup.stderr);
      const restored = join(home.path, "restored.db");
      const restore = await home.run(["restore", archive, "--yes", "--library", restored]);
      assert.equal(restore.code, 0, restore.stderr);
      assert.equal(await dump(restored), await dump(home.library));
    },
  });
}
