import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { BLOCK_CONTENT_BYTES, packBlock } from "../../../src/archive/block.ts";
import { databaseHeader, metadataMember } from "../../../src/archive/tar/tar_frame.ts";
import { tailBlock } from "../../../src/archive/write.ts";
import { serializeMetadata } from "../../../src/store/metadata.ts";
import { concat } from "../../support/bytes.ts";
import { base256, END, tarHeader } from "../../support/tar.ts";
import { FACTS, rightMetadata } from "./blocks.ts";
import { type HostileArchive, type Sound, soundMembers } from "./hostile.ts";

const MIB = 1024 * 1024;
const BOMB_BYTES = 10_000 * MIB;
const PIECE_BYTES = 10 * MIB;
const EMPTY_BLOCKS = 100_000;

const BOMB = { outcome: "refused", isBomb: true } as const satisfies Partial<HostileArchive>;
/** Such an archive holds a library of that size, were it not for what the library is. */
const AS_LIBRARY = { ...BOMB, announced: BOMB_BYTES } as const;

/** Archives of some MB that unpack to 10 GB of zeros. */
export async function bombs(sound: Sound): Promise<HostileArchive[]> {
  const { metadata, database } = soundMembers(sound);
  const size = base256(BigInt(BOMB_BYTES));
  const library = tarHeader({ name: "library.db", size });
  const bomb = (name: string, before: readonly Uint8Array[], after: readonly Uint8Array[]): HostileArchive => ({
    ...BOMB,
    name: `10 GB of zeros ${name}`,
    bytes: () => aroundZeros(concat(...before), concat(...after)),
  });
  const smallHead = await headOf(sound.database, sound.database.length);
  const hugeHead = await headOf(sound.database, BOMB_BYTES);
  return [
    bomb("as metadata", [tarHeader({ name: "backup_metadata.json", size })], [database, END]),
    { ...bomb("as a library, the metadata first", [metadata, library], [END]), ...AS_LIBRARY },
    { ...bomb("as a library, the metadata last", [library], [metadata, END]), ...AS_LIBRARY },
    { ...bomb("after the pages of a small library", [metadata, library, sound.database], [END]), ...AS_LIBRARY },
    bomb("as a third member", [metadata, database, tarHeader({ name: "x", size })], [END]),
    bomb("as a PAX header", [metadata, tarHeader({ name: "x", type: "x", size })], [database, END]),
    bomb("as a GNU long name", [metadata, tarHeader({ name: "x", type: "L", size })], [database, END]),
    bomb("as a sparse file", [metadata, tarHeader({ name: "library.db", type: "S", size })], [END]),
    bomb("before the first member", [], [metadata, database, END]),
    bomb("after the end mark", [metadata, database, END], []),
    bomb("after the end mark, and a byte", [metadata, database, END], [Uint8Array.of(1)]),
    { ...BOMB, name: "10 GB of zeros in one gzip member after the end mark", bytes: () => inOneMember(sound) },
    {
      ...AS_LIBRARY,
      name: "10 GB of zeros as a library, in blocks of ours",
      bytes: () => blocksBetween(hugeHead, packBlock(new Uint8Array(BLOCK_CONTENT_BYTES), 9), BOMB_BYTES / MIB),
    },
    {
      ...BOMB,
      name: "10 GB of zeros after the end mark, in blocks of ours",
      bytes: () => {
        const whole = concat(smallHead, packBlock(sound.database, 9), tailBlock());
        return blocksBetween(whole, packBlock(new Uint8Array(BLOCK_CONTENT_BYTES), 9), BOMB_BYTES / MIB);
      },
    },
    {
      ...BOMB,
      name: `${EMPTY_BLOCKS} blocks of nothing among those of ours`,
      outcome: "either",
      bytes: function* () {
        yield* blocksBetween(smallHead, packBlock(new Uint8Array(), 9), EMPTY_BLOCKS, packBlock(sound.database, 9));
      },
    },
  ];
}

/** The blocks before the library of an archive of ours that announces one of this size. */
async function headOf(database: Uint8Array, size: number): Promise<Uint8Array> {
  const metadata = { ...rightMetadata(database, FACTS), database_size_bytes: size };
  const parts = [
    await metadataMember(serializeMetadata(metadata), new Date(0)),
    await databaseHeader(size, new Date(0)),
  ];
  return concat(...parts.map((part) => packBlock(part, 0)));
}

/** The bytes before and after as gzip members, and the zeros between them as members of which one is in memory. */
function* aroundZeros(before: Uint8Array, after: Uint8Array): Generator<Uint8Array> {
  const zeros = gzipSync(new Uint8Array(PIECE_BYTES), { level: 9 });
  if (before.length > 0) yield gzipSync(before);
  yield* Array<Uint8Array>(BOMB_BYTES / PIECE_BYTES).fill(zeros);
  if (after.length > 0) yield gzipSync(after);
}

/** A whole tar and then zeros, in one gzip member; its checks are wrong, but who gets there has lost already. */
function* inOneMember(sound: Sound): Generator<Uint8Array> {
  const { metadata, database } = soundMembers(sound);
  const unended = { level: 9, finishFlush: constants.Z_SYNC_FLUSH };
  const zeros = deflateRawSync(new Uint8Array(PIECE_BYTES), unended);
  yield gzipSync(new Uint8Array()).subarray(0, 10);
  yield deflateRawSync(concat(metadata, database, END), unended);
  yield* Array<Uint8Array>(BOMB_BYTES / PIECE_BYTES).fill(zeros);
  yield concat(deflateRawSync(new Uint8Array()), new Uint8Array(8));
}

function* blocksBetween(
  head: Uint8Array,
  block: Uint8Array,
  count: number,
  ...rest: Uint8Array[]
): Generator<Uint8Array> {
  yield head;
  yield* Array<Uint8Array>(count).fill(block);
  yield* rest;
  yield tailBlock();
}
