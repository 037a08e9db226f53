import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { signatureFault } from "../../../scripts/build/mach_o.ts";

const PAGE_BYTES = 4096;
const CODE_BYTES = PAGE_BYTES + 100;

/** A Mach-O file of one load command, two pages and their signature. */
function signedFile(): Uint8Array {
  const bytes = new Uint8Array(CODE_BYTES + 20 + 44 + 2 * 32);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xcffaedfe);
  view.setUint32(16, 1, true);
  [0x1d, 16, CODE_BYTES, bytes.length - CODE_BYTES].forEach((value, i) => view.setUint32(32 + 4 * i, value, true));
  crypto.getRandomValues(bytes.subarray(64, CODE_BYTES));
  [0xfade0cc0, bytes.length - CODE_BYTES, 1, 0, 20].forEach((value, i) => view.setUint32(CODE_BYTES + 4 * i, value));
  const directory = CODE_BYTES + 20;
  [0xfade0c02, 108, 0x20400, 2, 44, 0, 0, 2, CODE_BYTES].forEach((value, i) =>
    view.setUint32(directory + 4 * i, value)
  );
  bytes.set([32, 2, 0, 12], directory + 36);
  for (const page of [0, 1]) {
    const content = bytes.subarray(page * PAGE_BYTES, Math.min((page + 1) * PAGE_BYTES, CODE_BYTES));
    bytes.set(createHash("sha256").update(content).digest(), directory + 44 + 32 * page);
  }
  return bytes;
}

Deno.test("signatureFault: finds nothing wrong with a file that is as it was signed", () => {
  assert.equal(signatureFault(signedFile(), "aarch64"), null);
});

Deno.test("signatureFault: finds a changed byte of every page, and of the hashes", () => {
  for (const at of [70, PAGE_BYTES, CODE_BYTES - 1, CODE_BYTES + 64 + 63]) {
    const bytes = signedFile();
    bytes[at] = bytes[at] === undefined ? 0 : bytes[at] ^ 1;
    assert.equal(signatureFault(bytes, "aarch64"), "is not what it was signed as", String(at));
  }
});

Deno.test("signatureFault: a file without a signature is for Intel only, and half of one is none", () => {
  const unsigned = new Uint8Array(64);
  assert.equal(signatureFault(unsigned, "aarch64"), "has no signature, which Apple's processors demand");
  assert.equal(signatureFault(unsigned, "x86_64"), null);
  assert.equal(
    signatureFault(signedFile().subarray(0, CODE_BYTES + 40), "x86_64"),
    "is cut short",
  );
});
