import fc from "fast-check";
import { concat, noise } from "./bytes.ts";
import { base256, END, paxHeader, paxRecord, tarMember, withChecksum } from "./tar.ts";

/** A small tar stream, and how it comes. */
export interface AnyTar {
  readonly bytes: Uint8Array;
  /** Whether nothing is wrong with it: then it has to be accepted. */
  readonly isRight: boolean;
  /** Lengths of the chunks that it comes in, in turns. */
  readonly lengths: readonly number[];
}

const NAMES = ["library.db", "backup_metadata.json"] as const;
const NOTHING = new Uint8Array();
/** Bytes that mean something somewhere in a header. */
const TELLING_BYTES = [0, 0x20, 0x2f, 0x30, 0x31, 0x37, 0x78, 0x80, 0xff];
/** Where the fields of a header begin and end that tell a reader most. */
const TELLING_PLACES = [0, 10, 20, 124, 134, 135, 148, 154, 155, 156, 157, 257, 262, 263, 345];
// deno-fmt-ignore
const OTHER_NAMES = [
  "", ".", "x", "../library.db", "./library.db", "/library.db", "library.db/", "library.db\0x", "\uFEFFlibrary.db",
  "library.db-wal", "LIBRARY.DB", "backup_metadata.json ", "a".repeat(100), "é",
];
const OTHER_TYPES = ["1", "2", "3", "4", "5", "6", "7", "S", "g", "L", "K", "V", "x", "X", "A", " "];
// deno-fmt-ignore
const OTHER_KEYS = [
  "path", "linkpath", "\uFEFFsize", "SIZE", "GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.name", "charset",
  "hdrcharset", "comment", "SCHILY.xattr.user.x", "",
];
// deno-fmt-ignore
const SIZES = ["1", "  1 ", "00000000001\0", "-1", "9", "000000000012", "", "0x10", "1 2", "12\x0034", "\t12"];
const VALUES = ["0", "1", "12", "40", "512", "1.5", "-1", "", "é", "a=b", "x\n", "library.db"];
// deno-fmt-ignore
const PAX_BODIES = [
  "12 size=10\n\0", "\uFEFF11 size=10\n", "011 size=10\n", "9 size=3\n9 size=4\n", " 9 size=3\n", "9 size=3",
  "99 size=3\n", "0 size=3\n", "9  size=3\n", "5 a=\n", "mtime=1\n", "10 mtime=1\n12 mtime=22\n",
];

/** One value in so many per cent of the cases, else another one. */
function mostly<T>(usual: fc.Arbitrary<T>, percent: number, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 100 - percent, arbitrary: usual }, { weight: percent, arbitrary: other });
}

function seldom<T>(percent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return mostly<T | null>(fc.constant(null), percent, arbitrary);
}

function bodyOf(min: number, max: number): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.integer({ min, max }), fc.integer({ min: 1, max: 1000 })).map(([size, seed]) => noise(size, seed));
}

const magic = fc.constantFrom("ustar\x0000", "ustar  \0");
const body = mostly(bodyOf(1, 700), 10, fc.constantFrom(NOTHING, new Uint8Array(512), new Uint8Array(1100).fill(2)));

/** Records that change nothing of what a member is. */
function harmlessPax(size: number): fc.Arbitrary<Uint8Array> {
  const others = [
    "mtime=1770301822.5",
    "uid=1099511627775",
    "uname=Ünïcode",
    "hdrcharset=BINARY",
    "gname=a=b",
    "ctime=",
  ];
  return fc.subarray([`size=${size}`, ...others], { minLength: 1 })
    .map((records) => paxHeader(records.map(paxRecord).join("")));
}

function rightMember(name: string): fc.Arbitrary<Uint8Array> {
  return fc.tuple(bodyOf(1, 1500), fc.nat(2), magic, fc.constantFrom("0", "\0"), fc.boolean()).chain(
    ([body, way, magic, type, hasPax]) => {
      const { length } = body;
      const size = [length, base256(BigInt(length)), length.toString(8).padStart(11)][way] ?? length;
      const member = tarMember(name, body, { size, magic, type });
      return hasPax ? harmlessPax(length).map((pax) => concat(pax, member)) : fc.constant(member);
    },
  );
}

const rightTar = fc.tuple(
  rightMember(NAMES[0]),
  rightMember(NAMES[1]),
  fc.boolean(),
  fc.constantFrom(1024, 1536, 9216),
).map(([library, metadata, isReversed, zeros]) =>
  concat(...(isReversed ? [metadata, library] : [library, metadata]), new Uint8Array(zeros))
);

