import assert from "node:assert/strict";
import { crc32, deflateRawSync } from "node:zlib";
import { concat } from "./bytes.ts";

const FNAME = 8;
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;

/** A gzip member that is exactly `length` bytes long, by the length of the file name in it. */
export function gzipMember(content: Uint8Array, length: number): Uint8Array {
  const data = deflateRawSync(content);
  const header = new Uint8Array(length - data.length - TRAILER_BYTES);
  assert(header.length > HEADER_BYTES);
  header.fill("n".charCodeAt(0), HEADER_BYTES, -1);
  header.set([0x1f, 0x8b, 8, FNAME]);
  const trailer = new DataView(new ArrayBuffer(TRAILER_BYTES));
  trailer.setUint32(0, crc32(content), true);
  trailer.setUint32(4, content.length, true);
  return concat(header, data, new Uint8Array(trailer.buffer));
}
