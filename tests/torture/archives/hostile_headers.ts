import { gzipSync } from "node:zlib";
import { concat } from "../../support/bytes.ts";
import { base256, END, padded, paxHeader, paxRecord, tarHeader, tarMember, withChecksum } from "../../support/tar.ts";
import { hostile, type HostileArchive, type Outcome, type Sound, soundMembers } from "./hostile.ts";

const GIB = 2 ** 30;
const MAX_PAX_BYTES = 65_536;

/** Archives whose tar headers, and what goes before them, say what is not so. */
export function hostileHeaders(sound: Sound): HostileArchive[] {
  return [...otherSizes(sound), ...otherHeaders(sound), ...paxRecords(sound), ...paxHeaders(sound)];
}

/** Sizes that are not the library's, each as a number and as it is written in a header. */
function otherSizes(sound: Sound): HostileArchive[] {
  const { metadata } = soundMembers(sound);
  const { length } = sound.database;
  const body = padded(sound.database);
  const octal = (size: number) => `${size.toString(8).padStart(11, "0")}\0`;
  const lies: readonly (readonly [string, string | Uint8Array])[] = [
    ["one byte less", octal(length - 1)],
    ["one byte more", octal(length + 1)],
    ["a record less", octal(length - 512)],
    ["a record more", octal(length + 512)],
    ["2 GiB", octal(2 * GIB)],
    ["its own and 2 GiB", octal(2 * GIB + length)],
    ["its own and 4 GiB", octal(4 * GIB + length)],
    ["all that octal digits can say", "77777777777\0"],
    ["8 GiB in 12 digits", "100000000000"],
    ["its own and 8 GiB, in base 256", base256(8n * 2n ** 30n + BigInt(length))],
    ["its own and 1 TiB, in base 256", base256(2n ** 40n + BigInt(length))],
    ["its own and 2^64, in base 256", base256(2n ** 64n + BigInt(length))],
    ["its own, negative, in base 256", base256(-BigInt(length))],
    ["its own in hexadecimal digits", `0x${length.toString(16)}\0`],
    ["its own in decimal digits", `${length}.\0`],
    ["digits with a NUL among them", `${octal(length).slice(0, 6)}\0${octal(length).slice(7)}`],
  ];
  const archive = (size: string | Uint8Array) =>
    gzipSync(concat(metadata, tarHeader({ name: "library.db", size }), body, END));
  return [
    ...lies.map(([what, size]) => hostile(`a size of ${what}`, "refused", () => archive(size))),
    hostile("the right size in base 256", "restored", () => archive(base256(BigInt(length)))),
    hostile("the right size with spaces for zeros", "restored", () => archive(`${length.toString(8).padStart(11)}\0`)),
  ];
}

function otherHeaders(sound: Sound): HostileArchive[] {
  const { metadata, database } = soundMembers(sound);
  const edited = (at: number, bytes: Uint8Array | string, isSummed = true) => {
    const header = database.slice(0, 512);
    header.set(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, at);
    return gzipSync(concat(metadata, isSummed ? withChecksum(header) : header, database.subarray(512), END));
  };
  const cases: readonly (readonly [string, Outcome, () => Uint8Array])[] = [
    ["a header as GNU tar writes it", "restored", () => edited(257, "ustar  \0")],
    ["a name that changed under its checksum", "refused", () => edited(0, "m", false)],
    ["a mode that changed under its checksum", "refused", () => edited(100, "0000777\0", false)],
    ["a checksum of zeros", "refused", () => edited(148, "000000\0 ", false)],
    ["a checksum of spaces", "refused", () => edited(148, " ".repeat(8), false)],
    ["a checksum in base 256", "refused", () => edited(148, base256(4000n).subarray(4), false)],
    ["a mode with set-user-ID", "restored", () => edited(100, "0006777\0")],
    ["another owner", "restored", () => edited(108, "0017777\0")],
    ["device numbers of a regular file", "restored", () => edited(329, "0000010\x000000001\0")],
    ["data in what fills up the last record", "refused", () => {
      const body = sound.database.subarray(0, sound.database.length - 1);
      const member = tarMember("library.db", body);
      return gzipSync(concat(metadata, member.fill(7, member.length - 1), END));
    }],
    ["what fills up a record missing", "refused", () => {
      const header = tarHeader({ name: "library.db", size: sound.database.length - 1 });
      return gzipSync(concat(metadata, header, sound.database.subarray(1), END.subarray(1)));
    }],
    ["an end inside of the library", "refused", () => gzipSync(concat(metadata, database.subarray(0, 1000)))],
    ["an end inside of a header", "refused", () => gzipSync(concat(metadata, database.subarray(0, 300)))],
  ];
  return cases.map(([name, outcome, bytes]) => hostile(name, outcome, bytes));
}

