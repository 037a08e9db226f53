import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathExists } from "../../src/store/publish.ts";
import { createPrivateFile } from "../../src/store/private_file.ts";
import { findLeftovers, removeAbandoned, removeLeftovers, WorkDirectory } from "../../src/store/work_directory.ts";
import { Peer } from "../support/peer.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const PEER = "./work_directory_peer.ts";
const MINUTE_MS = 60_000;

Deno.test("WorkDirectory: is made under its path and removed with all that is in it", () => {
  using directory = new TemporaryDirectory();
  const path = WorkDirectory.newPath(directory.path);
  {
    using work = WorkDirectory.create(path);
    assert.equal(work.path, path);
    assert.equal(work.file("library.db"), join(path, "library.db"));
    Deno.writeTextFileSync(work.file("library.db"), "a copy");
    Deno.mkdirSync(work.file("deep"));
    Deno.writeTextFileSync(work.file("deep/file"), "x");
    assert.deepEqual(directory.names(), [basename(path)]);
  }
  assert.deepEqual(directory.names(), []);
});

Deno.test({
  name: "WorkDirectory: is removed though something in it is gone already",
  ignore: Deno.build.os === "windows", // It removes nothing that is open, such as the lock.
  fn() {
    using directory = new TemporaryDirectory();
    {
      using work = WorkDirectory.create(WorkDirectory.newPath(directory.path));
      Deno.removeSync(work.path, { recursive: true });
    }
    assert.deepEqual(directory.names(), []);
  },
});

Deno.test("WorkDirectory.newPath: is another one each time, hidden and in the directory", () => {
  const paths = Array.from({ length: 100 }, () => WorkDirectory.newPath("/backups"));
  assert.equal(new Set(paths).size, 100);
  for (const path of paths) assert.match(path, /^[/\\]backups[/\\]\.vpo-backup-[0-9a-f-]+$/);
});

Deno.test("WorkDirectory.create: leaves nothing behind where it fails", () => {
  using directory = new TemporaryDirectory();
  const path = WorkDirectory.newPath(directory.path);
  Deno.mkdirSync(path);
  Deno.writeTextFileSync(join(path, "file"), "another's");
  assert.throws(() => WorkDirectory.create(path));
  assert.deepEqual(directory.names(), [basename(path)]);
  assert.equal(Deno.readTextFileSync(join(path, "file")), "another's");
  assert.throws(() => WorkDirectory.create(WorkDirectory.newPath(directory.file("missing"))), Deno.errors.NotFound);
});

// Windows has no such modes. The umask is the whole process's, so another process makes the files.
Deno.test({
  name: "WorkDirectory.create, createPrivateFile: let nobody else in, whatever the umask",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using directory = new TemporaryDirectory();
    for (const mask of ["000", "022", "077"]) {
      await using peer = Peer.deno(PEER, directory.path, "modes", mask);
      assert.equal(await peer.answer(), "directory 700, lock 600, library.db 600", `umask ${mask}`);
    }
  },
});

testWithSymlinks("createPrivateFile: gives a file to read and write, and never reuses or follows what is there", () => {
  using directory = new TemporaryDirectory();
  {
    using file = createPrivateFile(directory.file("file"));
    file.writeSync(Uint8Array.of(1, 2, 3));
    file.seekSync(0, Deno.SeekMode.Start);
    assert.equal(file.readSync(new Uint8Array(10)), 3);
  }
  makeSymlink(directory.file("nowhere"), directory.file("dangling"));
  for (const path of [directory.file("file"), directory.file("dangling"), directory.path]) {
    assert.throws(() => createPrivateFile(path), Deno.errors.AlreadyExists);
  }
  assert.equal(pathExists(directory.file("nowhere")), false);
  assert.equal(Deno.statSync(directory.file("file")).size, 3);
});

Deno.test("removeLeftovers: removes those of a killed process, not those of a live one", async () => {
  using directory = new TemporaryDirectory();
  await using live = Peer.deno(PEER, directory.path, "hold");
  const livePath = await live.answer();
  {
    await using killed = Peer.deno(PEER, directory.path, "hold");
    const killedPath = await killed.answer();
    assert.deepEqual(removeLeftovers(directory.path), []);
    await killed.kill();
    assert.equal(pathExists(killedPath), true);
    assert.deepEqual(removeLeftovers(directory.path), [killedPath]);
  }
  assert.deepEqual(directory.names(), [basename(livePath)]);
  assert.equal(Deno.readTextFileSync(join(livePath, "library.db")), "a copy");
});

Deno.test("removeLeftovers: does not remove those of this process", () => {
  using directory = new TemporaryDirectory();
  using work = WorkDirectory.create(WorkDirectory.newPath(directory.path));
  using other = WorkDirectory.create(WorkDirectory.newPath(directory.path));
  assert.deepEqual(removeLeftovers(directory.path), []);
  assert.equal(pathExists(work.path), true);
  assert.equal(pathExists(other.path), true);
});

