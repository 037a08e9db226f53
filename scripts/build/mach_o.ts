/**
 * Reads the signature of a Mach-O executable. macOS starts nothing on Apple's own processors that has none, and ends
 * what has another content than its signature says; an ad-hoc one, which names nobody, is enough.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Target } from "./targets.ts";

/** Sizes and places in `mach_header_64` and in load commands, in bytes (`mach-o/loader.h`); little-endian. */
const HEADER_BYTES = 32;
const COMMAND_COUNT_AT = 16;
const LC_CODE_SIGNATURE = 0x1d;

/** The signature's blobs and their fields (`cs_blobs.h` of xnu); big-endian. */
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const BLOB_INDEX_AT = 12;
const BLOB_INDEX_BYTES = 8;
const HASHES_AT = 16;
const HASH_COUNT_AT = 28;
const CODE_LIMIT_AT = 32;
const HASH_BYTES_AT = 36;
const HASH_KIND_AT = 37;
const PAGE_SHIFT_AT = 39;
const SHA256 = { kind: 2, bytes: 32 } as const;

/** Why macOS would not take this executable's signature; null where it would. Intel's needs none. */
export function signatureFault(bytes: Uint8Array, arch: Target["arch"]): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const at = signatureAt(view);
    if (at === null) return arch === "aarch64" ? "has no signature, which Apple's processors demand" : null;
    return codeFault(view, bytes, at);
  } catch (error) {
    if (error instanceof RangeError) return "is cut short";
    throw error;
  }
}

/** Where the signature is in the file. */
function signatureAt(view: DataView): number | null {
  let command = HEADER_BYTES;
  for (let left = view.getUint32(COMMAND_COUNT_AT, true); left > 0; left--) {
    if (view.getUint32(command, true) === LC_CODE_SIGNATURE) return view.getUint32(command + 8, true);
    command += view.getUint32(command + 4, true);
  }
  return null;
}

function codeFault(view: DataView, bytes: Uint8Array, signature: number): string | null {
  if (view.getUint32(signature) !== EMBEDDED_SIGNATURE) return "has no signature where it says";
  const blobs = Array.from(
    { length: view.getUint32(signature + 8) },
    (_, index) => signature + view.getUint32(signature + BLOB_INDEX_AT + BLOB_INDEX_BYTES * index + 4),
  );
  const directory = blobs.find((blob) => view.getUint32(blob) === CODE_DIRECTORY);
  if (directory === undefined) return "has a signature without hashes";
  const kind = view.getUint8(directory + HASH_KIND_AT);
  if (kind !== SHA256.kind || view.getUint8(directory + HASH_BYTES_AT) !== SHA256.bytes) {
    return `has a signature with hashes of kind ${kind}`;
  }
  const limit = view.getUint32(directory + CODE_LIMIT_AT);
  if (limit !== signature) return `has a signature of ${limit} bytes, and ${signature} to sign`;
  const pageBytes = 2 ** view.getUint8(directory + PAGE_SHIFT_AT);
  const count = view.getUint32(directory + HASH_COUNT_AT);
  if (count !== Math.ceil(limit / pageBytes)) return `has a signature of ${count} pages`;
  for (let page = 0; page < count; page++) {
    const content = bytes.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, limit));
    const hash = directory + view.getUint32(directory + HASHES_AT) + page * SHA256.bytes;
    const found = createHash("sha256").update(content).digest();
    if (found.compare(bytes.subarray(hash, hash + SHA256.bytes)) !== 0) return "is not what it was signed as";
  }
  return null;
}
