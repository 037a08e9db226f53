import assert from "node:assert/strict";
import { join } from "node:path";
import { identityOf } from "../../src/store/identity.ts";
import { NotRegular, openFile, readFile } from "../../src/store/open_file.ts";
import { noise } from "../support/bytes.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const isUnix = Deno.build.os !== "windows";
const CONTENT = noise(1000);

Deno.test("openFile: reads as Deno's own files do, from where it was sent, into memory of threads as well", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("file", CONTENT);
  using file = openFile(path);
  using own = Deno.openSync(path);
  const shared = new Uint8Array(new SharedArrayBuffer(700));
  for (const [at, length] of [[0, 10], [990, 100], [2000, 5], [3, 700], [0, 0]] as const) {
    const [read, expected] = [shared.fill(0).subarray(0, length), new Uint8Array(length)];
    assert.equal(file.seekSync(at, Deno.SeekMode.Start), own.seekSync(at, Deno.SeekMode.Start));
    assert.equal(file.readSync(read), own.readSync(expected), `${length} bytes at ${at}`);
    assert.deepEqual([...read], [...expected]);
  }
  file.seekSync(0, Deno.SeekMode.Start);
  const bytes = new Uint8Array(600);
  assert.deepEqual([file.readSync(bytes), file.readSync(bytes), file.readSync(bytes)], [600, 400, null]);
  assert.deepEqual([...bytes.subarray(0, 400)], [...CONTENT.subarray(600)]);
  const { isFile, size, dev, ino, mtime } = Deno.statSync(path);
  assert.deepEqual(file.statSync(), { isFile, size, dev, ino, mtime });
  file.close();
  file.close();
});

Deno.test({
  name: "openFile: a pipe, a device and a directory are refused, and none is waited for",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    const pipe = join(directory.path, "pipe");
    assert(new Deno.Command("mkfifo", { args: [pipe] }).outputSync().success);
    for (const path of [pipe, "/dev/zero", "/dev/null", directory.path]) {
      assert.throws(() => openFile(path), NotRegular, path);
      assert.throws(() => readFile(path, 10), NotRegular, path);
    }
    assert.throws(() => openFile(pipe, { writable: true }), NotRegular);
  },
});

testWithSymlinks("openFile: a link is followed, unless it may not be", () => {
  using directory = new TemporaryDirectory();
  directory.file("file", CONTENT);
  makeSymlink("file", join(directory.path, "link"));
  assert.deepEqual([...readFile(join(directory.path, "link"), 1000)], [...CONTENT]);
  assert.throws(() => openFile(join(directory.path, "link"), { noLinks: true }), NotRegular);
});

Deno.test("openFile: another file than the one that was looked at is refused", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("file", CONTENT);
  const identity = identityOf(path);
  openFile(path, { identity }).close();
  Deno.renameSync(directory.file("other", CONTENT), path);
  assert.throws(() => openFile(path, { identity }), /^Error: it is another file by now$/);
  openFile(path, { identity: null }).close();
});

Deno.test("openFile: says what the system says as Deno says it, without numbers", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("file", CONTENT);
  assert.throws(
    () => openFile(join(directory.path, "lost")),
    (error) => error instanceof Deno.errors.NotFound && "code" in error && error.code === "ENOENT",
  );
  assert.throws(
    () => openFile(join(path, "below a file")),
    (error) => error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.NotFound,
  );
  if (isUnix) {
    assert.throws(() => openFile(join(directory.path, "lost")), {
      message: `No such file or directory: open '${join(directory.path, "lost")}'`,
    });
  }
});

Deno.test("readFile: no more than it may, however long the file is said to be", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("file", CONTENT);
  assert.deepEqual([...readFile(path, 1000)], [...CONTENT]);
  assert.deepEqual([...readFile(path, 100_000)], [...CONTENT]);
  assert.throws(() => readFile(path, 999), /^RangeError: it is larger than 999 bytes$/);
  assert.equal(readFile(directory.file("empty", new Uint8Array()), 0).length, 0);
  // The system says of it that it is empty.
  if (Deno.build.os === "linux") {
    const text = new TextDecoder().decode(readFile("/proc/self/mountinfo", 1024 * 1024));
    assert.equal(text, Deno.readTextFileSync("/proc/self/mountinfo"));
    assert.throws(() => readFile("/proc/self/mountinfo", 20), RangeError);
  }
});
