import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { fillAt } from "../store/file_bytes.ts";
import type { ReadableFile } from "../store/open_file.ts";
import type { Advance } from "./read.ts";
import type { WrittenArchive } from "./write.ts";

const READ_BYTES = 1024 * 1024;

/**
 * Why an archive on the disk is not what was written; null where it is, byte for byte. It is compared with what is
 * known in memory, not with what the file says of itself: blocks in the wrong order would pass that.
 */
export function whyNotAsWritten(archive: ReadableFile, written: WrittenArchive, advance: Advance): string | null {
  const { head, bodySha256, size } = written;
  if (archive.statSync().size !== size) return `it is ${archive.statSync().size} bytes long, not ${size}`;
  const first = Buffer.alloc(head.length);
  if (fillAt(archive, 0, first) !== head.length || !first.equals(head)) {
    return "its metadata differ from what was written";
  }
  const hash = createHash("sha256");
  const buffer = new Uint8Array(READ_BYTES);
  for (let at = head.length; at < size;) {
    const length = fillAt(archive, at, buffer);
    if (length === 0) break;
    hash.update(buffer.subarray(0, length));
    at += length;
    advance(at, size);
  }
  return hash.digest("hex") === bodySha256 ? null : "it differs from what was written";
}
