import assert from "node:assert/strict";
import zlib, { deflateRawSync, gunzipSync, gzipSync } from "node:zlib";
import { packBlock } from "../../src/archive/block.ts";
import { readArchive, readMetadata } from "../../src/archive/read.ts";
import { databaseHeader, metadataMember, TAR_TAIL } from "../../src/archive/tar/tar_frame.ts";
import { tailBlock } from "../../src/archive/write.ts";
import { serializeMetadata } from "../../src/store/metadata.ts";
import {
  ownMetadata,
  readThrough,
  readWhole,
  refusal,
  theirArchive,
  theirMetadata,
  theirTar,
  writeOwnArchive,
} from "../support/archives.ts";
import { concat, noise, prose, sha256 } from "../support/bytes.ts";
import { times } from "../support/extent.ts";
import { gzipMember } from "../support/gzip.ts";
import { END, tarHeader, tarMember } from "../support/tar.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const MIB = 1024 * 1024;
/** What is read of VPO's archives at once; members may end at its multiples. */
const READ_BYTES = 256 * 1024;
const FLIPS = times(300);

/** Reads an archive that consists of these bytes. */
async function readBytes(directory: TemporaryDirectory, bytes: Uint8Array) {
  return await readWhole(directory.file("bytes.tar.gz", bytes));
}

async function refuses(directory: TemporaryDirectory, bytes: Uint8Array, words = /^/): Promise<void> {
  await assert.rejects(readThrough(directory.file("bytes.tar.gz", bytes)), refusal(words));
}

Deno.test("readArchive: refuses an archive of this program that is cut at any multiple of 64 bytes, or near its end", async () => {
  using directory = new TemporaryDirectory();
  const { path, size } = await writeOwnArchive(directory, noise(32768));
  await refusesCuts(path, size, tailBlock().length + 1);
});

Deno.test("readArchive: refuses an archive of VPO that is cut at any multiple of 64 bytes, or near its end", async () => {
  using directory = new TemporaryDirectory();
  const whole = theirArchive(noise(8192));
  await refusesCuts(directory.file("theirs.tar.gz", whole), whole.length, 40);
});

Deno.test("readArchive: says whether an archive of this program is cut, or followed by something else", async () => {
  using directory = new TemporaryDirectory();
  const whole = Deno.readFileSync((await writeOwnArchive(directory, noise(8192))).path);
  await refuses(directory, concat(whole, new TextEncoder().encode("\n")), /other data follows its end$/);
  await refuses(directory, concat(whole, noise(200)), /a block does not begin where it should$/);
  await refuses(directory, concat(whole, whole.subarray(0, 20)), /it ends too early$/);
  await refuses(directory, whole.subarray(0, whole.length - 20), /it ends too early$/);
});

/** Cuts the file at `path` shorter and shorter: byte by byte at the end, then at the multiples of 64. */
async function refusesCuts(path: string, size: number, near: number): Promise<void> {
  for (let length = size - 1; length >= 0; length--) {
    if (length < size - near && length % 64 !== 0) continue;
    Deno.truncateSync(path, length);
    await assert.rejects(readThrough(path), refusal(), `${length} of ${size} bytes`);
  }
}

Deno.test("readArchive: refuses an archive of this program with any bit wrong", async () => {
  using directory = new TemporaryDirectory();
  const { path } = await writeOwnArchive(directory, concat(prose(MIB), noise(65536)));
  const { size } = Deno.statSync(path);
  const positions = noise(4 * FLIPS);
  using archive = Deno.openSync(path, { read: true, write: true });
  const view = new DataView(positions.buffer);
  for (let turn = 0; turn < FLIPS; turn++) {
    // The first and the last blocks are small: half of the flips go there.
    const random = view.getUint32(4 * turn);
    const at = [random % size, random % size, random % 1800, size - 1 - random % 1200][turn % 4] ?? 0;
    flip(archive, at, turn);
    await assert.rejects(
      readArchive(archive, { begin() {}, write() {} }, () => {}),
      refusal(),
      `bit ${turn % 8} of byte ${at}`,
    );
    flip(archive, at, turn);
  }
  await readArchive(archive, { begin() {}, write() {} }, () => {});
});

