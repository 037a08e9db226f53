import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  findLeftovers,
  findOutputLeftovers,
  removeLeftovers,
  removeOutputLeftovers,
} from "../../src/store/leftovers.ts";
import { pathExists } from "../../src/store/publish.ts";
import { currentUser } from "../../src/store/user.ts";
import { outputFile, WorkDirectory } from "../../src/store/work_directory.ts";
import { isInstalled, run } from "../support/commands.ts";
import { Peer } from "../support/peer.ts";
import { answering } from "../support/surroundings/mounts.ts";
import { TemporaryDirectory } from "../support/temporary.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";

const PEER = "./work_directory_peer.ts";
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const PRIVATE = { mode: 0o700 };

/** Removes what is left beside the work directory of a run that begins; gives the names of what was removed. */
function cleanUp(directory: string): string[] {
  using own = WorkDirectory.create(directory);
  return removeLeftovers(directory, own.path, currentUser()).map(({ path }) => basename(path)).sort();
}

/** A leftover as a killed run leaves it, with these files in it. */
function leave(directory: TemporaryDirectory, name: string, ...files: readonly string[]): string {
  const path = directory.file(name);
  Deno.mkdirSync(path, PRIVATE);
  for (const file of files) Deno.writeTextFileSync(join(path, file), "a copy", { mode: 0o600 });
  return path;
}

function age(path: string, milliseconds: number): void {
  const then = new Date(Date.now() - milliseconds);
  const { isDirectory, isSymlink } = Deno.lstatSync(path);
  if (isSymlink) return;
  if (isDirectory) {
    for (const { name } of Deno.readDirSync(path)) age(join(path, name), milliseconds);
  }
  Deno.utimeSync(path, then, then);
}

Deno.test("removeLeftovers: removes those of a killed process, not those of a live one", async () => {
  using directory = new TemporaryDirectory();
  await using live = Peer.deno(PEER, directory.path, "hold");
  const livePath = await live.answer();
  {
    await using killed = Peer.deno(PEER, directory.path, "hold");
    const killedPath = await killed.answer();
    assert.deepEqual(cleanUp(directory.path), []);
    await killed.kill();
    assert.equal(pathExists(killedPath), true);
    assert.deepEqual(cleanUp(directory.path), [basename(killedPath)]);
  }
  assert.deepEqual(directory.names(), [basename(livePath)]);
  assert.equal(Deno.readTextFileSync(join(livePath, "library.db")), "a copy");
});

Deno.test("removeLeftovers: does not remove those of this process", () => {
  using directory = new TemporaryDirectory();
  using work = WorkDirectory.create(directory.path);
  assert.deepEqual(cleanUp(directory.path), []);
  assert.equal(pathExists(work.path), true);
});

Deno.test("removeLeftovers: looks on while another process makes and removes its own", async () => {
  using directory = new TemporaryDirectory();
  await using peer = Peer.deno(PEER, directory.path, "churn", "250");
  let answer: string | null = null;
  const done = peer.answer().then((line) => answer = line);
  using own = WorkDirectory.create(directory.path);
  while (answer === null) {
    removeLeftovers(directory.path, own.path, currentUser());
    await setImmediate();
  }
  assert.equal(await done, "lost 0");
});

Deno.test("removeLeftovers: gives a directory without a lock a minute to get one", () => {
  using directory = new TemporaryDirectory();
  leave(directory, ".vpo-backup-00000000-0001", "library.db");
  age(leave(directory, ".vpo-backup-00000000-0002", "library.db"), MINUTE_MS + 1000);
  assert.deepEqual(cleanUp(directory.path), [".vpo-backup-00000000-0002"]);
});

/** Issue 12, A3: a directory of the user's own went with all that was in it. */
testWithSymlinks("removeLeftovers: leaves what has another name, another mode, or anything else in it", () => {
  using directory = new TemporaryDirectory();
  using elsewhere = new TemporaryDirectory();
  elsewhere.file("lock", Uint8Array.of(1));
  for (const name of ["old", "", "0123abcd-456", "0123ABCD-4567", "0123abcd-4567.new", "0123abcd-45678"]) {
    leave(directory, `.vpo-backup-${name}`, "lock", "library.db");
  }
  leave(directory, ".vpo-backup-00000000-0001", "lock", "precious.sql");
  Deno.mkdirSync(join(leave(directory, ".vpo-backup-00000000-0002", "lock"), "library.db"));
  const linked = leave(directory, ".vpo-backup-00000000-0003", "lock");
  makeSymlink(directory.file("nowhere"), join(linked, "library.db"));
  makeSymlink(elsewhere.path, directory.file(".vpo-backup-00000000-0004"), "dir");
  directory.file(".vpo-backup-00000000-0005", Uint8Array.of(1));
  if (Deno.build.os !== "windows") Deno.chmodSync(leave(directory, ".vpo-backup-00000000-0006", "lock"), 0o755);
  for (const name of directory.names()) if (name.startsWith(".vpo-backup-0")) age(directory.file(name), 2 * DAY_MS);
  const before = directory.names();
  assert.deepEqual(cleanUp(directory.path), []);
  assert.deepEqual(directory.names(), before);
  assert.deepEqual(elsewhere.names(), ["lock"]);
  leave(directory, ".vpo-backup-00000000-0007", "lock", "library.db", "library.db-wal", "set-aside-0.db");
  assert.deepEqual(cleanUp(directory.path), [".vpo-backup-00000000-0007"]);
});

