import { concat } from "../../support/bytes.ts";
import { base256, END, type HeaderFields, paxHeader, paxRecord, tarMember, withChecksum } from "../../support/tar.ts";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";

export interface GeneratedTar {
  readonly bytes: Uint8Array;
  /** Whether nothing is wrong with it: then it has to be accepted. */
  readonly isRight: boolean;
}

const MAGICS = ["ustar\x0000", "ustar  \0"] as const;
/** Bytes that mean something somewhere in a header. */
const TELLING_BYTES = [0, 0x20, 0x2f, 0x30, 0x31, 0x37, 0x78, 0x80, 0xff] as const;
// deno-fmt-ignore
const OTHER_NAMES = [
  "", ".", "x", "../library.db", "./library.db", "/library.db", "library.db/", "library.db\0x", "\uFEFFlibrary.db",
  "library.db-wal", "LIBRARY.DB", "backup_metadata.json ", "a".repeat(100), "é",
] as const;
const OTHER_TYPES = ["1", "2", "3", "4", "5", "6", "7", "S", "g", "L", "K", "V", "x", "X", "A", " "] as const;
// deno-fmt-ignore
const OTHER_KEYS = [
  "path", "linkpath", "\uFEFFsize", "SIZE", "GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.name", "charset",
  "comment", "SCHILY.xattr.user.x", "",
] as const;
// deno-fmt-ignore
const SIZES = ["1", "  1 ", "00000000001\0", "-1", "9", "000000000012", "", "0x10", "1 2", "12\x0034", "\t12"] as const;
// deno-fmt-ignore
const PAX_BODIES = [
  "12 size=10\n\0", "\uFEFF11 size=10\n", "011 size=10\n", "9 size=3\n9 size=4\n", " 9 size=3\n", "9 size=3",
  "99 size=3\n", "0 size=3\n", "9  size=3\n", "5 a=\n", "mtime=1\n", "10 mtime=1\n12 mtime=22\n",
] as const;

/** A small tar stream: some are right, most nearly so. */
export function generateTar(random: SeededRandom): GeneratedTar {
  if (random.chance(0.25)) return { bytes: rightTar(random), isRight: true };
  const members = random.chance(0.6) ? damagedPair(random) : someMembers(random);
  const zeros = random.pick([1024, 1024, 1024, 1024, 1024, 0, 512, 1536, 10_240]);
  const rest = random.chance(0.08) ? randomBytes(random, random.between(1, 600)) : new Uint8Array();
  const bytes = concat(...members, new Uint8Array(zeros), rest);
  if (random.chance(0.1)) return { bytes: bytes.subarray(0, random.below(bytes.length)), isRight: false };
  return { bytes: random.chance(0.15) ? withEdit(random, bytes) : bytes, isRight: false };
}

function rightTar(random: SeededRandom): Uint8Array {
  const members = ["library.db", "backup_metadata.json"].map((name) => {
    const body = randomBytes(random, random.between(1, 1500));
    const size = random.pick([body.length, base256(BigInt(body.length)), body.length.toString(8).padStart(11)]);
    const member = tarMember(name, body, { size, magic: random.pick(MAGICS), type: random.pick(["0", "\0"]) });
    return random.chance(0.3) ? concat(harmlessPax(random, body.length), member) : member;
  });
  if (random.chance(0.5)) members.reverse();
  return concat(...members, new Uint8Array(random.pick([1024, 1024, 1536, 9216])));
}

function harmlessPax(random: SeededRandom, size: number): Uint8Array {
  const records = [
    `mtime=${random.below(2 ** 31)}.${random.below(1e6)}`,
    `uid=${random.below(2 ** 40)}`,
    "uname=Ünïcode",
    "hdrcharset=BINARY",
    `size=${size}`,
    "gname=a=b",
    "ctime=",
  ];
  return paxHeader(records.filter(() => random.chance(0.5)).map(paxRecord).join("") || paxRecord("atime=0"));
}

/** The two members, with something wrong in one of them or before it. */
function damagedPair(random: SeededRandom): Uint8Array[] {
  const members = ["library.db", "backup_metadata.json"].map((name) =>
    tarMember(name, randomBytes(random, random.between(1, 700)), { magic: random.pick(MAGICS) })
  );
  if (random.chance(0.5)) members.reverse();
  const at = random.below(2);
  const member = members[at] ?? END;
  const damaged = random.chance(0.5) ? withEdit(random, member) : concat(anyPax(random), member);
  return members.with(at, damaged);
}

function someMembers(random: SeededRandom): Uint8Array[] {
  return Array.from({ length: random.between(0, 4) }, () => {
    const fields: HeaderFields = {
      magic: random.pick(MAGICS),
      type: random.chance(0.15) ? random.pick(OTHER_TYPES) : "0",
      ...(random.chance(0.2) ? { size: anySize(random) } : {}),
      ...(random.chance(0.05) ? { prefix: "x" } : {}),
      ...(random.chance(0.05) ? { linkName: "/etc/passwd" } : {}),
    };
    const isKnown = random.chance(0.85);
    const name = random.pick(isKnown ? ["library.db", "backup_metadata.json"] : OTHER_NAMES);
    const member = tarMember(name, randomBytes(random, random.pick([0, 1, 40, 512, 1100])), fields);
    return concat(random.chance(0.25) ? anyPax(random) : new Uint8Array(), member);
  });
}

function anySize(random: SeededRandom): NonNullable<HeaderFields["size"]> {
  switch (random.below(3)) {
    case 0:
      return random.below(1200);
    case 1:
      return base256(BigInt(random.between(-2, 60)) + (random.chance(0.3) ? 2n ** BigInt(random.below(80)) : 0n));
    default:
      return random.pick(SIZES);
  }
}

function anyPax(random: SeededRandom): Uint8Array {
  if (random.chance(0.25)) return paxHeader(random.pick(PAX_BODIES));
  const key = random.chance(0.75) ? random.pick(["size", "mtime", "uid", "uname"]) : random.pick(OTHER_KEYS);
  const value = random.chance(0.5)
    ? String(random.below(60))
    : random.pick(["1.5", "-1", "", "é", "a=b", "x\n", "library.db"]);
  return withMaybeEdit(random, paxHeader(paxRecord(`${key}=${value}`)));
}

function withMaybeEdit(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  return random.chance(0.1) ? withEdit(random, bytes) : bytes;
}

/** One byte changed, most often one of a header, whose checksum may be made right again. */
function withEdit(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 512) return bytes;
  const record = 512 * random.below(Math.floor(bytes.length / 512));
  const at = (random.chance(0.8) ? 0 : record) + random.below(512);
  const changed = bytes.slice();
  changed[at] = random.chance(0.5) ? random.pick(TELLING_BYTES) : random.below(256);
  if (at < 512 && random.chance(0.6)) changed.set(withChecksum(changed.subarray(0, 512)));
  return changed;
}

function randomBytes(random: SeededRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}
