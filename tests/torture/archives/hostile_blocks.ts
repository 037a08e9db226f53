import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { BLOCK_CONTENT_BYTES, BLOCK_HEADER_BYTES, packBlock } from "../../../src/archive/block.ts";
import { serializeMetadata } from "../../../src/store/metadata.ts";
import { concat, noise } from "../../support/bytes.ts";
import { blockContents, FACTS, rightMetadata } from "./blocks.ts";
import { flipBit } from "./bytes.ts";
import { hostile, type HostileArchive, type Outcome, type Sound } from "./hostile.ts";

/** Offsets in the header of a block; see `src/archive/block.ts`. */
const FLAGS_AT = 3;
const TIME_AT = 4;
const SYSTEM_AT = 9;
const EXTRA_AT = 10;
const LENGTH_AT = 16;
const DATA_CRC_AT = 20;
const SHA256_AT = 24;
const TRAILER_BYTES = 8;
/** Flags of gzip. */
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;

const MIB = 1024 * 1024;

type Change = (block: Uint8Array, content: Uint8Array) => Uint8Array;

/** Archives in the form of this program whose blocks lie about themselves, or are not those that should stand there. */
export async function hostileBlocks({ database, metadata }: Sound): Promise<HostileArchive[]> {
  const contents = await blockContents(serializeMetadata(rightMetadata(database, FACTS)), database);
  const theirs = await blockContents(serializeMetadata(metadata), database);
  const blocks: Uint8Array[] = contents.map((content) => packBlock(content, 6));
  const each = ([what, change]: readonly [string, Change]): HostileArchive[] =>
    ([["first", 0], ["second", 1], ["third", 2], ["last", blocks.length - 1]] as const).map(([place, index]) => {
      const [block = database, content = database] = [blocks[index], contents[index]];
      const name = `a block of ours, the ${place} one, with ${what}`;
      return hostile(name, "refused", () => concat(...blocks.with(index, change(block, content))));
    });
  return [
    ...arrangements(contents, theirs).map(([what, outcome, bytes]) =>
      hostile(`blocks of ours ${what}`, outcome, bytes)
    ),
    ...[...wrongHeaders(), ...wrongData()].flatMap(each),
  ];
}

/** Right blocks where they should be and where not, among them gzip members that are none. */
function arrangements(
  contents: readonly Uint8Array[],
  theirs: readonly Uint8Array[],
): (readonly [string, Outcome, () => Uint8Array])[] {
  const none = new Uint8Array();
  const blocks = contents.map((content) => packBlock(content, 6));
  const [head = none, header = none] = blocks;
  const [first = none] = contents;
  const body = concat(...blocks.slice(2, -1));
  const tail = blocks.at(-1) ?? none;
  const library = concat(...contents.slice(2, -1));
  const nothing = gzipSync(none);
  const frame = packBlock(concat(...contents.slice(0, 2)), 6);
  return [
    ["as they should be", "restored", () => concat(head, header, body, tail)],
    ["and zeros after them", "restored", () => concat(head, header, body, tail, new Uint8Array(10_240))],
    ["and a byte after them", "refused", () => concat(head, header, body, tail, Uint8Array.of(1))],
    ["and zeros before them", "refused", () => concat(new Uint8Array(512), head, header, body, tail)],
    ["and zeros among them", "refused", () => concat(head, header, new Uint8Array(512), body, tail)],
    ["and a gzip member after them", "refused", () => concat(head, header, body, tail, nothing)],
    ["and a gzip member before them", "refused", () => concat(nothing, head, header, body, tail)],
    ["the last one missing", "refused", () => concat(head, header, body)],
    ["the first one missing", "refused", () => concat(header, body, tail)],
    ["the second one missing", "refused", () => concat(head, body, tail)],
    ["the library missing", "refused", () => concat(head, header, tail)],
    ["the library twice", "refused", () => concat(head, header, body, body, tail)],
    ["the first one twice", "refused", () => concat(head, head, header, body, tail)],
    ["the second one twice", "refused", () => concat(head, header, header, body, tail)],
    ["the last one twice", "refused", () => concat(head, header, body, tail, tail)],
    ["in another order", "refused", () => concat(head, header, tail, body)],
    ["the first two in one", "refused", () => concat(frame, body, tail)],
    ["all in one", "refused", () => packBlock(concat(...contents).subarray(0, BLOCK_CONTENT_BYTES), 6)],
    ["each compressed by another program", "refused", () => concat(...contents.map((content) => gzipSync(content)))],
    ["some compressed by another program", "refused", () => concat(head, header, gzipSync(library), tail)],
    ["the first one compressed by another program", "refused", () => concat(gzipSync(first), header, body, tail)],
    ["in a gzip stream again", "refused", () => gzipSync(concat(head, header, body, tail))],
    ["with VPO's metadata", "either", () => concat(...theirs.map((content) => packBlock(content, 6)))],
    [
      "all but the first one, after VPO's metadata",
      "either",
      () => concat(gzipSync(theirs[0] ?? none), header, body, tail),
    ],
  ];
}