// Needs mkfifo.
Deno.test({
  name: "removeLeftovers: neither waits for a pipe nor walks down directories that somebody has planted",
  ignore: !isInstalled("mkfifo", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    for (const [index, name] of ["lock", "lock-journal", "library.db"].entries()) {
      const path = leave(directory, `.vpo-backup-00000000-000${index}`, ...(name === "lock" ? [] : ["lock"]));
      assert.equal((await run("mkfifo", [join(path, name)])).code, 0);
      age(path, 2 * DAY_MS);
    }
    let deep = leave(directory, ".vpo-backup-00000000-0009", "lock");
    for (let depth = 0; depth < 1000; depth++) Deno.mkdirSync(deep = join(deep, "d"));
    const before = directory.names();
    assert.deepEqual(cleanUp(directory.path), []);
    assert.deepEqual(directory.names(), before);
  },
});

// Root may look into every directory, and Windows has no such modes.
Deno.test({
  name: "removeLeftovers: leaves another user's",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn: () => {
    using directory = new TemporaryDirectory();
    Deno.chownSync(leave(directory, ".vpo-backup-00000000-0001", "lock"), 1234, 1234);
    assert.deepEqual(cleanUp(directory.path), []);
  },
});

Deno.test({
  name: "removeLeftovers: removes nothing where others can put something else in its place",
  ignore: Deno.build.os === "windows",
  fn: () => {
    using directory = new TemporaryDirectory();
    const path = leave(directory, ".vpo-backup-00000000-0001", "lock");
    Deno.chmodSync(directory.path, 0o777);
    assert.deepEqual(cleanUp(directory.path), []);
    using own = WorkDirectory.create(directory.path);
    assert.deepEqual(findLeftovers(directory.path, own.path, currentUser()), [{ path, size: 6, isSure: false }]);
    Deno.chmodSync(directory.path, 0o1777);
    assert.deepEqual(cleanUp(directory.path), [basename(path)], "with the sticky bit nobody can");
  },
});

const LOCKLESS = answering({ lock: "ENOLCK" });

Deno.test({
  name: "removeLeftovers: where there are no locks nothing is removed, and after a day it is told of",
  ignore: !LOCKLESS.can,
  fn: () => {
    using directory = new TemporaryDirectory();
    using mount = LOCKLESS.mount(directory.file("mounted"));
    const path = join(mount.path, ".vpo-backup-00000000-0001");
    Deno.mkdirSync(path, PRIVATE);
    Deno.writeTextFileSync(join(path, "lock"), "", { mode: 0o600 });
    using own = WorkDirectory.create(mount.path);
    const find = () => findLeftovers(mount.path, own.path, currentUser());
    assert.deepEqual(find(), []);
    age(path, 2 * DAY_MS);
    assert.deepEqual(find(), [{ path, size: 0, isSure: false }]);
    assert.deepEqual(removeLeftovers(mount.path, own.path, currentUser()), []);
  },
});

Deno.test("removeOutputLeftovers: removes the file of a dead run at once, and others after a day", () => {
  using directory = new TemporaryDirectory();
  const own = directory.file(".vpo-backup-00000000-0000.trial");
  const files = {
    dead: ".vpo-backup-00000000-0001.tar.gz",
    quiet: ".vpo-backup-00000000-0002.tar.gz",
    live: ".vpo-backup-00000000-0003.tar.gz",
    other: ".vpo-backup-00000000-0004.sql",
    mine: ".vpo-backup-mine.tar.gz",
    readable: ".vpo-backup-00000000-0005.tar.gz",
  };
  for (const name of [basename(own), ...Object.values(files)]) {
    Deno.writeTextFileSync(directory.file(name), "half", { mode: 0o600 });
  }
  Deno.mkdirSync(directory.file(".vpo-backup-00000000-0006.tar.gz"), PRIVATE);
  for (const name of [files.quiet, files.other, files.mine, files.readable]) age(directory.file(name), 2 * DAY_MS);
  if (Deno.build.os !== "windows") Deno.chmodSync(directory.file(files.readable), 0o644);
  else Deno.removeSync(directory.file(files.readable));
  const before = directory.names();
  const dead = ["/library/.vpo-backup-00000000-0001"];
  assert.equal(outputFile(directory.path, dead[0] ?? ""), directory.file(files.dead));

  const found = findOutputLeftovers(directory.path, own, dead);
  assert.deepEqual(found.map(({ path, isSure }) => [basename(path), isSure]), [
    [files.dead, true],
    [files.quiet, true],
    [files.live, false],
  ]);
  assert.deepEqual(removeOutputLeftovers(directory.path, own, dead).map((path) => basename(path)), [
    files.dead,
    files.quiet,
  ]);
  assert.deepEqual(directory.names(), before.filter((name) => name !== files.dead && name !== files.quiet));
});

