import assert from "node:assert/strict";
import type { CheckKind } from "../../src/library/structure.ts";
import { checkDatabase, DamagedDatabase } from "../../src/library/integrity.ts";
import { queryValue, sqliteFailure } from "../../src/library/sqlite.ts";
import { concat, noise } from "../support/bytes.ts";
import { execute } from "../support/database.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const PAGE_BYTES = 4096;
const KINDS = ["quick", "full"] as const satisfies readonly CheckKind[];

/** A sound database in rollback mode: two tables, an index and 300 rows. */
function makeDatabase(directory: TemporaryDirectory): Uint8Array {
  const path = directory.file("sound.db");
  execute(
    path,
    `PRAGMA page_size = ${PAGE_BYTES};
    CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
      INSERT INTO files SELECT i, printf('/media/%.200c/%d.mkv', 'x', i) FROM n;
    CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('in the index'); CREATE INDEX words_word ON words (word)`,
  );
  return Deno.readFileSync(path);
}

/** What a check says of a file with this content. */
function check(directory: TemporaryDirectory, content: Uint8Array, kind: CheckKind): Promise<unknown> {
  return checkDatabase(directory.file("checked.db", content), kind, () => "read");
}

/** SQLite itself refuses some databases before it can check them. */
function isDamage(error: unknown): true {
  const failure = sqliteFailure(error);
  assert(error instanceof DamagedDatabase || failure === "damaged" || failure === "not a database", String(error));
  return true;
}

for (const kind of KINDS) {
  Deno.test(`checkDatabase: finds a sound database sound and reads it, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    const sound = makeDatabase(directory);
    const path = directory.file("checked.db", sound);
    assert.equal(
      await checkDatabase(path, kind, (database) => queryValue(database, "SELECT count(*) FROM files")),
      300,
    );
    assert.deepEqual(Deno.readFileSync(path), sound);
    assert.deepEqual(directory.names(), ["checked.db", "sound.db"]);
  });

  Deno.test(`checkDatabase: finds a sound database in WAL mode sound, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    makeDatabase(directory);
    const path = directory.file("sound.db");
    execute(path, "PRAGMA journal_mode = wal");
    assert.equal(await checkDatabase(path, kind, () => "read"), "read");
  });

  Deno.test(`checkDatabase: finds every wrong length, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    const sound = makeDatabase(directory);
    const lengths = [
      0,
      1,
      16,
      99,
      100,
      512,
      PAGE_BYTES,
      sound.length >> 1,
      sound.length - PAGE_BYTES,
      sound.length - 1,
    ];
    for (const length of lengths) {
      await assert.rejects(check(directory, sound.subarray(0, length), kind), DamagedDatabase, `${length} bytes`);
    }
    for (const more of [1, 512, PAGE_BYTES]) {
      await assert.rejects(
        check(directory, concat(sound, new Uint8Array(more)), kind),
        DamagedDatabase,
        `${more} more`,
      );
    }
  });

  Deno.test(`checkDatabase: finds what is no database at all, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    const text = new TextEncoder().encode("a file of text\n".repeat(2000));
    for (const content of [noise(3 * PAGE_BYTES), new Uint8Array(PAGE_BYTES), text]) {
      await assert.rejects(check(directory, content, kind), {
        name: "DamagedDatabase",
        message: /not a SQLite database/,
      });
    }
  });

  Deno.test(`checkDatabase: finds pages overwritten with noise or zeros, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    const sound = makeDatabase(directory);
    for (const rubbish of [noise(PAGE_BYTES - 100), new Uint8Array(PAGE_BYTES - 100)]) {
      for (let page = 0; page < sound.length / PAGE_BYTES; page++) {
        const damaged = sound.slice();
        damaged.set(rubbish, page * PAGE_BYTES + 100 * Number(page === 0));
        await assert.rejects(check(directory, damaged, kind), isDamage, `page ${page + 1}`);
      }
    }
  });

  Deno.test(`checkDatabase: hands on what the reading throws, and closes the database, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    makeDatabase(directory);
    const path = directory.file("sound.db");
    const stop = new Error("stop");
    const read = () => {
      throw stop;
    };
    await assert.rejects(checkDatabase(path, kind, read), (error) => error === stop);
    execute(path, "BEGIN EXCLUSIVE; COMMIT");
  });

  Deno.test(`checkDatabase: reads nothing from a damaged database, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    const path = directory.file("checked.db", makeDatabase(directory).subarray(0, -1));
    await assert.rejects(checkDatabase(path, kind, () => assert.fail("it was read")), DamagedDatabase);
  });

  Deno.test(`checkDatabase: opens the database for reading only, ${kind}`, async () => {
    using directory = new TemporaryDirectory();
    makeDatabase(directory);
    await checkDatabase(directory.file("sound.db"), kind, (database) => {
      assert.throws(() => database.exec("DELETE FROM files"), (error) => sqliteFailure(error) === "read-only");
    });
  });
}

Deno.test("checkDatabase: takes any number of whole pages where the header does not tell how many", async () => {
  using directory = new TemporaryDirectory();
  const old = makeDatabase(directory);
  const header = new DataView(old.buffer);
  header.setUint32(92, header.getUint32(24) + 1);
  assert.equal(await check(directory, old, "full"), "read");
  await assert.rejects(check(directory, old.subarray(0, -1), "full"), DamagedDatabase);
});

Deno.test("checkDatabase: says how long the file is", async () => {
  using directory = new TemporaryDirectory();
  const sound = makeDatabase(directory);
  await assert.rejects(check(directory, sound.subarray(0, -1), "quick"), {
    message: `it is ${sound.length - 1} bytes long, which is not ${sound.length / PAGE_BYTES} pages`,
  });
});

Deno.test("checkDatabase: lists a few findings and stops", async () => {
  using directory = new TemporaryDirectory();
  const damaged = makeDatabase(directory);
  for (let page = 4; page < 16; page++) damaged.fill(0xff, page * PAGE_BYTES, page * PAGE_BYTES + 200);
  await assert.rejects(check(directory, damaged, "quick"), (error) => {
    isDamage(error);
    assert((error as Error).message.length < 1000);
    return true;
  });
});

Deno.test("checkDatabase: says so where there is no file, and makes none", async () => {
  using directory = new TemporaryDirectory();
  await assert.rejects(checkDatabase(directory.file("missing.db"), "quick", () => {}), Deno.errors.NotFound);
  assert.deepEqual(directory.names(), []);
});

Deno.test("checkDatabase: a page that the disk does not give is no damage of the database", async () => {
  using directory = new TemporaryDirectory();
  makeDatabase(directory);
  const findings = [
    "*** in database main ***\nTree 24 page 24: unable to get the page. error code=8458",
    "wrong # of entries",
  ];
  const found = { damage: findings, stale: [], unchecked: [] };
  const failing = { isBeside: true, findings: () => Promise.resolve(found) };
  const checking = checkDatabase(directory.file("sound.db"), "quick", () => "read", failing);
  await assert.rejects(
    checking,
    (error) => !(error instanceof DamagedDatabase) && /cannot be read/.test(String(error)),
  );
});
