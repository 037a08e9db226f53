import assert from "node:assert/strict";
import { crc32, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import {
  beginsBlock,
  BLOCK_CONTENT_BYTES,
  BLOCK_HEADER_BYTES,
  blockLength,
  MAX_BLOCK_BYTES,
  packBlock,
  unpackBlock,
} from "../../src/archive/block.ts";
import { refusal } from "../support/archives.ts";
import { base64, concat, noise, prose, sha256 } from "../support/bytes.ts";
import { hasPython, isInstalled, run, runPython } from "../support/commands.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const LENGTH_AT = 16;

/** The contents of blocks that are likely to go wrong. */
const CONTENTS: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array()],
  ["1 byte", Uint8Array.of(0)],
  ["1 KB of text", prose(1024)],
  ["1 MiB of text", prose(BLOCK_CONTENT_BYTES)],
  ["1 MiB of zeros", new Uint8Array(BLOCK_CONTENT_BYTES)],
  ["1 MiB of noise", noise(BLOCK_CONTENT_BYTES)],
  [
    "1 MiB of noise in the bytes that deflate's fixed code makes longest",
    noise(BLOCK_CONTENT_BYTES).map((byte) => 144 + byte % 112),
  ],
  ["1 byte less than 1 MiB of noise", noise(BLOCK_CONTENT_BYTES - 1, 2)],
];

function withLength(block: Uint8Array, length: number): Uint8Array {
  const changed = block.slice();
  new DataView(changed.buffer).setUint32(LENGTH_AT, length, true);
  return changed;
}

for (const [name, content] of CONTENTS) {
  Deno.test(`unpackBlock: gives back ${name}, at every level`, () => {
    for (const level of [0, 1, 2, 6, 9]) {
      const block = packBlock(content, level);
      assert.equal(blockLength(block), block.length);
      assert(block.length <= MAX_BLOCK_BYTES, `${block.length} bytes at level ${level}`);
      assert.equal(sha256(unpackBlock(block)), sha256(content));
    }
  });
}

Deno.test("unpackBlock: gives back any content", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 0, max: 9 }), (content, level) => {
    assert.deepEqual(concat(unpackBlock(packBlock(content, level))), concat(content));
  }));
});

Deno.test("unpackBlock: reads a block that stands inside a larger buffer", () => {
  const block = packBlock(prose(500), 6);
  const buffer = concat(noise(7), block, noise(9));
  assert.deepEqual(concat(unpackBlock(buffer.subarray(7, 7 + block.length))), prose(500));
});

Deno.test("packBlock: writes the header that its table describes", () => {
  const content = prose(300);
  const block = packBlock(content, 6);
  const view = new DataView(block.buffer);
  assert.deepEqual([...block.subarray(0, 4)], [0x1f, 0x8b, 8, 4]);
  assert.equal(view.getUint16(10, true), 44);
  assert.equal(String.fromCharCode(...block.subarray(12, 14)), "VB");
  assert.equal(view.getUint16(14, true), 40);
  assert.equal(view.getUint32(LENGTH_AT, true), block.length);
  assert.equal(
    Array.from(block.subarray(24, 56), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    sha256(content),
  );
  assert.equal(view.getUint32(block.length - 4, true), content.length);
});

Deno.test("packBlock: gives the same length for contents of one length at level 0", () => {
  const lengths = [noise(5000), prose(5000), new Uint8Array(5000)].map((content) => packBlock(content, 0).length);
  assert.equal(new Set(lengths).size, 1);
});

for (
  const [name, content, level] of [["compressed", prose(60), 6], ["stored", noise(20), 0], [
    "empty",
    new Uint8Array(),
    6,
  ]] as const
) {
  Deno.test(`unpackBlock: refuses every single-bit flip of a block that is ${name}`, () => {
    const block = packBlock(content, level);
    for (let bit = 0; bit < block.length * 8; bit++) {
      const flipped = block.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ 1 << (bit & 7);
      assert.throws(() => unpackBlock(flipped), refusal(), `bit ${bit & 7} of byte ${bit >> 3}`);
    }
  });
}

Deno.test("unpackBlock: refuses a block that is cut short or has bytes too many", () => {
  const block = packBlock(prose(200), 6);
  for (let length = 0; length < block.length; length++) {
    assert.throws(() => unpackBlock(block.subarray(0, length)), refusal());
  }
  assert.throws(() => unpackBlock(concat(block, Uint8Array.of(0))), refusal(/cut short/));
});

Deno.test("packBlock, unpackBlock: refuse content of more than 64 KiB", () => {
  const content = new Uint8Array(BLOCK_CONTENT_BYTES + 1);
  assert.throws(() => packBlock(content, 6), /lost what was in it/);
  const data = deflateRawSync(content);
  const block = concat(packBlock(prose(1), 6).subarray(0, BLOCK_HEADER_BYTES), data, new Uint8Array(8));
  const view = new DataView(block.buffer);
  view.setUint32(16, block.length, true);
  view.setUint32(20, crc32(data), true);
  view.setUint32(block.length - 4, content.length, true);
  assert.throws(() => unpackBlock(block), refusal(/decompressed/));
});

Deno.test("blockLength: takes lengths between an empty block's and the longest there can be", () => {
  const block = packBlock(prose(100), 6);
  const least = BLOCK_HEADER_BYTES + 8 + 1;
  for (const length of [least, MAX_BLOCK_BYTES]) assert.equal(blockLength(withLength(block, length)), length);
  for (const length of [0, 1, least - 1, MAX_BLOCK_BYTES + 1, 0x7fffffff, 0xffffffff]) {
    assert.throws(() => blockLength(withLength(block, length)), refusal(/impossible length/), String(length));
  }
});

Deno.test("beginsBlock: takes the header of a block only", () => {
  const block = packBlock(prose(100), 6);
  assert.equal(beginsBlock(block), true);
  assert.equal(beginsBlock(block.subarray(0, BLOCK_HEADER_BYTES)), true);
  assert.equal(beginsBlock(block.subarray(0, BLOCK_HEADER_BYTES - 1)), false);
  assert.equal(beginsBlock(new Uint8Array(100)), false);
  for (let at = 0; at < 16; at++) {
    const other = block.slice();
    other[at] = (other[at] ?? 0) ^ 0x80;
    assert.equal(beginsBlock(other), false, `byte ${at}`);
  }
});

// Needs gzip.
Deno.test({
  name: "packBlock: gzip takes a run of blocks as one stream",
  ignore: !isInstalled("gzip", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const contents = CONTENTS.map(([, content]) => content);
    const path = directory.file("run.gz", concat(...contents.map((content) => packBlock(content, 6))));
    const tested = await run("gzip", ["-t", path]);
    assert.deepEqual(tested, { code: 0, stdout: "", stderr: "" });
    assert.equal((await run("gzip", ["-d", path])).code, 0);
    assert.equal(sha256(Deno.readFileSync(directory.file("run"))), sha256(concat(...contents)));
  },
});

// Needs Python.
Deno.test({
  name: "packBlock: Python's gzip takes a run of blocks as one stream",
  ignore: !hasPython,
  fn: async () => {
    const blocks = [prose(5000), noise(3000), new Uint8Array(), prose(1)];
    const stream = concat(...blocks.map((content) => packBlock(content, 6)));
    const program = "import gzip, hashlib\n" +
      "print(json.dumps(hashlib.sha256(gzip.decompress(base64.b64decode(input))).hexdigest()))";
    assert.equal(await runPython(program, base64(stream)), sha256(concat(...blocks)));
  },
});
