import assert from "node:assert/strict";
import { join } from "node:path";
import { makeDirectories, resolveDirectory, resolveFile, withDrive } from "../../src/engine/real_paths.ts";
import { makeSymlink } from "../support/symlinks.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const isUnix = Deno.build.os !== "windows";
const NOTHING = new Uint8Array();

function permissionsOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o7777;
}

Deno.test("resolveFile: a file is itself", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("library.db", NOTHING);
  const place = resolveFile(path);
  assert.equal(place.path, path);
  assert.equal(place.info?.isFile, true);
});

Deno.test("resolveFile: dots in a path are followed", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("library.db", NOTHING);
  Deno.mkdirSync(directory.file("sub"));
  assert.equal(resolveFile(`${directory.path}/sub/.././library.db`).path, path);
});

Deno.test("resolveFile: a relative path counts from the present directory", () => {
  assert.equal(resolveFile("deno.json").path, join(Deno.realPathSync("."), "deno.json"));
});

Deno.test("resolveFile: a file that is missing has its path and no info", () => {
  using directory = new TemporaryDirectory();
  assert.deepEqual(resolveFile(directory.file("none.db")), { path: directory.file("none.db"), info: null });
});

Deno.test("resolveFile: a file in directories that are missing has its path and no info", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("a/b/none.db");
  assert.deepEqual(resolveFile(path), { path, info: null });
});

Deno.test("resolveFile: a directory is said to be one", () => {
  using directory = new TemporaryDirectory();
  assert.equal(resolveFile(directory.path).info?.isDirectory, true);
});

Deno.test({
  name: "resolveFile: chains of relative and absolute symlinks lead to the file",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    const real = directory.file("real.db", NOTHING);
    Deno.mkdirSync(directory.file("sub"));
    makeSymlink(real, directory.file("sub/absolute"));
    makeSymlink("sub/absolute", directory.file("relative"));
    const place = resolveFile(directory.file("relative"));
    assert.equal(place.path, real);
    assert.equal(place.info?.isFile, true, "the info is the file's, not the link's");
  },
});

Deno.test({
  name: "resolveFile: a relative symlink in a directory that is itself a symlink counts from its real directory",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    Deno.mkdirSync(directory.file("one/two"), { recursive: true });
    Deno.mkdirSync(directory.file("other"));
    const real = directory.file("one/real.db", NOTHING);
    makeSymlink("../real.db", directory.file("one/two/link"));
    makeSymlink("../one/two", directory.file("other/two"), "dir");
    assert.equal(resolveFile(directory.file("other/two/link")).path, real);
  },
});

Deno.test({
  name: "resolveFile: a symlink that leads to nothing leads to where the file would be",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    makeSymlink("missing/real.db", directory.file("link"));
    assert.deepEqual(resolveFile(directory.file("link")), { path: directory.file("missing/real.db"), info: null });
  },
});

Deno.test({
  name: "resolveFile: symlinks in a loop are refused",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    makeSymlink("b", directory.file("a"));
    makeSymlink("a", directory.file("b"));
    assert.throws(() => resolveFile(directory.file("a")), Deno.errors.FilesystemLoop);
    assert.throws(() => resolveFile(directory.file("a/below")), /symbolic links/);
  },
});

Deno.test("resolveFile: a path through a file is refused", () => {
  using directory = new TemporaryDirectory();
  directory.file("file", NOTHING);
  assert.throws(() => resolveFile(directory.file("file/library.db")), Deno.errors.NotADirectory);
});

Deno.test("withDrive: a drive letter that stands for a share is kept, for Deno lets nobody use the share's own name", () => {
  const share = "\\\\nas\\media\\backups";
  assert.equal(withDrive("Z:\\backups", share), "Z:\\backups");
  assert.equal(withDrive("Z:\\BACKUPS", "Z:\\backups"), "Z:\\backups");
  assert.equal(withDrive(share, share), share);
  assert.equal(withDrive("/a/link", "/a/real"), "/a/real");
});

Deno.test("resolveDirectory: a directory that is there is itself", () => {
  using directory = new TemporaryDirectory();
  assert.deepEqual(resolveDirectory(directory.path), { directory: directory.path, existing: directory.path });
});

Deno.test("resolveDirectory: of one that is missing it says what there is of it", () => {
  using directory = new TemporaryDirectory();
  assert.deepEqual(resolveDirectory(directory.file("a/b/c")), {
    directory: directory.file("a/b/c"),
    existing: directory.path,
  });
});

Deno.test({
  name: "resolveDirectory: symlinks on the way are followed, also before missing parts",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    Deno.mkdirSync(directory.file("real"));
    makeSymlink("real", directory.file("link"), "dir");
    assert.deepEqual(resolveDirectory(directory.file("link/new")), {
      directory: directory.file("real/new"),
      existing: directory.file("real"),
    });
  },
});

Deno.test({
  name: "resolveDirectory: a symlink that leads to nothing leads to where the directory would be",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    Deno.mkdirSync(directory.file("disk"));
    makeSymlink("disk/backups", directory.file("link"), "dir");
    assert.deepEqual(resolveDirectory(directory.file("link")), {
      directory: directory.file("disk/backups"),
      existing: directory.file("disk"),
    });
  },
});

Deno.test("makeDirectories: makes what is missing for its owner only, and the function it gives removes that", () => {
  using directory = new TemporaryDirectory();
  const remove = makeDirectories(resolveDirectory(directory.file("a/b/c")));
  for (const path of ["a", "a/b", "a/b/c"]) {
    assert(Deno.statSync(directory.file(path)).isDirectory);
    if (isUnix) assert.equal(permissionsOf(directory.file(path)), 0o700);
  }
  remove();
  assert.deepEqual(directory.names(), []);
});

Deno.test("makeDirectories: where nothing is missing nothing is made or removed", () => {
  using directory = new TemporaryDirectory();
  Deno.mkdirSync(directory.file("there"));
  makeDirectories(resolveDirectory(directory.file("there")))();
  assert.deepEqual(directory.names(), ["there"]);
});

Deno.test("makeDirectories: what somebody uses by then is not removed, and what is above it stays", () => {
  using directory = new TemporaryDirectory();
  const remove = makeDirectories(resolveDirectory(directory.file("a/b/c")));
  directory.file("a/b/theirs", NOTHING);
  remove();
  assert.deepEqual(Array.from(Deno.readDirSync(directory.file("a/b")), ({ name }) => name), ["theirs"]);
});

Deno.test("makeDirectories: what cannot be made whole is not made at all", () => {
  using directory = new TemporaryDirectory();
  const tooLong = "x".repeat(300);
  assert.throws(() => makeDirectories({ existing: directory.path, directory: directory.file(`a/b/${tooLong}`) }));
  assert.deepEqual(directory.names(), []);
});

Deno.test("makeDirectories: a directory that another run makes in the meantime is used", () => {
  using directory = new TemporaryDirectory();
  const destination = resolveDirectory(directory.file("a/b"));
  Deno.mkdirSync(directory.file("a"));
  makeDirectories(destination)();
  assert.deepEqual(directory.names(), ["a"], "and stays, because it is theirs");
});