Deno.test("removeLeftovers: looks on while another process makes and removes its own", async () => {
  using directory = new TemporaryDirectory();
  await using peer = Peer.deno(PEER, directory.path, "churn", "250");
  let answer: string | null = null;
  const done = peer.answer().then((line) => answer = line);
  while (answer === null) {
    removeLeftovers(directory.path);
    await setImmediate();
  }
  assert.equal(await done, "lost 0");
});

Deno.test("removeLeftovers: gives a directory without a lock a minute to get one", () => {
  using directory = new TemporaryDirectory();
  const young = `${WorkDirectory.newPath(directory.path)}.new`;
  const old = `${WorkDirectory.newPath(directory.path)}.new`;
  for (const path of [young, old]) Deno.mkdirSync(path);
  const before = new Date(Date.now() - MINUTE_MS - 1000);
  Deno.utimeSync(old, before, before);
  assert.deepEqual(removeLeftovers(directory.path), [old]);
  assert.deepEqual(directory.names(), [basename(young)]);
});

Deno.test("removeLeftovers: removes a directory whose lock was never made or cannot have been ours", () => {
  using directory = new TemporaryDirectory();
  const path = WorkDirectory.newPath(directory.path);
  Deno.mkdirSync(path);
  Deno.writeTextFileSync(join(path, "library.db"), "a copy");
  assert.deepEqual(removeLeftovers(directory.path), [path]);
});

testWithSymlinks("removeLeftovers: touches nothing that is not a work directory", () => {
  using directory = new TemporaryDirectory();
  using elsewhere = new TemporaryDirectory();
  elsewhere.file("precious", Uint8Array.of(1));
  makeSymlink(elsewhere.path, directory.file(".vpo-backup-link"), "dir");
  directory.file(".vpo-backup-file", Uint8Array.of(1));
  directory.file("vpo-library-2026-02-05T14-30-22Z.tar.gz", Uint8Array.of(1));
  Deno.mkdirSync(directory.file("vpo-backup-x"));
  Deno.mkdirSync(directory.file("x.vpo-backup-x"));
  const before = directory.names();
  assert.deepEqual(removeLeftovers(directory.path), []);
  assert.deepEqual(directory.names(), before);
  assert.deepEqual(elsewhere.names(), ["precious"]);
});

// Root may look into every directory, and Windows has no such modes.
Deno.test({
  name: "removeLeftovers: passes over what it may not look into: another user's",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () => {
    using directory = new TemporaryDirectory();
    const path = WorkDirectory.newPath(directory.path);
    Deno.mkdirSync(path, { mode: 0o000 });
    const mine = WorkDirectory.newPath(directory.path);
    Deno.mkdirSync(mine);
    assert.deepEqual(removeLeftovers(directory.path), [mine]);
    Deno.removeSync(path);
  },
});

testWithSymlinks("removeLeftovers: a lock that is a link is not opened, nor made where the link leads", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file(".vpo-backup-eeeeeeee-eeee");
  Deno.mkdirSync(path);
  makeSymlink(directory.file("victim"), join(path, "lock"));
  assert.deepEqual(removeLeftovers(directory.file(".")), [path]);
  assert.deepEqual(directory.names(), []);
});

testWithSymlinks("removeLeftovers: does not follow a symlink in a leftover", () => {
  using directory = new TemporaryDirectory();
  using elsewhere = new TemporaryDirectory();
  elsewhere.file("precious", Uint8Array.of(1));
  const path = WorkDirectory.newPath(directory.path);
  Deno.mkdirSync(path);
  makeSymlink(elsewhere.path, join(path, "link"), "dir");
  assert.deepEqual(removeLeftovers(directory.path), [path]);
  assert.deepEqual(elsewhere.names(), ["precious"]);
});

Deno.test("removeAbandoned: removes the directory of a run, made or half made, or is content", () => {
  using directory = new TemporaryDirectory();
  const path = WorkDirectory.newPath(directory.path);
  removeAbandoned(path);
  Deno.mkdirSync(path);
  Deno.mkdirSync(`${path}.new`);
  Deno.writeTextFileSync(join(path, "library.db"), "a copy");
  removeAbandoned(path);
  assert.deepEqual(directory.names(), []);
});

Deno.test("findLeftovers: tells what killed runs left from what live ones use, and removes neither", async () => {
  using directory = new TemporaryDirectory();
  const killed = Peer.deno(PEER, directory.path, "hold");
  const left = await killed.answer();
  await killed.kill();
  await using live = Peer.deno(PEER, directory.path, "hold");
  const used = await live.answer();
  Deno.mkdirSync(directory.file(".vpo-backup-without-a-lock"));
  Deno.mkdirSync(directory.file(".vpo-backup-just-begun.new"));
  Deno.mkdirSync(directory.file("another's"));
  const before = directory.names();
  assert.deepEqual(findLeftovers(directory.path).sort(), [directory.file(".vpo-backup-without-a-lock"), left].sort());
  assert.deepEqual(directory.names(), before);
  assert(before.includes(basename(used)));
  assert.deepEqual(removeLeftovers(directory.path).sort(), [directory.file(".vpo-backup-without-a-lock"), left].sort());
});