function flip(file: Deno.FsFile, at: number, bit: number): void {
  const byte = new Uint8Array(1);
  file.seekSync(at, Deno.SeekMode.Start);
  file.readSync(byte);
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(byte.map((value) => value ^ 1 << bit % 8));
}

Deno.test("readArchive: takes zeros after the end and refuses any other bytes there", async () => {
  using directory = new TemporaryDirectory();
  const database = prose(8192);
  const own = Deno.readFileSync((await writeOwnArchive(directory, database)).path);
  for (const archive of [own, theirArchive(database)]) {
    for (const zeros of [1, 8, 511, 100_000, 600_000]) {
      const padded = concat(archive, new Uint8Array(zeros));
      assert.deepEqual((await readBytes(directory, padded)).database, database);
      await refuses(directory, concat(padded, Uint8Array.of(1)));
      await refuses(directory, concat(padded, archive));
    }
    for (const rest of [Uint8Array.of(1), Uint8Array.of(0x1f), Uint8Array.of(0x1f, 0x8b), prose(100), noise(70_000)]) {
      await refuses(directory, concat(archive, rest));
    }
    await refuses(directory, concat(archive, archive));
    await refuses(directory, concat(archive, gzipSync(prose(10))));
  }
});

Deno.test("readArchive: refuses zeros, bytes after them, or something else before an archive", async () => {
  using directory = new TemporaryDirectory();
  const own = Deno.readFileSync((await writeOwnArchive(directory, prose(4096))).path);
  for (const archive of [own, theirArchive(prose(4096))]) {
    for (
      const before of [Uint8Array.of(0), new Uint8Array(512), prose(20), gzipSync(prose(10)), packBlock(prose(512), 6)]
    ) {
      await refuses(directory, concat(before, archive));
    }
  }
  for (const bytes of [new Uint8Array(), new Uint8Array(4096), prose(4096), noise(4096)]) {
    await refuses(directory, bytes);
  }
});

Deno.test("readArchive: refuses an archive of this program that was compressed again", async () => {
  using directory = new TemporaryDirectory();
  const tar = gunzipSync(Deno.readFileSync((await writeOwnArchive(directory, prose(8192))).path));
  for (
    const bytes of [
      gzipSync(tar),
      gzipSync(tar, { level: 9 }),
      concat(gzipSync(tar.subarray(0, 99)), gzipSync(tar.subarray(99))),
    ]
  ) {
    await refuses(directory, bytes, /not in the form in which it was written/);
  }
});

Deno.test("readArchive: refuses blocks of this program that other gzip members stand among", async () => {
  using directory = new TemporaryDirectory();
  const metadata = { ...ownMetadata(1024), database_sha256: sha256(prose(1024)) };
  const head = await metadataMember(serializeMetadata(metadata), new Date());
  const parts = [head, await databaseHeader(1024, new Date()), prose(1024), TAR_TAIL];
  const blocks: Uint8Array[] = parts.map((part) => packBlock(part, 6));
  assert.deepEqual((await readBytes(directory, concat(...blocks))).database, prose(1024));
  for (let index = 0; index < parts.length; index++) {
    const mixed = blocks.with(index, gzipSync(parts[index] ?? END));
    await refuses(directory, concat(...mixed));
  }
  for (const index of parts.keys()) {
    await refuses(directory, concat(...blocks.toSpliced(index, 1)));
    await refuses(directory, concat(...blocks.toSpliced(index, 0, blocks[index] ?? END)));
  }
});

Deno.test("readArchive: takes an archive of VPO in several gzip members, wherever they are cut", async () => {
  using directory = new TemporaryDirectory();
  const database = prose(20_480);
  const tar = theirTar(database);
  for (const at of [0, 1, 511, 512, 513, 1000, 20_992, tar.length - 1024, tar.length - 1, tar.length]) {
    const { metadata, database: read } = await readBytes(
      directory,
      concat(gzipSync(tar.subarray(0, at)), gzipSync(tar.subarray(at))),
    );
    assert.deepEqual(metadata, theirMetadata(database.length));
    assert.deepEqual(read, database);
  }
  const many = Array.from({ length: 40 }, (_, index) => gzipSync(tar.subarray(index * 600, (index + 1) * 600)));
  assert.deepEqual((await readBytes(directory, concat(...many))).database, database);
});

