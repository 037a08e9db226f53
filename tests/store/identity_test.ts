import assert from "node:assert/strict";
import { identityFrom, identityOf, isSameFile } from "../../src/store/identity.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

Deno.test("isSameFile: two names of one file, and two files", () => {
  using directory = new TemporaryDirectory();
  const file = directory.file("file", new Uint8Array(1));
  Deno.linkSync(file, directory.file("second name"));
  assert(isSameFile(file, directory.file("second name")));
  assert.equal(isSameFile(file, directory.file("other", new Uint8Array(1))), false);
  assert.equal(isSameFile(file, directory.file("missing")), false);
  assert.equal(identityOf(directory.file("missing")), null);
});

Deno.test("identityFrom: a number that JavaScript cannot hold exactly tells nothing", () => {
  const dev = 5;
  assert.equal(identityFrom({ dev, ino: 7 }), "5:7");
  for (const ino of [null, 0]) assert.equal(identityFrom({ dev, ino }), null);
  // Two numbers of NTFS, of which JavaScript makes one.
  const [one = null, other = null] = [0x0100_0000_0001_2340n, 0x0100_0000_0001_2341n].map(Number);
  assert.equal(one, other);
  assert.equal(identityFrom({ dev, ino: one }), null);
});
