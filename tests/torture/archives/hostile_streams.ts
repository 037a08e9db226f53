import { crc32, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { concat, noise, prose } from "../../support/bytes.ts";
import { END } from "../../support/tar.ts";
import { hostile, type HostileArchive, type Outcome, type Sound, soundMembers } from "./hostile.ts";

const GZIP_HEADER_BYTES = 10;
const FLAGS_AT = 3;
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 32 } as const;
const MIB = 1024 * 1024;

/** Archives in VPO's form whose gzip stream is not what it should be, the tar in it mostly right. */
export function hostileStreams(sound: Sound): HostileArchive[] {
  const { metadata, database } = soundMembers(sound);
  const tar = concat(database, metadata, END);
  const whole = gzipSync(tar);
  const text = new TextEncoder();
  const cases: readonly (readonly [string, Outcome, () => Uint8Array])[] = [
    ["a wrong CRC after the end of the tar", "refused", () => edited(whole, -8)],
    ["a wrong length after the end of the tar", "refused", () => edited(whole, -4)],
    ["no CRC after the end of the tar", "refused", () => whole.subarray(0, -8)],
    ["a wrong CRC of a member of nothing after the end", "refused", () => concat(whole, edited(gzipSync(END), -8))],
    ["a member of zeros after the end", "restored", () => concat(whole, gzipSync(new Uint8Array(10_240)))],
    ["a member of nothing after the end", "restored", () => concat(whole, gzipSync(new Uint8Array()))],
    ["a member of text after the end", "refused", () => concat(whole, gzipSync(prose(100)))],
    ["the same archive after the end", "refused", () => concat(whole, whole)],
    ["a byte after the end", "refused", () => concat(whole, Uint8Array.of(1))],
    ["text after the end", "refused", () => concat(whole, prose(100))],
    ["random bytes after the end", "refused", () => concat(whole, noise(700_000))],
    ["the beginning of a member after the end", "refused", () => concat(whole, Uint8Array.of(0x1f, 0x8b))],
    ["half a member after the end", "refused", () => concat(whole, whole.subarray(0, 60))],
    ["zeros after the end", "restored", () => concat(whole, new Uint8Array(10_240))],
    ["zeros and a byte after the end", "refused", () => concat(whole, new Uint8Array(600_000), Uint8Array.of(1))],
    ["zeros and an archive after the end", "refused", () => concat(whole, new Uint8Array(512), whole)],
    ["zeros before the beginning", "refused", () => concat(new Uint8Array(512), whole)],
    ["text before the beginning", "refused", () => concat(prose(512), whole)],
    ["two members", "restored", () => concat(gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700)))],
    ["a member for each byte", "restored", () => concat(...Array.from(tar, (byte) => gzipSync(Uint8Array.of(byte))))],
    ["a million bytes of members of nothing", "restored", () => concat(...nothings(MIB), whole)],
    ["a member of nothing only", "refused", () => gzipSync(new Uint8Array())],
    ["a checksum of the header", "restored", () => withHeader(whole, FLAG.headerCrc, headerCrc(FLAG.headerCrc))],
    ["a wrong checksum of the header", "refused", () => withHeader(whole, FLAG.headerCrc, Uint8Array.of(1, 2))],
    ["an extra field", "restored", () => withHeader(whole, FLAG.extra, Uint8Array.of(4, 0, 0x41, 0x42, 0, 0))],
    [
      "an extra field that goes on beyond the end",
      "refused",
      () => withHeader(whole, FLAG.extra, Uint8Array.of(0xff, 0xff)),
    ],
    ["a file name that leads out", "restored", () => withHeader(whole, FLAG.name, text.encode("../../escaped\0"))],
    [
      "a file name of 16 MiB",
      "restored",
      () => withHeader(whole, FLAG.name, new Uint8Array(16 * MIB).fill(0x61, 0, -1)),
    ],
    ["a file name without an end", "refused", () => concat(withHeader(END, FLAG.name, prose(MIB)).subarray(0, MIB))],
    ["a comment of escape codes", "restored", () => withHeader(whole, FLAG.comment, text.encode("\u001b[2J\0"))],
    ["a flag that is not one", "refused", () => withHeader(whole, FLAG.reserved, new Uint8Array())],
    ["another method of compression", "refused", () => whole.with(2, 7)],
    ["deflate data without a header", "refused", () => deflateRawSync(tar)],
    ["a zlib stream", "refused", () => deflateSync(tar)],
    ["no compression", "refused", () => tar],
    ["compression twice", "refused", () => gzipSync(whole)],
    ["no bytes", "refused", () => new Uint8Array()],
    ["one byte", "refused", () => Uint8Array.of(0x1f)],
    ["zeros", "refused", () => new Uint8Array(MIB)],
    ["random bytes", "refused", () => noise(MIB)],
    ["random bytes after gzip's magic", "refused", () => concat(whole.subarray(0, GZIP_HEADER_BYTES), noise(MIB))],
  ];
  return cases.map(([name, outcome, bytes]) => hostile(`${name}, in a gzip stream`, outcome, bytes));
}

/** The bytes with one of them changed; `at` counts from the end. */
function edited(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(bytes.length + at, 1 ^ (bytes.at(at) ?? 0));
}

/** The member with a flag set in its header and what the flag announces. */
function withHeader(member: Uint8Array, flag: number, field: Uint8Array): Uint8Array {
  return concat(member.subarray(0, GZIP_HEADER_BYTES).with(FLAGS_AT, flag), field, member.subarray(GZIP_HEADER_BYTES));
}

/** The field that checks a header with no other fields (RFC 1952, 2.3.1: the low half of its CRC-32). */
function headerCrc(flag: number): Uint8Array {
  const header = gzipSync(new Uint8Array()).subarray(0, GZIP_HEADER_BYTES).with(FLAGS_AT, flag);
  const crc = crc32(header);
  return Uint8Array.of(crc, crc >> 8);
}

function nothings(bytes: number): Uint8Array[] {
  const nothing = gzipSync(new Uint8Array());
  return Array<Uint8Array>(Math.floor(bytes / nothing.length)).fill(nothing);
}
