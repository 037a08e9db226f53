import assert from "node:assert/strict";
import { EXECUTABLE_HEADER_BYTES, targetOf, TARGETS } from "../../../scripts/build/targets.ts";

/** The beginning of an executable, with these 16 or 32 bit numbers in it. */
function header(
  big: Readonly<Record<number, number>>,
  little: Readonly<Record<number, number>>,
  size = 256,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  for (const [at, value] of Object.entries(big)) view.setUint32(Number(at), value);
  for (const [at, value] of Object.entries(little)) view.setUint32(Number(at), value, true);
  return new Uint8Array(view.buffer);
}

const ELF = { 0: 0x7f454c46 };
const MACH_O = { 0: 0xcffaedfe };
const PE = { 0: 0x4d5a9000, 128: 0x50450000 };

const HEADERS: Readonly<Record<string, Uint8Array>> = {
  "x86_64-unknown-linux-gnu": header(ELF, { 18: 0x3e }),
  "aarch64-unknown-linux-gnu": header(ELF, { 18: 0xb7 }),
  "x86_64-apple-darwin": header(MACH_O, { 4: 0x01000007 }),
  "aarch64-apple-darwin": header(MACH_O, { 4: 0x0100000c }),
  "x86_64-pc-windows-msvc": header(PE, { 60: 128, 132: 0x8664 }),
  "aarch64-pc-windows-msvc": header(PE, { 60: 128, 132: 0xaa64 }),
};

Deno.test("targetOf: knows the executables of every target", () => {
  assert.deepEqual(Object.keys(HEADERS).sort(), TARGETS.map(({ triple }) => triple).sort());
  for (const [triple, bytes] of Object.entries(HEADERS)) assert.equal(targetOf(bytes)?.triple, triple);
});

Deno.test("targetOf: what is none of them is none", () => {
  const others = [
    new Uint8Array(),
    new TextEncoder().encode("#!/bin/sh\n"),
    header(ELF, { 18: 0x28 }),
    header(MACH_O, { 4: 7 }),
    header({ 0: 0x4d5a9000 }, { 60: 128, 132: 0x8664 }),
    header({ 0: 0x4d5a9000 }, { 60: 0xffffffff }),
    ...Object.values(HEADERS).map((bytes) => bytes.subarray(0, 7)),
  ];
  for (const bytes of others) assert.equal(targetOf(bytes), null);
});

Deno.test("targetOf: knows what Deno itself is made for", () => {
  using file = Deno.openSync(Deno.execPath());
  const bytes = new Uint8Array(EXECUTABLE_HEADER_BYTES);
  file.readSync(bytes);
  assert.equal(targetOf(bytes)?.triple, Deno.build.target);
});