Deno.test({
  name: "removeOutputLeftovers: a settings file of a dead run may have the mode of the one it was to replace",
  ignore: Deno.build.os === "windows",
  fn() {
    using directory = new TemporaryDirectory();
    const own = directory.file(".vpo-backup-00000000-0000.setting");
    Deno.writeTextFileSync(own, "new", { mode: 0o600 });
    const modes = { replacing: 0o644, ofGroup: 0o640, program: 0o755, ofAll: 0o666 };
    const files = Object.entries(modes).map(([name, mode], at) => {
      const file = `.vpo-backup-00000000-000${at + 1}.setting`;
      Deno.writeTextFileSync(directory.file(file), "new");
      Deno.chmodSync(directory.file(file), mode);
      return [name, file] as const;
    });
    const { replacing, ofGroup } = Object.fromEntries(files);
    const dead = files.map(([, file]) => `/library/${file.replace(".setting", "")}`);
    const removed = removeOutputLeftovers(directory.path, own, dead).map((path) => basename(path));
    assert.deepEqual(removed, [replacing, ofGroup]);
  },
});

Deno.test({
  name: "removeOutputLeftovers: a marker of a dead run may be readable by all, but not writable",
  ignore: Deno.build.os === "windows",
  fn() {
    using directory = new TemporaryDirectory();
    const own = directory.file(".vpo-backup-00000000-0000.trial");
    Deno.writeTextFileSync(own, "", { mode: 0o600 });
    const dead = Object.entries({ "0001": 0o644, "0002": 0o666 }).map(([run, mode]) => {
      const path = directory.file(`.vpo-backup-00000000-${run}`);
      Deno.writeTextFileSync(`${path}.place`, "{}");
      Deno.chmodSync(`${path}.place`, mode);
      return path;
    });
    assert.deepEqual(removeOutputLeftovers(directory.path, own, dead), [`${dead[0]}.place`]);
  },
});

Deno.test("removeOutputLeftovers: removes claims to any name by what they contain, and empty ones after minutes", () => {
  using directory = new TemporaryDirectory();
  const own = directory.file(".vpo-backup-00000000-0000.trial");
  const claims = {
    ".mine.tar.gz.claim": ".vpo-backup-00000000-0001.tar.gz",
    ".library.db.claim": ".vpo-backup-00000000-0001.claim",
    ".live.tar.gz.claim": ".vpo-backup-00000000-0002.tar.gz",
    ".foreign.tar.gz.claim": "mine",
    ".empty.tar.gz.claim": "",
    ".new.tar.gz.claim": "",
    ".empty.txt.claim": "",
  };
  Deno.writeTextFileSync(own, "", { mode: 0o600 });
  for (const [name, text] of Object.entries(claims)) {
    Deno.writeTextFileSync(directory.file(name), text, { mode: 0o600 });
  }
  for (const name of [".foreign.tar.gz.claim", ".empty.tar.gz.claim", ".empty.txt.claim"]) {
    age(directory.file(name), 11 * MINUTE_MS);
  }
  const removed = removeOutputLeftovers(directory.path, own, ["/library/.vpo-backup-00000000-0001"]);
  assert.deepEqual(removed.map((path) => basename(path)), [
    ".empty.tar.gz.claim",
    ".library.db.claim",
    ".mine.tar.gz.claim",
  ]);
  age(directory.file(".live.tar.gz.claim"), 11 * MINUTE_MS);
  assert.deepEqual(removeOutputLeftovers(directory.path, own, []), [directory.file(".live.tar.gz.claim")]);
});

Deno.test({
  name: "removeOutputLeftovers: root removes a settings file that was to be another user's (needs root)",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn() {
    using directory = new TemporaryDirectory();
    const [own, dead] = ["0000", "0001"].map((run) => directory.file(`.vpo-backup-00000000-${run}`));
    for (const run of [own, dead]) Deno.writeTextFileSync(`${run}.setting`, "new", { mode: 0o600 });
    Deno.chownSync(`${dead}.setting`, 1000, 1000);
    assert.deepEqual(removeOutputLeftovers(directory.path, `${own}.setting`, [dead ?? ""]), [`${dead}.setting`]);
  },
});
