import assert from "node:assert/strict";
import { TarReader } from "../../../src/archive/tar/tar_reader.ts";
import { concat } from "../../support/bytes.ts";
import { base256, END, paxHeader, tarHeader, tarMember } from "../../support/tar.ts";
import type { Trial } from "../group.ts";

const GIB = 2 ** 30;
const CHUNK_BYTES = 16 * 1024 * 1024;
/** Around the numbers at which 31, 32 and 33 bits and 11 octal digits end, and beyond. */
const SIZES = [2 * GIB - 512, 2 * GIB, 2 * GIB + 512, 4 * GIB, 4 * GIB + 512, 8 * GIB - 512, 8 * GIB, 20 * GIB + 512];
const LARGEST_OCTAL = 8 * GIB - 1;

/** Libraries of gigabytes in every form that tar has for their size: each is read to its end, and no byte further. */
export function largeTars(): Trial[] {
  return SIZES.flatMap((size) => {
    const forms: Readonly<Record<string, Uint8Array>> = {
      "base 256": tarHeader({ name: "library.db", size: base256(BigInt(size)) }),
      "a PAX record": concat(paxHeader({ size: String(size) }), tarHeader({ name: "library.db", size: 0 })),
      ...(size <= LARGEST_OCTAL ? { "octal digits": tarHeader({ name: "library.db", size }) } : {}),
    };
    return Object.entries(forms).map(([form, header]) => ({
      name: `a library of ${size} bytes, said in ${form}`,
      run: () => readLarge(header, size),
    }));
  });
}

function readLarge(header: Uint8Array, size: number): void {
  let announced = 0;
  let read = 0;
  const reader = new TarReader({
    metadata() {},
    database: (size) => void (announced = size),
    data: (chunk) => void (read += chunk.length),
  });
  reader.push(header);
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let left = size; left > 0; left -= CHUNK_BYTES) reader.push(chunk.subarray(0, left));
  reader.push(concat(tarMember("backup_metadata.json", Uint8Array.of(0x7b, 0x7d)), END));
  reader.end();
  assert.deepEqual({ announced, read }, { announced: size, read: size });
}
