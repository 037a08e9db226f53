import assert from "node:assert/strict";
import { DATABASE_MEMBER, METADATA_MEMBER, metadataMember, TAR_TAIL } from "../../../src/archive/tar/tar_frame.ts";
import { TarReader } from "../../../src/archive/tar/tar_reader.ts";
import { base64, concat, prose } from "../../support/bytes.ts";
import { hasPython, isInstalled, run, runPython } from "../../support/commands.ts";
import { tarHead } from "../../support/tar_head.ts";
import { readTar } from "../../support/tar_reading.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const METADATA = new TextEncoder().encode('{"vpo_version":"vpo-backup 0.1.0"}\n');
const TIME = new Date("2026-02-05T14:30:22Z");
const GIB = 2 ** 30;
const SIZES = [512, 65536, 2 * GIB, 4 * GIB, 8 * GIB - 512, 8 * GIB, 8 * GIB + 512, 100 * GIB, 281_474_976_579_584];

/** The size that a {@link TarReader} announces after the head of an archive, and the metadata it read before. */
function readHead(head: Uint8Array): { metadata: Uint8Array; announced: number } {
  let metadata = new Uint8Array();
  let announced = -1;
  const reader = new TarReader({
    metadata: (bytes) => void (metadata = bytes.slice()),
    database: (size) => void (announced = size),
    data: () => assert.fail("the head has no data"),
  });
  reader.push(head);
  return { metadata, announced };
}

for (const size of SIZES) {
  Deno.test(`databaseHeader: says that the database is ${size} bytes long`, async () => {
    const head = await tarHead(METADATA, size, TIME);
    assert.equal(head.length % 512, 0);
    assert.deepEqual(readHead(head), { metadata: METADATA, announced: size });
  });
}

Deno.test("metadataMember, databaseHeader: are a whole tar with the database and the tail after it", async () => {
  const database = prose(2048);
  const content = readTar(await tarHead(METADATA, database.length, TIME), database, TAR_TAIL);
  assert.deepEqual(content.metadata, METADATA);
  assert.deepEqual(content.database, database);
  assert.deepEqual(content.order, ["metadata", "database"]);
});

Deno.test("metadataMember: has a length that depends on the length of the metadata only", async () => {
  for (const length of [1, 511, 512, 513, 5000]) {
    const heads = await Promise.all(["0", "f", "\0"].map(async (character) => {
      const metadata = new TextEncoder().encode(character.repeat(length));
      return (await metadataMember(metadata, TIME)).length;
    }));
    assert.deepEqual(new Set(heads), new Set([512 + Math.ceil(length / 512) * 512]));
  }
});

Deno.test("metadataMember: refuses what has no room in one block", async () => {
  assert.equal((await metadataMember(prose(65536 - 512), TIME)).length, 65536);
  await assert.rejects(metadataMember(prose(65536 - 511), TIME), /the metadata are/);
});

// Needs Python.
Deno.test({
  name: "metadataMember, databaseHeader: are read by Python's tarfile, beyond 8 GiB too",
  ignore: !hasPython,
  fn: async () => {
    const heads = await Promise.all(SIZES.map(async (size) => base64(await tarHead(METADATA, size, TIME))));
    const program = `
import tarfile
answers = []
for head in input:
    tar = tarfile.open(fileobj=io.BytesIO(base64.b64decode(head)), mode="r:")
    members = [tar.next(), tar.next()]
    answers.append([[m.name, m.size, m.mode, m.mtime, m.uid, m.gid, m.type == tarfile.REGTYPE] for m in members])
print(json.dumps(answers))
`;
    const mtime = TIME.getTime() / 1000;
    assert.deepEqual(
      await runPython(program, heads),
      SIZES.map((size) => [
        [METADATA_MEMBER, METADATA.length, 0o600, mtime, 0, 0, true],
        [DATABASE_MEMBER, size, 0o600, mtime, 0, 0, true],
      ]),
    );
  },
});

// Needs GNU tar.
Deno.test({
  name: "metadataMember, databaseHeader: are read by GNU tar with the database and the tail after it",
  ignore: !isInstalled("tar", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const database = prose(1024);
    const path = directory.file("whole.tar", concat(await tarHead(METADATA, 1024, TIME), database, TAR_TAIL));
    const { code, stderr } = await run("tar", ["-C", directory.path, "-xf", path]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(Deno.readFileSync(directory.file("library.db")), database);
    assert.deepEqual(Deno.readFileSync(directory.file("backup_metadata.json")), METADATA);
  },
});
