import assert from "node:assert/strict";
import { BLOCK_HEADER_BYTES, unpackBlock } from "../../src/archive/block.ts";
import { blocksIn } from "../../src/archive/blocks.ts";
import { refusal, writeOwnArchive } from "../support/archives.ts";
import { concat, noise, sha256 } from "../support/bytes.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const MIB = 1024 * 1024;

/** The blocks in a file of these bytes. */
function placesIn(directory: TemporaryDirectory, bytes: Uint8Array) {
  using archive = Deno.openSync(directory.file("archive", bytes));
  return [...blocksIn(archive)];
}

Deno.test("blocksIn: gives every block, with what it holds, up to the end or the zeros after it", async () => {
  using directory = new TemporaryDirectory();
  const database = noise(2 * MIB + 5);
  const bytes = Deno.readFileSync((await writeOwnArchive(directory, database)).path);
  const places = placesIn(directory, bytes);
  const contents = places.map(({ at, length, header }) => {
    assert.deepEqual(header, bytes.subarray(at, at + BLOCK_HEADER_BYTES));
    return unpackBlock(bytes.subarray(at, at + length));
  });
  assert.equal(sha256(concat(...contents.slice(2, -1))), sha256(database));
  assert.equal(places.reduce((total, { length }) => total + length, 0), bytes.length);
  assert.deepEqual(placesIn(directory, concat(bytes, new Uint8Array(MIB))), places);
});

Deno.test("blocksIn: refuses what is cut, and what is followed by something else", async () => {
  using directory = new TemporaryDirectory();
  const bytes = Deno.readFileSync((await writeOwnArchive(directory, noise(MIB))).path);
  assert.throws(() => placesIn(directory, bytes.subarray(0, -1)), refusal(/it ends too early/));
  assert.throws(() => placesIn(directory, concat(bytes, bytes.subarray(0, 20))), refusal(/does not begin/));
  assert.throws(() => placesIn(directory, concat(bytes, new Uint8Array([0, 0, 1]))), refusal(/does not begin/));
});
