import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readArchive, readMetadata } from "../../src/archive/read.ts";
import { tailBlock, writeArchive } from "../../src/archive/write.ts";
import type { Metadata } from "../../src/store/metadata.ts";
import {
  ownMetadata,
  readThrough,
  readWhole,
  theirArchive,
  theirMetadata,
  writeOwnArchive,
} from "../support/archives.ts";
import { concat, noise, prose, sha256 } from "../support/bytes.ts";
import { hasPython, isInstalled, run, runPython } from "../support/commands.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));
const MIB = 1024 * 1024;

interface Expected {
  readonly metadata: Metadata;
  readonly library_db_sha256: string;
}

const expected = JSON.parse(Deno.readTextFileSync(`${FIXTURES}expected.json`)) as Record<string, Expected>;

const DATABASES: readonly (readonly [string, Uint8Array])[] = [
  ["512 bytes", prose(512)],
  ["4 KB", prose(4096)],
  ["exactly 1 MiB", prose(MIB)],
  ["exactly 2 MiB of zeros", new Uint8Array(2 * MIB)],
  ["1 MiB and 4 KB of noise", noise(MIB + 4096)],
];

for (const [name, database] of DATABASES) {
  Deno.test(`writeArchive: writes ${name} so that readArchive gives back the same`, async () => {
    using directory = new TemporaryDirectory();
    for (const level of [1, 6]) {
      const { path, metadata, size } = await writeOwnArchive(directory, database, level);
      assert.equal(size, Deno.statSync(path).size);
      assert.deepEqual(metadata, { ...ownMetadata(database.length), database_sha256: sha256(database) });
      const whole = await readWhole(path);
      assert.deepEqual(whole.metadata, metadata);
      assert.equal(whole.announced, database.length);
      assert.equal(sha256(whole.database), sha256(database));
    }
  });
}

Deno.test("writeArchive: writes the same bytes for the same database", async () => {
  using directory = new TemporaryDirectory();
  const first = Deno.readFileSync((await writeOwnArchive(directory, prose(9216))).path);
  const second = Deno.readFileSync((await writeOwnArchive(directory, prose(9216))).path);
  assert.deepEqual(first, second);
  assert.deepEqual(first.subarray(first.length - tailBlock().length), tailBlock());
});

Deno.test("writeArchive: reports the bytes of the database done, to the last", async () => {
  using directory = new TemporaryDirectory();
  const reports: number[] = [];
  using database = Deno.openSync(directory.file("database", prose(2 * MIB + 512)));
  using archive = Deno.openSync(directory.file("archive"), { write: true, create: true });
  await writeArchive(archive, database, ownMetadata(2 * MIB + 512), {
    level: 6,
    advance: (done) => void reports.push(done),
  });
  assert.deepEqual(reports, [MIB, 2 * MIB, 2 * MIB + 512]);
});

Deno.test("writeArchive: ends with what the report of progress throws", async () => {
  using directory = new TemporaryDirectory();
  using database = Deno.openSync(directory.file("database", prose(3 * MIB)));
  using archive = Deno.openSync(directory.file("archive"), { write: true, create: true });
  const stop = new Error("stop");
  let calls = 0;
  const advance = () => {
    calls++;
    throw stop;
  };
  await assert.rejects(
    writeArchive(archive, database, ownMetadata(3 * MIB), { level: 6, advance }),
    (error) => error === stop,
  );
  assert.equal(calls, 1);
});

Deno.test("writeArchive: refuses a database that is not as long as its metadata say", async () => {
  using directory = new TemporaryDirectory();
  for (const size of [512, 1536]) {
    using database = Deno.openSync(directory.file("database", prose(1024)));
    using archive = Deno.openSync(directory.file(`archive-${size}`), { write: true, create: true });
    await assert.rejects(writeArchive(archive, database, ownMetadata(size), { level: 6 }), /read 1024/);
  }
});

for (const [name, { metadata, library_db_sha256: hash }] of Object.entries(expected)) {
  Deno.test(`readArchive: takes VPO's ${name}`, async () => {
    const whole = await readWhole(FIXTURES + name);
    assert.deepEqual(whole.metadata, metadata);
    assert.equal(sha256(whole.database), hash);
    assert.equal(whole.announced, whole.database.length);
  });

  Deno.test(`readMetadata: reads VPO's ${name}`, async () => {
    using archive = Deno.openSync(FIXTURES + name);
    assert.deepEqual(await readMetadata(archive, () => {}), metadata);
  });
}

