import { smallLibrarySql } from "./library.ts";
import { HEADER, type HostileDatabase, REFUSED, sqlDatabase, sqlOnly, TAKEN, withBytes } from "./hostile_database.ts";

/** Colours, the title, the cursor, the clipboard, C1 controls, the direction of writing. */
const ESCAPES = "\u001b[31;1m\u001b]0;x\u0007\u001b]52;c;eA==\u0007\u009b2J\u009d0;x\u009c\u007f\r\b\u202e";

/** SQL that makes an index that does not fit its table. */
const STRAY_INDEX = (name: string) =>
  `CREATE INDEX "${name}" ON files (size_bytes); PRAGMA writable_schema = ON;
   UPDATE sqlite_schema SET sql = replace(sql, '(size_bytes)', '(path)') WHERE name = '${name}';`;

/** Libraries that are sound, or not so, by what is in their schema and in `_meta`. */
export function oddDatabases(): HostileDatabase[] {
  const odd = (name: string, endings: Omit<HostileDatabase, "name" | "make">, sql: string): HostileDatabase => ({
    ...endings,
    name,
    make: (path) => sqlDatabase(path, sql),
  });
  const instead = (name: string, endings: Omit<HostileDatabase, "name" | "make">, sql: string): HostileDatabase => ({
    ...endings,
    name,
    make: (path) => sqlOnly(path, sql),
  });
  const version = (value: string) => `UPDATE _meta SET value = ${value} WHERE key = 'schema_version';`;
  const files = smallLibrarySql(3);
  const meta = "CREATE TABLE _meta (key TEXT, value TEXT); INSERT INTO _meta VALUES ('schema_version', '27');";
  const mismatch = {
    archive: ["success"],
    library: ["success"],
    facts: TAKEN.facts,
  } as const;
  return [
    odd("an index that does not fit its table", mismatch, STRAY_INDEX("stray")),
    odd("such an index under a name of escape codes", mismatch, STRAY_INDEX(ESCAPES)),
    odd(
      "triggers that refuse every change",
      TAKEN,
      `
      CREATE TRIGGER no_insert BEFORE INSERT ON files BEGIN SELECT RAISE(ABORT, 'no'); END;
      CREATE TRIGGER no_update BEFORE UPDATE ON _meta BEGIN SELECT RAISE(ROLLBACK, 'no'); END;
      CREATE TRIGGER no_delete BEFORE DELETE ON files BEGIN SELECT RAISE(FAIL, 'no'); END;`,
    ),
    odd(
      "views of every kind",
      TAKEN,
      `
      CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
      CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;
      CREATE VIEW loads AS SELECT load_extension('x');
      CREATE VIEW missing AS SELECT * FROM nowhere;
      CREATE TRIGGER into_view INSTEAD OF INSERT ON endless BEGIN DELETE FROM files; END;`,
    ),
    odd(
      "escape codes in all names",
      TAKEN,
      `
      CREATE TABLE "${ESCAPES}" ("${ESCAPES}" TEXT); CREATE INDEX "${ESCAPES}i" ON "${ESCAPES}" ("${ESCAPES}");
      INSERT INTO "${ESCAPES}" VALUES ('${ESCAPES}'); CREATE VIEW "${ESCAPES}v" AS SELECT * FROM "${ESCAPES}";
      INSERT INTO _meta VALUES ('${ESCAPES}', '${ESCAPES}');`,
    ),
    odd("escape codes in its schema version", REFUSED, version(`'27${ESCAPES}'`)),
    odd(
      "escape codes in a schema that cannot be read",
      REFUSED,
      `CREATE TABLE x (y); PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET name = '${ESCAPES}', tbl_name = '${ESCAPES}', sql = 'CREATE TABLE ${ESCAPES} (((' WHERE name = 'x';`,
    ),
    odd(
      "an unknown column with a name of escape codes",
      REFUSED,
      `PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'size_bytes', '"${ESCAPES}"') WHERE name = 'files';`,
    ),
    odd("a schema version of a billion less one", {
      archive: ["schema_incompatible"],
      forced: ["success"],
      library: ["success"],
      facts: { schema: 999_999_999, files: 3 },
    }, version("'999999999'")),
    odd("a schema version of a million digits", REFUSED, version("printf('%.*c', 1000000, '9')")),
    odd("a negative schema version", REFUSED, version("'-27'")),
    odd("no schema version", REFUSED, "DELETE FROM _meta"),
    odd("an empty schema version", REFUSED, version("''")),
    odd("a schema version with a NUL in it", {
      archive: ["success", "invalid_archive"],
      library: ["success", "not_a_library"],
      facts: TAKEN.facts,
    }, version("'27' || char(0) || 'x'")),
    odd("a schema version as a blob", TAKEN, version("x'3237'")),
    odd(
      "the largest schema cookie and user version",
      TAKEN,
      "PRAGMA schema_version = 2147483647; PRAGMA user_version = -2147483648;",
    ),
    odd(
      "2,000 tables",
      TAKEN,
      `BEGIN; ${Array.from({ length: 2000 }, (_, n) => `CREATE TABLE t${n} (x);`).join("")} COMMIT`,
    ),
    odd("an FTS5 table", TAKEN, "CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('a'), ('b');"),
    odd(
      "an FTS5 table whose index is random bytes",
      // Its words are in a table of their own: the index can be made anew from them.
      { ...REFUSED, archive: ["success", "invalid_archive"], library: ["success", "not_a_library"] },
      `
      CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('a'), ('b');
      UPDATE words_data SET block = randomblob(500);`,
    ),
    odd(
      "an R-tree whose nodes are random bytes",
      { ...REFUSED, library: ["success", "not_a_library"] },
      `
      CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1); INSERT INTO boxes VALUES (1, 0, 1), (2, 0, 1);
      UPDATE boxes_node SET data = randomblob(length(data));`,
    ),
    odd(
      "a virtual table of a module that does not exist",
      TAKEN,
      `PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING nowhere(x)');`,
    ),
    instead(
      "files that are a view",
      REFUSED,
      `${files.replaceAll("files", "real_files")}
      CREATE VIEW files AS SELECT * FROM real_files;`,
    ),
    instead(
      "_meta that is a view",
      REFUSED,
      `${files.replaceAll("_meta", "real_meta")}
      CREATE VIEW _meta AS SELECT * FROM real_meta;`,
    ),
    instead(
      "files that are an endless view",
      REFUSED,
      `${meta}
      CREATE VIEW files AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS size_bytes FROM n;`,
    ),
    instead(
      "_meta that is an endless view",
      REFUSED,
      `${files.replaceAll("_meta", "real_meta")}
      CREATE VIEW _meta AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' AS key, i AS value FROM n;`,
    ),
    instead(
      "files that are a virtual table",
      REFUSED,
      `${meta} CREATE VIRTUAL TABLE files USING fts5(path, size_bytes);`,
    ),
    instead(
      "_meta that is a virtual table",
      REFUSED,
      `${files.replaceAll("_meta", "real_meta")}
      CREATE VIRTUAL TABLE _meta USING fts5(key, value); INSERT INTO _meta VALUES ('schema_version', '27');`,
    ),
    instead("files without sizes", REFUSED, `${meta} CREATE TABLE files (path TEXT);`),
    instead("_meta without values", REFUSED, `${files.replaceAll("value", "worth")}`),
    instead("_meta without keys", REFUSED, `${files.replaceAll("key TEXT", "name TEXT")}`),
    instead("no tables", REFUSED, "PRAGMA user_version = 1; VACUUM"),
    instead("other tables", REFUSED, "CREATE TABLE albums (title TEXT);"),
    instead(
      "tables without row ids",
      TAKEN,
      `${meta.replace(");", ") ;")} CREATE TABLE files (path TEXT PRIMARY KEY, size_bytes INTEGER) WITHOUT ROWID;
      INSERT INTO files VALUES ('a', 1), ('b', 2), ('c', 3);`,
    ),
    instead(
      "sizes that are texts, blobs and infinities",
      TAKEN,
      `${meta} CREATE TABLE files (path, size_bytes);
      INSERT INTO files VALUES ('a', 'x'), ('b', x'00'), ('c', 9e999);`,
    ),
    {
      ...TAKEN,
      name: "a WAL flag and no WAL",
      make(path) {
        sqlDatabase(path, "");
        Deno.writeFileSync(path, withBytes(Deno.readFileSync(path), HEADER.writeVersion, 2, 2));
      },
    },
  ];
}
