import assert from "node:assert/strict";
import { fill, hasSameContent, isZero, readAt, writeAll } from "../../src/store/file_bytes.ts";
import { noise, sha256 } from "../support/bytes.ts";
import { isInstalled, run } from "../support/commands.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const CONTENT = Uint8Array.from({ length: 100 }, (_, index) => index);

Deno.test("readAt: reads from an offset, fewer bytes at the end and none outside the file", () => {
  using directory = new TemporaryDirectory();
  using file = Deno.openSync(directory.file("file", CONTENT));
  const read = (offset: number, length: number) => [...readAt(file, offset, length)];
  assert.deepEqual(read(0, 100), [...CONTENT]);
  assert.deepEqual(read(10, 3), [10, 11, 12]);
  assert.deepEqual(read(98, 3), [98, 99]);
  assert.deepEqual(read(0, 0), []);
  assert.deepEqual(read(100, 1), []);
  assert.deepEqual(read(5000, 10), []);
  assert.deepEqual(read(-1, 10), []);
  assert.deepEqual(read(0, 1), [0]);
});

Deno.test("readAt: reads beyond 4 GiB", () => {
  using directory = new TemporaryDirectory();
  using file = Deno.openSync(directory.file("sparse"), { read: true, write: true, create: true });
  const offset = 5 * 2 ** 30;
  file.seekSync(offset, Deno.SeekMode.Start);
  file.writeSync(CONTENT);
  assert.deepEqual([...readAt(file, offset + 7, 2)], [7, 8]);
});

Deno.test("fill: goes on from the file's position and says how many bytes there were", () => {
  using directory = new TemporaryDirectory();
  using file = Deno.openSync(directory.file("file", CONTENT));
  const buffer = new Uint8Array(60);
  assert.equal(fill(file, buffer), 60);
  assert.deepEqual(buffer, CONTENT.subarray(0, 60));
  assert.equal(fill(file, buffer), 40);
  assert.deepEqual(buffer.subarray(0, 40), CONTENT.subarray(60));
  assert.equal(fill(file, buffer), 0);
  assert.equal(fill(file, new Uint8Array()), 0);
});

// Needs mkfifo. A pipe holds 64 KiB and so gives the bytes in pieces.
Deno.test({
  name: "fill: reads on where the system gives the bytes in pieces",
  ignore: !isInstalled("mkfifo", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const content = noise(1_000_000);
    const pipe = directory.file("pipe");
    assert.equal((await run("mkfifo", [pipe])).code, 0);
    const args = ["-c", 'cat "$0" > "$1"', directory.file("content", content), pipe];
    const writer = new Deno.Command("sh", { args }).spawn();
    const buffer = new Uint8Array(content.length + 1);
    {
      using file = Deno.openSync(pipe);
      assert.equal(fill(file, buffer), content.length);
    }
    assert.equal((await writer.status).code, 0);
    assert.equal(sha256(buffer.subarray(0, content.length)), sha256(content));
  },
});

Deno.test("writeAll: writes at the file's position and says how many bytes there were", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("file");
  {
    using file = Deno.openSync(path, { write: true, create: true });
    assert.equal(writeAll(file, CONTENT), 100);
    assert.equal(writeAll(file, new Uint8Array()), 0);
    assert.equal(writeAll(file, CONTENT.subarray(40, 50)), 10);
  }
  assert.deepEqual([...Deno.readFileSync(path)], [...CONTENT, ...CONTENT.subarray(40, 50)]);
});

Deno.test("isZero: sees one byte that is not", () => {
  assert.equal(isZero(new Uint8Array()), true);
  assert.equal(isZero(new Uint8Array(1000)), true);
  for (const at of [0, 1, 500, 998, 999]) assert.equal(isZero(new Uint8Array(1000).with(at, 1)), false);
});

testWithSymlinks("hasSameContent: files of the same bytes, one file under two names, never what is not a file", () => {
  using directory = new TemporaryDirectory();
  const bytes = noise(2 * 1024 * 1024 + 3);
  const path = directory.file("one", bytes);
  const changed = bytes.slice();
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  Deno.linkSync(path, directory.path + "/link");
  makeSymlink("one", directory.path + "/symlink");
  const others = {
    same: [directory.file("same", bytes), true],
    linked: [directory.path + "/link", true],
    "changed in its last byte": [directory.file("changed", changed), false],
    shorter: [directory.file("shorter", bytes.subarray(1)), false],
    missing: [directory.path + "/missing", false],
    "a directory": [directory.path, false],
    "a symlink": [directory.path + "/symlink", false],
  } as const;
  for (const [what, [other, expected]] of Object.entries(others)) {
    assert.equal(hasSameContent(path, other), expected, what);
  }
  assert(hasSameContent(directory.file("empty", new Uint8Array()), directory.file("empty too", new Uint8Array())));
});