Deno.test("readArchive: announces the metadata before the database in archives of this program only", async () => {
  using directory = new TemporaryDirectory();
  const own = await writeOwnArchive(directory, prose(4096));
  const theirs = directory.file("theirs.tar.gz", theirArchive(prose(4096)));
  for (const [path, known] of [[own.path, own.metadata], [theirs, null]] as const) {
    using archive = Deno.openSync(path);
    const announced: (Metadata | null)[] = [];
    await readArchive(archive, { begin: (_, metadata) => void announced.push(metadata), write() {} }, () => {});
    assert.deepEqual(announced, [known]);
  }
});

// Needs GNU tar.
Deno.test({
  name: "writeArchive: makes what GNU tar lists as the two members, the metadata first, and unpacks",
  ignore: !isInstalled("tar", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const database = concat(prose(MIB), noise(MIB));
    const { path, metadata } = await writeOwnArchive(directory, database);
    const json = `${JSON.stringify(metadata, null, 2)}\n`;

    const listed = await run("tar", ["--utc", "--full-time", "--numeric-owner", "-tvzf", path]);
    assert.deepEqual([listed.code, listed.stderr], [0, ""]);
    assert.deepEqual(listed.stdout.trimEnd().split("\n").map((line) => line.split(/ +/)), [
      ["-rw-------", "0/0", String(json.length), "2026-02-05", "14:30:22", "backup_metadata.json"],
      ["-rw-------", "0/0", String(database.length), "2026-02-05", "14:30:22", "library.db"],
    ]);

    const unpacked = await run("tar", ["-C", directory.path, "-xzf", path]);
    assert.deepEqual([unpacked.code, unpacked.stderr], [0, ""]);
    assert.equal(Deno.readTextFileSync(directory.file("backup_metadata.json")), json);
    assert.equal(sha256(Deno.readFileSync(directory.file("library.db"))), metadata.database_sha256);
  },
});

// Needs Python.
Deno.test({
  name: "writeArchive: makes what Python's tarfile reads as VPO does",
  ignore: !hasPython,
  fn: async () => {
    using directory = new TemporaryDirectory();
    const { path, metadata } = await writeOwnArchive(directory, concat(prose(MIB), noise(MIB + 512)));
    const program = `
import tarfile, hashlib
answers = []
for mode in ("r:gz", "r"):
    with tarfile.open(input, mode) as tar:
        answers.append([[m.name, m.isreg(), hashlib.sha256(tar.extractfile(m).read()).hexdigest()] for m in tar])
print(json.dumps(answers))
`;
    const members = [
      ["backup_metadata.json", true, sha256(new TextEncoder().encode(`${JSON.stringify(metadata, null, 2)}\n`))],
      ["library.db", true, metadata.database_sha256],
    ];
    assert.deepEqual(await runPython(program, path), [members, members]);
  },
});

Deno.test("readMetadata: reads the first and the last block of an archive of this program and nothing between", async () => {
  using directory = new TemporaryDirectory();
  const { path, metadata } = await writeOwnArchive(directory, noise(3 * MIB));
  using archive = Deno.openSync(path, { read: true, write: true });
  archive.seekSync(MIB, Deno.SeekMode.Start);
  archive.writeSync(new Uint8Array(MIB));
  assert.deepEqual(await readMetadata(archive, () => assert.fail("it reads on")), metadata);
});

Deno.test("readMetadata: reads an archive with zeros after its end", async () => {
  using directory = new TemporaryDirectory();
  const { path, metadata } = await writeOwnArchive(directory, prose(4096));
  for (const bytes of [Deno.readFileSync(path), theirArchive(prose(4096))]) {
    using archive = Deno.openSync(directory.file("padded", concat(bytes, new Uint8Array(1000))));
    const own = bytes[3] === 4;
    assert.deepEqual(await readMetadata(archive, () => {}), own ? metadata : theirMetadata(4096));
  }
});

Deno.test("readArchive: reports progress to the end of the file and ends with what the report throws", async () => {
  using directory = new TemporaryDirectory();
  const own = (await writeOwnArchive(directory, noise(2 * MIB))).path;
  const theirs = directory.file("theirs.tar.gz", theirArchive(noise(2 * MIB)));
  assert.deepEqual((await readThrough(own)).database_size_bytes, 2 * MIB);
  for (const path of [own, theirs]) {
    using archive = Deno.openSync(path);
    const stop = new Error("stop");
    let calls = 0;
    const advance = (done: number, total: number) => {
      assert(done <= total && total === Deno.statSync(path).size);
      if (++calls === 2) throw stop;
    };
    await assert.rejects(readArchive(archive, { begin() {}, write() {} }, advance), (error) => error === stop);
    assert.equal(calls, 2);
  }
});
