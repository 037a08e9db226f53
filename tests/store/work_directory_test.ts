import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { createPrivateFile } from "../../src/store/private_file.ts";
import { pathExists } from "../../src/store/publish.ts";
import { outputFile, removeWorkDirectory, WorkDirectory } from "../../src/store/work_directory.ts";
import { Peer } from "../support/peer.ts";
import { TemporaryDirectory } from "../support/temporary.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";

const PEER = "./work_directory_peer.ts";

Deno.test("WorkDirectory: is made hidden under a new name and removed with the files of a run", () => {
  using directory = new TemporaryDirectory();
  {
    using work = WorkDirectory.create(directory.path);
    assert.match(basename(work.path), /^\.vpo-backup-[0-9a-f]{8}-[0-9a-f]{4}$/);
    assert.equal(work.file("library.db"), join(work.path, "library.db"));
    for (const name of ["library.db", "library.db-wal", "previous.db-journal", "set-aside-12.db-shm"]) {
      Deno.writeTextFileSync(join(work.path, name), "a copy");
    }
    using other = WorkDirectory.create(directory.path);
    assert.deepEqual(directory.names(), [work, other].map(({ path }) => basename(path)).sort());
  }
  assert.deepEqual(directory.names(), []);
});

Deno.test("WorkDirectory: what a run does not make stays, and the directory with it", () => {
  using directory = new TemporaryDirectory();
  const work = WorkDirectory.create(directory.path);
  Deno.writeTextFileSync(work.file("library.db"), "a copy");
  Deno.mkdirSync(join(work.path, "from.db"));
  Deno.writeTextFileSync(join(work.path, "precious"), "another's");
  assert.throws(() => work[Symbol.dispose]());
  assert.deepEqual(Array.from(Deno.readDirSync(work.path), ({ name }) => name).sort(), ["from.db", "precious"]);
});

Deno.test({
  name: "WorkDirectory: is removed though something in it is gone already",
  ignore: Deno.build.os === "windows", // It removes nothing that is open, such as the lock.
  fn() {
    using directory = new TemporaryDirectory();
    {
      using work = WorkDirectory.create(directory.path);
      Deno.removeSync(work.path, { recursive: true });
    }
    assert.deepEqual(directory.names(), []);
  },
});

Deno.test("WorkDirectory.create: fails where it cannot be made", () => {
  using directory = new TemporaryDirectory();
  assert.throws(() => WorkDirectory.create(directory.file("missing")), Deno.errors.NotFound);
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

testWithSymlinks("removeWorkDirectory: a link in the place of the directory is not followed", () => {
  using directory = new TemporaryDirectory();
  using elsewhere = new TemporaryDirectory();
  elsewhere.file("library.db", Uint8Array.of(1));
  elsewhere.file("lock", Uint8Array.of(1));
  const link = directory.file(".vpo-backup-01234567-89ab");
  makeSymlink(elsewhere.path, link, "dir");
  assert.throws(() => removeWorkDirectory(link));
  assert.deepEqual(elsewhere.names(), ["library.db", "lock"]);
});

Deno.test("outputFile: has the name of the work directory, in another directory", () => {
  assert.equal(outputFile("/b", "/l/.vpo-backup-01234567-89ab"), join("/b", ".vpo-backup-01234567-89ab.tar.gz"));
});
