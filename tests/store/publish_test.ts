import assert from "node:assert/strict";
import {
  lacksHardLinks,
  linkFile,
  pathExists,
  publishClaimed,
  publishNew,
  removeIfPresent,
  syncDirectory,
  syncFile,
} from "../../src/store/publish.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const ARCHIVE = new TextEncoder().encode("archive");
const OTHER = new TextEncoder().encode("other");

Deno.test("publishNew: takes the first name where all are free", () => {
  using directory = new TemporaryDirectory();
  const names = ["a", "b"].map((name) => directory.file(name));
  assert.equal(publishNew(directory.file("temporary", ARCHIVE), names), names[0]);
  assert.deepEqual(Deno.readFileSync(directory.file("a")), ARCHIVE);
  assert.equal(pathExists(directory.file("b")), false);
});

testWithSymlinks("publishNew: takes the first name that is free and leaves what has the others", () => {
  using directory = new TemporaryDirectory();
  const file = directory.file("file", OTHER);
  const subdirectory = directory.file("directory");
  Deno.mkdirSync(subdirectory);
  const dangling = directory.file("dangling");
  makeSymlink(directory.file("nowhere"), dangling);
  const symlink = directory.file("symlink");
  makeSymlink(file, symlink);
  const taken = [file, subdirectory, dangling, symlink];

  const free = directory.file("free");
  assert.equal(publishNew(directory.file("temporary", ARCHIVE), [...taken, free, directory.file("later")]), free);

  assert.deepEqual(Deno.readFileSync(free), ARCHIVE);
  assert.deepEqual(Deno.readFileSync(file), OTHER);
  assert.deepEqual([...Deno.readDirSync(subdirectory)], []);
  assert.equal(Deno.readLinkSync(dangling), directory.file("nowhere"));
  assert.equal(Deno.readLinkSync(symlink), file);
  assert.equal(pathExists(directory.file("nowhere")), false);
  assert.equal(pathExists(directory.file("later")), false);
});

Deno.test("publishNew: fails where every name is taken, and overwrites none", () => {
  using directory = new TemporaryDirectory();
  const temporary = directory.file("temporary", ARCHIVE);
  const taken = [directory.file("a", OTHER), directory.file("b", OTHER)];
  assert.throws(() => publishNew(temporary, taken), Deno.errors.AlreadyExists);
  assert.throws(() => publishNew(temporary, []), Deno.errors.AlreadyExists);
  for (const path of taken) assert.deepEqual(Deno.readFileSync(path), OTHER);
  assert.deepEqual(Deno.readFileSync(temporary), ARCHIVE);
});

Deno.test("publishNew: tries no name after the first that is free", () => {
  using directory = new TemporaryDirectory();
  const asked: string[] = [];
  function* names() {
    for (const name of ["taken", "free", "later"]) {
      asked.push(name);
      yield directory.file(name);
    }
  }
  directory.file("taken", OTHER);
  publishNew(directory.file("temporary", ARCHIVE), names());
  assert.deepEqual(asked, ["taken", "free"]);
});

Deno.test("publishNew: says so where there is no such directory", () => {
  using directory = new TemporaryDirectory();
  const temporary = directory.file("temporary", ARCHIVE);
  assert.throws(() => publishNew(temporary, [directory.file("missing/a")]), Deno.errors.NotFound);
  assert.throws(() => publishNew(directory.file("missing"), [directory.file("a")]), Deno.errors.NotFound);
  assert.equal(pathExists(directory.file("a")), false);
});

testWithSymlinks("linkFile: gives a file a second name and takes none that is taken", () => {
  using directory = new TemporaryDirectory();
  const file = directory.file("file", ARCHIVE);
  const second = directory.file("second");
  assert.equal(linkFile(file, second), true);
  assert.equal(Deno.statSync(second).ino, Deno.statSync(file).ino);

  makeSymlink(directory.file("nowhere"), directory.file("dangling"));
  for (const taken of [second, directory.file("other", OTHER), directory.file("dangling"), directory.path]) {
    assert.throws(() => linkFile(file, taken), Deno.errors.AlreadyExists);
  }
  assert.throws(() => linkFile(directory.file("missing"), directory.file("third")), Deno.errors.NotFound);
});

