import { packTar } from "modern-tar";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";

/** A file in a package. */
export interface Member {
  /** Its path in the package, with `/`. */
  readonly name: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

/** The system's tar. That of Windows reads zip, too; the one that Git brings along does not. */
export const TAR: string = Deno.build.os === "windows"
  ? join(Deno.env.get("SystemRoot") ?? "C:\\Windows", "System32", "tar.exe")
  : "tar";

const LEVEL = 6;
const GZIP_OS_AT = 9;
const GZIP_OS_UNKNOWN = 0xff;

/** A `.tar.gz`. The same members and time give the same bytes on every system. */
export async function tarGz(members: readonly Member[], time: Date): Promise<Uint8Array> {
  const tar = await packTar(members.map(({ name, mode, content }) => ({
    header: { name, mode, size: content.length, mtime: time, type: "file", uid: 0, gid: 0 },
    body: content,
  })));
  const packed = gzipSync(tar, { level: LEVEL });
  packed[GZIP_OS_AT] = GZIP_OS_UNKNOWN;
  return packed;
}

/** Sizes of a zip's records without names, in bytes (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const VERSION_NEEDED = 20;
/** Made on Unix: that is what says that there are modes. */
const VERSION_MADE_BY = 3 << 8 | VERSION_NEEDED;
const NAMES_ARE_UTF8 = 0x0800;
const DEFLATED = 8;
const REGULAR_FILE = 0o100000;

/** A `.zip` of less than 4 GiB. The same members and time give the same bytes on every system. */
export function zip(members: readonly Member[], time: Date): Uint8Array {
  const entries: ZipEntry[] = [];
  let offset = 0;
  for (const { name, mode, content } of members) {
    const data = deflateRawSync(content, { level: LEVEL });
    const entry = {
      name: new TextEncoder().encode(name),
      mode,
      data,
      crc: crc32(content),
      size: content.length,
      offset,
    };
    entries.push(entry);
    offset += LOCAL_BYTES + entry.name.length + data.length;
  }
  const directory = entries.map((entry) => centralRecord(entry, time));
  const directorySize = directory.reduce((sum, record) => sum + record.length, 0);
  const end = new DataView(new ArrayBuffer(END_BYTES));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, entries.length, true);
  end.setUint16(10, entries.length, true);
  end.setUint32(12, directorySize, true);
  end.setUint32(16, offset, true);
  const locals = entries.flatMap((entry) => [localRecord(entry, time), entry.data]);
  return Buffer.concat([...locals, ...directory, new Uint8Array(end.buffer)]);
}

interface ZipEntry {
  readonly name: Uint8Array;
  readonly mode: number;
  readonly data: Uint8Array;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

function localRecord(entry: ZipEntry, time: Date): Uint8Array {
  const record = new Uint8Array(LOCAL_BYTES + entry.name.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, 0x04034b50, true);
  putCommon(view, 4, entry, time);
  record.set(entry.name, LOCAL_BYTES);
  return record;
}

function centralRecord(entry: ZipEntry, time: Date): Uint8Array {
  const record = new Uint8Array(CENTRAL_BYTES + entry.name.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, VERSION_MADE_BY, true);
  putCommon(view, 6, entry, time);
  view.setUint32(38, (REGULAR_FILE | entry.mode) * 0x10000, true);
  view.setUint32(42, entry.offset, true);
  record.set(entry.name, CENTRAL_BYTES);
  return record;
}

/** What both records of a file have, in the same order. */
function putCommon(view: DataView, at: number, { name, data, crc, size }: ZipEntry, time: Date): void {
  view.setUint16(at, VERSION_NEEDED, true);
  view.setUint16(at + 2, NAMES_ARE_UTF8, true);
  view.setUint16(at + 4, DEFLATED, true);
  const pairsOfSeconds = time.getUTCSeconds() >> 1;
  view.setUint16(at + 6, time.getUTCHours() << 11 | time.getUTCMinutes() << 5 | pairsOfSeconds, true);
  view.setUint16(at + 8, (time.getUTCFullYear() - 1980) << 9 | (time.getUTCMonth() + 1) << 5 | time.getUTCDate(), true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, data.length, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
}