Deno.test("readArchive: takes and refuses the same where a gzip member ends at the end of what is read at once", async () => {
  using directory = new TemporaryDirectory();
  const database = noise(51_200);
  const tar = theirTar(database);
  for (const length of [-2, -1, 0, 1, 2, 5, 9, 10].map((more) => READ_BYTES + more)) {
    const whole = gzipMember(tar, length);
    assert.deepEqual((await readBytes(directory, whole)).database, database, `${length} bytes`);
    assert.deepEqual(
      (await readBytes(directory, concat(whole, new Uint8Array(700)))).database,
      database,
      `${length} bytes, zeros`,
    );
    const halves = concat(gzipMember(tar.subarray(0, 30_000), length), gzipSync(tar.subarray(30_000)));
    assert.deepEqual((await readBytes(directory, halves)).database, database, `${length} bytes, a member`);
    for (
      const rest of [
        prose(30),
        Uint8Array.of(0x1f, 0x8b),
        concat(new Uint8Array(20), prose(1)),
        gzipSync(prose(9)),
        noise(READ_BYTES),
      ]
    ) {
      await refuses(directory, concat(whole, rest));
    }
  }
});

Deno.test("readArchive: refuses an archive of VPO whose gzip checks are wrong", async () => {
  using directory = new TemporaryDirectory();
  const whole = theirArchive(noise(4096));
  for (let at = whole.length - 8; at < whole.length; at++) {
    const changed = whole.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await refuses(directory, changed, /cannot be decompressed/);
  }
  for (const [at, value] of [[0, 0x1e], [1, 0x8c], [2, 7], [3, 0x80]] as const) {
    await refuses(directory, whole.with(at, value));
  }
});

Deno.test("readArchive: refuses what is deflate or zlib data but no gzip member", async () => {
  using directory = new TemporaryDirectory();
  await refuses(directory, deflateRawSync(theirTar(prose(4096))));
  await refuses(directory, theirTar(prose(4096)));
});

Deno.test("readArchive: refuses metadata that are none, in both orders", async () => {
  using directory = new TemporaryDirectory();
  const database = tarMember("library.db", prose(512));
  const metadata = tarMember("backup_metadata.json", prose(40));
  await refuses(directory, gzipSync(concat(metadata, database, END)), /metadata/);
  await refuses(directory, gzipSync(concat(database, metadata, END)), /metadata/);
});

Deno.test("readMetadata: refuses an archive whose end is missing", async () => {
  using directory = new TemporaryDirectory();
  const own = Deno.readFileSync((await writeOwnArchive(directory, noise(2 * MIB))).path);
  for (const whole of [own, theirArchive(noise(20_000))]) {
    for (
      const length of [whole.length - 1, whole.length - 9, whole.length - 1200, whole.length >> 1, 2000, 100, 10, 0]
    ) {
      using archive = Deno.openSync(directory.file("cut", whole.subarray(0, length)));
      await assert.rejects(readMetadata(archive, () => {}), refusal(), `${length} bytes`);
    }
  }
});

Deno.test("readMetadata: refuses an archive that has no metadata where they should be", async () => {
  using directory = new TemporaryDirectory();
  const blocks = concat(
    packBlock(tarHeader({ name: "library.db", size: 512 }), 6),
    packBlock(prose(512), 6),
    tailBlock(),
  );
  using archive = Deno.openSync(directory.file("none", blocks));
  await assert.rejects(readMetadata(archive, () => {}), refusal(/metadata/));
});

// It was taken for damage, as all that zlib says.
Deno.test("readArchive: a lack of memory does not make an archive of VPO's a damaged one", async () => {
  using directory = new TemporaryDirectory();
  using archive = Deno.openSync(directory.file("theirs.tar.gz", theirArchive(prose(4096))));
  const lack = Object.assign(new Error("insufficient memory"), { code: "Z_MEM_ERROR" });
  // The types do not know it.
  const { Gunzip: { prototype } } = zlib as unknown as { readonly Gunzip: { readonly prototype: object } };
  const failing = (_chunk: unknown, _encoding: unknown, done: (error: Error) => void) => done(lack);
  Object.defineProperty(prototype, "_transform", { value: failing, configurable: true });
  try {
    await assert.rejects(readArchive(archive, { begin() {}, write() {} }, () => {}), (error) => error === lack);
  } finally {
    // The one that it inherits shows again.
    Reflect.deleteProperty(prototype, "_transform");
  }
});