Deno.test("lacksHardLinks: lets a copy be tried, unless that would fail like the link", () => {
  const refusal = (code: string) => Object.assign(new Error(), { code });
  const refusals = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EIO", "EXDEV", "EACCES", "EINVAL", "EISDIR"];
  for (const code of refusals) assert(lacksHardLinks(refusal(code)), code);
  assert(lacksHardLinks(new Deno.errors.NotSupported()));
  assert(lacksHardLinks(new Error("Too many links (os error 31): link")), "one that Deno has no code for");
  for (const code of ["EEXIST", "ENOENT", "ENOSPC", "EDQUOT", "EROFS"]) {
    assert.equal(lacksHardLinks(refusal(code)), false, code);
  }
  assert.equal(lacksHardLinks(new Deno.errors.AlreadyExists()), false);
  assert.equal(lacksHardLinks(new Deno.errors.NotCapable()), false);
  assert.equal(lacksHardLinks(new Error("a fault of ours")), false);
});

testWithSymlinks("publishClaimed: takes the first name that is free, makes no link and leaves no claim", () => {
  using directory = new TemporaryDirectory();
  const temporary = directory.file("temporary", ARCHIVE);
  const { ino } = Deno.statSync(temporary);
  const taken = directory.file("taken", OTHER);
  makeSymlink(directory.file("nowhere"), directory.file("dangling"));
  const names = [taken, directory.file("dangling"), directory.file("free"), directory.file("later")];
  assert.deepEqual(publishClaimed(temporary, names), { path: directory.file("free"), unsynced: null });
  assert.deepEqual(directory.names(), ["dangling", "free", "taken"]);
  assert.equal(Deno.statSync(directory.file("free")).ino, ino);
  assert.deepEqual(Deno.readFileSync(taken), OTHER);
});

Deno.test("publishClaimed: leaves a name to the run that has a claim to it, and takes over from a killed one", () => {
  using directory = new TemporaryDirectory();
  const claim = directory.file(".a.claim", new Uint8Array());
  const names = ["a", "b"].map((name) => directory.file(name));
  assert.equal(publishClaimed(directory.file("one", ARCHIVE), names).path, names[1]);
  assert.deepEqual(directory.names(), [".a.claim", "b"]);

  const killed = new Date(Date.now() - 11 * 60_000);
  Deno.utimeSync(claim, killed, killed);
  assert.equal(publishClaimed(directory.file("two", ARCHIVE), names).path, names[0]);
  assert.deepEqual(directory.names(), ["a", "b"]);
});

Deno.test("publishClaimed: what has a claim's name and is no file stays", () => {
  using directory = new TemporaryDirectory();
  Deno.mkdirSync(directory.file(".a.claim"));
  const before = new Date(0);
  Deno.utimeSync(directory.file(".a.claim"), before, before);
  const temporary = directory.file("temporary", ARCHIVE);
  assert.throws(() => publishClaimed(temporary, [directory.file("a")]), Deno.errors.AlreadyExists);
  assert.deepEqual(directory.names(), [".a.claim", "temporary"]);
});

testWithSymlinks("pathExists: sees files, directories and symlinks that lead nowhere", () => {
  using directory = new TemporaryDirectory();
  makeSymlink(directory.file("nowhere"), directory.file("dangling"));
  assert.equal(pathExists(directory.file("file", ARCHIVE)), true);
  assert.equal(pathExists(directory.path), true);
  assert.equal(pathExists(directory.file("dangling")), true);
  assert.equal(pathExists(directory.file("nowhere")), false);
  assert.equal(pathExists(directory.file("missing/file")), false);
});

testWithSymlinks("removeIfPresent: removes a file or a symlink, and is content where there is none", () => {
  using directory = new TemporaryDirectory();
  const target = directory.file("target", ARCHIVE);
  makeSymlink(target, directory.file("link"));
  removeIfPresent(directory.file("link"));
  removeIfPresent(directory.file("file", ARCHIVE));
  removeIfPresent(directory.file("missing"));
  assert.deepEqual(directory.names(), ["target"]);
});

Deno.test("removeIfPresent: does not remove a directory that has something in it", () => {
  using directory = new TemporaryDirectory();
  Deno.mkdirSync(directory.file("sub"));
  directory.file("sub/file", ARCHIVE);
  assert.throws(() => removeIfPresent(directory.file("sub")));
  assert.equal(pathExists(directory.file("sub/file")), true);
});

Deno.test("syncFile: leaves the content as it is and fails where there is no file", () => {
  using directory = new TemporaryDirectory();
  const file = directory.file("file", ARCHIVE);
  syncFile(file);
  assert.deepEqual(Deno.readFileSync(file), ARCHIVE);
  assert.throws(() => syncFile(directory.file("missing")), Deno.errors.NotFound);
  assert.deepEqual(directory.names(), ["file"]);
});

Deno.test("syncDirectory: takes a directory and fails where there is none", () => {
  using directory = new TemporaryDirectory();
  syncDirectory(directory.path);
  if (Deno.build.os !== "windows") {
    assert.throws(() => syncDirectory(directory.file("missing")), Deno.errors.NotFound);
  }
});