/** Blocks whose headers are not those that a block has. */
function wrongHeaders(): (readonly [string, Change])[] {
  const afterHeader = (block: Uint8Array, more: Uint8Array) =>
    concat(block.subarray(0, BLOCK_HEADER_BYTES), more, block.subarray(BLOCK_HEADER_BYTES));
  return [
    ["a length of 0", (block) => withUint32(block, LENGTH_AT, 0)],
    ["a length of 2^32 - 1", (block) => withUint32(block, LENGTH_AT, 2 ** 32 - 1)],
    ["a length of 1 MiB", (block) => withUint32(block, LENGTH_AT, MIB)],
    ["a length that is one short", (block) => withUint32(block, LENGTH_AT, block.length - 1)],
    ["a length that is one long", (block) => withUint32(block, LENGTH_AT, block.length + 1)],
    ["a length twice its own", (block) => withUint32(block, LENGTH_AT, 2 * block.length)],
    ["another subfield", (block) => block.with(EXTRA_AT + 2, 0x57)],
    ["a subfield too many", (block) => {
      const longer = afterHeader(block, Uint8Array.of(0x41, 0x42, 0, 0));
      return withUint32(longer.with(EXTRA_AT, (longer[EXTRA_AT] ?? 0) + 4), LENGTH_AT, longer.length);
    }],
    ["a file name", (block) => afterHeader(block, Uint8Array.of(0x61, 0)).with(FLAGS_AT, FLAG_EXTRA | FLAG_NAME)],
    ["a time", (block) => block.with(TIME_AT, 1)],
    ["another operating system", (block) => block.with(SYSTEM_AT, 3)],
    ["a wrong hash", (block) => block.with(SHA256_AT, 1 ^ (block[SHA256_AT] ?? 0))],
    ["a wrong length of its content", (block) => withUint32(block, block.length - 4, 3)],
  ];
}

/** Blocks whose deflate data are not those of the content that all else in the block speaks of. */
function wrongData(): (readonly [string, Change])[] {
  return [
    ["random data", (_, content) => lyingBlock(noise(2000), content)],
    ["data of nothing", (_, content) => lyingBlock(deflateRawSync(new Uint8Array()), content)],
    ["data of another content", (_, content) => lyingBlock(deflateRawSync(flipBit(content, 0)), content)],
    ["data that end early", (_, content) => lyingBlock(deflateRawSync(content).slice(0, -1), content)],
    // Where the data end is for deflate to say: what other readers take for the checks must be the checks.
    ["a byte after its data", (_, content) => lyingBlock(concat(deflateRawSync(content), Uint8Array.of(0)), content)],
    ["2,000 bytes after its data", (_, content) => lyingBlock(concat(deflateRawSync(content), noise(2000)), content)],
    ["the data of 100 MiB of zeros", () => lyingBlock(zeros(100 * MIB), new Uint8Array(BLOCK_CONTENT_BYTES))],
  ];
}

/** A block that says it holds `content`, whatever its data are; its checks are made for that. */
function lyingBlock(data: Uint8Array, content: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_HEADER_BYTES + data.length + TRAILER_BYTES);
  block.set(packBlock(content, 0).subarray(0, BLOCK_HEADER_BYTES));
  block.set(data, BLOCK_HEADER_BYTES);
  const view = new DataView(block.buffer);
  view.setUint32(LENGTH_AT, block.length, true);
  view.setUint32(DATA_CRC_AT, crc32(data), true);
  view.setUint32(block.length - 8, crc32(content), true);
  view.setUint32(block.length - 4, content.length, true);
  return block;
}

function withUint32(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(at, value, true);
  return changed;
}

function zeros(length: number): Uint8Array {
  return deflateRawSync(new Uint8Array(length), { level: 9 });
}
