import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readArchive, readMetadata } from "../../src/archive/read.ts";
import { refusal, theirMetadata } from "../support/archives.ts";
import { concat } from "../support/bytes.ts";
import { testMore } from "../support/extent.ts";
import { Peer } from "../support/peer.ts";
import { END, tarHeader, tarMember } from "../support/tar.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Far less than what is unpacked, far more than what reading takes. */
const MEMORY_LIMIT_BYTES = 300 * MIB;

const ZEROS = gzipSync(new Uint8Array(8 * MIB), { level: 9 });

/** A gzip stream of `head`, a gigabyte of zeros and the end mark, in about 1 MB. */
function bomb(head: Uint8Array): Uint8Array {
  const bytes = concat(gzipSync(head), ...Array<Uint8Array>(GIB / (8 * MIB)).fill(ZEROS), gzipSync(END));
  assert(bytes.length < 2 * MIB);
  return bytes;
}

/** Metadata that speak of a small database. */
const METADATA = tarMember("backup_metadata.json", new TextEncoder().encode(JSON.stringify(theirMetadata(4096))));

testMore("readArchive: hands on a gigabyte of zeros from 1 MB without keeping it", async () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("bomb.tar.gz", bomb(concat(METADATA, tarHeader({ name: "library.db", size: GIB }))));
  await using reader = Peer.deno("./memory_peer.ts", path);
  const { size, most } = JSON.parse(await reader.answer()) as { size: number; most: number };
  assert.equal(size, GIB);
  assert(most < MEMORY_LIMIT_BYTES, `${most} bytes more memory`);
});

Deno.test("readArchive: stops unpacking where its sink refuses the announced size", async () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("bomb.tar.gz", bomb(concat(METADATA, tarHeader({ name: "library.db", size: GIB }))));
  using archive = Deno.openSync(path);
  const stop = new Error("too large");
  const begin = (size: number) => {
    assert.equal(size, GIB);
    throw stop;
  };
  let last = 0;
  const advance = (done: number) => void (last = done);
  const reading = readArchive(archive, { begin, write: () => assert.fail("written") }, advance);
  await assert.rejects(reading, (error) => error === stop);
  assert(last < MIB / 2, `${last} bytes were unpacked`);
});

Deno.test("readMetadata: stops unpacking at a member that it refuses", async () => {
  using directory = new TemporaryDirectory();
  using archive = Deno.openSync(
    directory.file("bomb.tar.gz", bomb(concat(METADATA, tarHeader({ name: "x", size: GIB })))),
  );
  let last = 0;
  const advance = (done: number) => void (last = done);
  await assert.rejects(readMetadata(archive, advance), refusal(/it holds a member "x"/));
  assert(last < MIB / 2, `${last} bytes were unpacked`);
});