interface Edit {
  readonly record: number;
  readonly at: number;
  readonly byte: number;
  readonly isSummed: boolean;
}

/** One byte changed, most often one of the first header, whose checksum may be made right again. */
const edit: fc.Arbitrary<Edit> = fc.record({
  record: mostly(fc.constant(0), 20, fc.nat(20)),
  at: fc.oneof(fc.constantFrom(...TELLING_PLACES), fc.nat(511)),
  byte: fc.oneof(fc.constantFrom(...TELLING_BYTES), fc.nat(255)),
  isSummed: fc.boolean(),
});

function edited(bytes: Uint8Array, change: Edit | null): Uint8Array {
  if (change === null || bytes.length < 512) return bytes;
  const at = 512 * (change.record % Math.floor(bytes.length / 512)) + change.at;
  const changed = bytes.with(at, change.byte);
  if (at < 512 && change.isSummed) changed.set(withChecksum(changed.subarray(0, 512)));
  return changed;
}

const anyPax = fc.tuple(
  mostly(
    fc.tuple(
      mostly(fc.constantFrom("size", "mtime", "uid", "uname"), 25, fc.constantFrom(...OTHER_KEYS)),
      fc.oneof(fc.nat(60).map(String), fc.constantFrom(...VALUES)),
    ).map(([key, value]) => paxHeader(paxRecord(`${key}=${value}`))),
    25,
    fc.constantFrom(...PAX_BODIES).map(paxHeader),
  ),
  seldom(10, edit),
).map(([pax, change]) => edited(pax, change));

/** The two members, with something wrong in one of them or before it. */
const damagedPair = fc.tuple(body, body, magic, fc.boolean(), fc.nat(1), fc.oneof(edit, anyPax)).map(
  ([library, metadata, magic, isReversed, at, wrong]) => {
    const members = [tarMember(NAMES[0], library, { magic }), tarMember(NAMES[1], metadata, { magic })];
    if (isReversed) members.reverse();
    const member = members[at] ?? END;
    return concat(...members.with(at, wrong instanceof Uint8Array ? concat(wrong, member) : edited(member, wrong)));
  },
);

const anyMember = fc.record({
  name: mostly(fc.constantFrom<string>(...NAMES), 15, fc.constantFrom(...OTHER_NAMES)),
  body,
  magic,
  type: mostly(fc.constantFrom("0", "\0"), 15, fc.constantFrom(...OTHER_TYPES)),
  size: seldom(
    15,
    fc.oneof(
      fc.nat(1200),
      fc.integer({ min: -2, max: 60 }).map((size) => base256(BigInt(size))),
      fc.nat(80).map((power) => base256(2n ** BigInt(power) + 12n)),
      fc.constantFrom(...SIZES),
    ),
  ),
  prefix: mostly(fc.constant(""), 5, fc.constant("x")),
  linkName: mostly(fc.constant(""), 5, fc.constant("/etc/passwd")),
  pax: seldom(25, anyPax),
  change: seldom(15, edit),
}).map(({ name, body, size, pax, change, ...fields }) => {
  const member = tarMember(name, body, size === null ? fields : { ...fields, size });
  return concat(pax ?? NOTHING, edited(member, change));
});

const wrongTar = fc.tuple(
  mostly(damagedPair, 40, fc.array(anyMember, { maxLength: 4 }).map((members) => concat(...members))),
  mostly(fc.constant(1024), 45, fc.constantFrom(0, 512, 1536, 10_240)),
  seldom(8, fc.uint8Array({ minLength: 1, maxLength: 100 })),
  seldom(10, fc.nat()),
  seldom(15, edit),
).map(([members, zeros, rest, cut, change]) => {
  const bytes = concat(members, new Uint8Array(zeros), rest ?? NOTHING);
  return cut === null ? edited(bytes, change) : bytes.subarray(0, cut % (bytes.length + 1));
});

/** Small tar streams: some are right, most nearly so. */
export const anyTar: fc.Arbitrary<AnyTar> = fc.record({
  tar: mostly(
    wrongTar.map((bytes) => ({ bytes, isRight: false })),
    25,
    rightTar.map((bytes) => ({ bytes, isRight: true })),
  ),
  lengths: fc.array(fc.constantFrom(1, 7, 511, 512, 513, 4096), { minLength: 1, maxLength: 8 }),
}).map(({ tar, lengths }) => ({ ...tar, lengths }));