/** PAX records before the library, alone in their header. */
function paxRecords(sound: Sound): HostileArchive[] {
  const { metadata, database } = soundMembers(sound);
  const size = String(sound.database.length);
  const made = (
    name: string,
    outcome: Outcome,
    records: (outside: string) => Record<string, string>,
    member = database,
  ) =>
    hostile(
      `a PAX record of ${name}`,
      outcome,
      (outside) => gzipSync(concat(metadata, paxHeader(records(outside)), member, END)),
    );
  const empty = concat(tarHeader({ name: "library.db", size: 0 }), database.subarray(512));
  return [
    made("the right size", "restored", () => ({ size })),
    made("the right size, over a wrong one", "restored", () => ({ size }), empty),
    made("a size less than the header's", "refused", () => ({ size: "512" })),
    made("a size of 2^60", "refused", () => ({ size: String(2n ** 60n) })),
    made("a size of 8 GiB", "refused", () => ({ size: String(8 * GIB) })),
    made("a size of 1 TiB", "refused", () => ({ size: String(1024 * GIB) })),
    made("a path that leads out", "refused", () => ({ path: "../../escaped" })),
    made("an absolute path", "refused", (outside) => ({ path: outside })),
    made("a link path", "refused", (outside) => ({ linkpath: outside })),
    made("a sparse file of 1 TiB", "refused", () => ({
      "GNU.sparse.major": "1",
      "GNU.sparse.minor": "0",
      "GNU.sparse.name": "library.db",
      "GNU.sparse.realsize": String(2 ** 40),
    })),
    made("names in another character set", "restored", () => ({ hdrcharset: "BINARY" })),
    made("an escape code", "refused", () => ({ "\u001b[2J\u009b2J": "\u001b[2J" })),
    made(
      "times and owners",
      "restored",
      () => ({ mtime: "1770301822.5", atime: "1", ctime: "1", uid: "0", uname: "é" }),
    ),
  ];
}

function paxHeaders(sound: Sound): HostileArchive[] {
  const { metadata, database } = soundMembers(sound);
  const before = (...headers: Uint8Array[]) => gzipSync(concat(metadata, ...headers, database, END));
  const records = (bytes: number) => paxRecord("mtime=1").repeat(Math.floor(bytes / paxRecord("mtime=1").length));
  const cases: readonly (readonly [string, Outcome, () => Uint8Array])[] = [
    ["a PAX header of 64 KiB", "restored", () => before(paxHeader(records(MAX_PAX_BYTES)))],
    ["a PAX header of 1 MiB", "refused", () => before(paxHeader({ uname: "x".repeat(2 ** 20) }))],
    ["a PAX header of 1 TiB", "refused", () => before(tarHeader({ name: "x", type: "x", size: base256(2n ** 40n) }))],
    [
      "a global PAX header",
      "refused",
      () => before(tarMember("g", new TextEncoder().encode(paxRecord("path=x")), { type: "g" })),
    ],
  ];
  return cases.map(([name, outcome, bytes]) => hostile(name, outcome, bytes));
}
