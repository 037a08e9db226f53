import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { someOf, testMore } from "../support/extent.ts";
import { noise, sha256 } from "../support/bytes.ts";
import { hasPython } from "../support/commands.ts";
import { execute, isSound, query } from "../support/database.ts";
import { crashLibrary } from "../support/holder.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../support/home.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";

/** Hash of the library that the archive holds. */
const RESTORED = archiveFacts(VPO_ARCHIVES.present).library_db_sha256;
const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

function prepareHome(): Home {
  const home = new Home();
  home.putArchive(VPO_ARCHIVES.present);
  return home;
}

/** Restores the archive in the backup directory and gives the names that are then beside the library. */
async function restore(home: Home, library = home.library): Promise<string[]> {
  const args = ["restore", "latest", "--yes", "--library", library, "--backup-dir", home.backups];
  const { code, stderr } = await home.run(args);
  assert.equal(code, 0, stderr);
  assert.equal(sha256(Deno.readFileSync(library)), RESTORED);
  return Array.from(Deno.readDirSync(dirname(library)), ({ name }) => name).filter((name) => name !== "backups").sort();
}

/** The fixture's library in rollback mode, with these bytes in place of its own. */
function damagedLibrary(at: number, ...bytes: readonly Uint8Array[]): Uint8Array {
  using home = Home.withLibrary();
  execute(home.library, "PRAGMA journal_mode = DELETE");
  const library = Deno.readFileSync(home.library);
  for (const part of bytes) library.set(part, at);
  return library;
}

const SCHEMA_AT = 100;
const WRITE_VERSION_AT = 18;
const READ_VERSION_AT = 19;
const SCHEMA_FORMAT_AT = 44;

/** A process that was killed after this has what it committed in the write-ahead log only. */
const COMMIT = ["PRAGMA journal_mode = WAL", "INSERT INTO _meta VALUES ('newer', 'in the log')"];

/** What may stand in the library's place when it cannot be used. */
const BROKEN: Readonly<Record<string, () => Uint8Array>> = {
  "of 0 bytes": () => new Uint8Array(),
  "of one byte": () => new Uint8Array([0x53]),
  "of random bytes": () => noise(20_000),
  "of text": () => new TextEncoder().encode("This is no database.\n".repeat(100)),
  "of zeros": () => new Uint8Array(8192),
  "cut off in its header": () => damagedLibrary(0).slice(0, 60),
  "cut off in the middle": () => damagedLibrary(0).slice(0, 400_001),
  "without its first page": () => damagedLibrary(0, new Uint8Array(4096)),
  "with its schema overwritten": () => damagedLibrary(SCHEMA_AT, noise(3000)),
  "with all after the header overwritten": () => damagedLibrary(SCHEMA_AT, noise(700_000)),
  "of a page size that does not exist": () => damagedLibrary(16, new Uint8Array([0x12, 0x34])),
  "with a read version that SQLite does not know": () => damagedLibrary(READ_VERSION_AT, new Uint8Array([77])),
  "with a write version that SQLite does not know": () => damagedLibrary(WRITE_VERSION_AT, new Uint8Array([77])),
  "with a schema format that SQLite does not know": () =>
    damagedLibrary(SCHEMA_FORMAT_AT, new Uint8Array([0, 0, 0, 77])),
};

for (const [what, make] of someOf(Object.entries(BROKEN), 2)) {
  Deno.test(`restore: over a library ${what}, which is kept as it was`, async () => {
    using home = prepareHome();
    const broken = make();
    Deno.writeFileSync(home.library, broken);
    const [library, kept, ...others] = await restore(home);
    assert.equal(library, "library.db");
    assert.match(kept ?? "", /^library\.db\.before-restore-/);
    assert.equal(sha256(Deno.readFileSync(join(home.vpo, kept ?? ""))), sha256(broken));
    assert.deepEqual(others, [], "nothing else is left");
  });
}

/** Checks that what was set aside is the damaged library with these side files, each as it was. */
function assertKeptTogether(
  home: Home,
  names: readonly string[],
  contents: Readonly<Record<string, Uint8Array>>,
): void {
  const [library, ...kept] = names;
  assert.equal(library, "library.db");
  const suffixes = kept.map((name) => name.replace(/^library\.db\.before-restore-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ/, ""));
  assert.deepEqual(suffixes, Object.keys(contents));
  for (const [index, content] of Object.values(contents).entries()) {
    const name = kept[index] ?? "";
    assert.equal(sha256(Deno.readFileSync(join(home.vpo, name))), sha256(content), name);
  }
}

testMore("restore: over a damaged library with a journal, both of which are kept as they were", async () => {
  using home = prepareHome();
  const contents = { "": damagedLibrary(SCHEMA_AT, noise(3000)), "-journal": noise(1000, 2) };
  for (const [suffix, content] of Object.entries(contents)) Deno.writeFileSync(home.library + suffix, content);
  assertKeptTogether(home, await restore(home), contents);
});

testMore("restore: over what is no database, with side files, all of which are kept as they were", async () => {
  using home = prepareHome();
  const contents = { "": noise(20_000), "-journal": noise(1000, 2), "-shm": noise(32768, 3), "-wal": noise(5000, 4) };
  for (const [suffix, content] of Object.entries(contents)) Deno.writeFileSync(home.library + suffix, content);
  assertKeptTogether(home, await restore(home), contents);
});

Deno.test({
  name: "restore: over a damaged library with a log, both of which are kept as they were",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    await crashLibrary(home.library, COMMIT);
    {
      using library = Deno.openSync(home.library, { write: true });
      library.seekSync(SCHEMA_AT, Deno.SeekMode.Start);
      library.writeSync(noise(3000));
    }
    const contents = { "": Deno.readFileSync(home.library), "-wal": Deno.readFileSync(`${home.library}-wal`) };
    const names = await restore(home);
    assertKeptTogether(home, names.filter((name) => !name.endsWith("-shm")), contents);
  },
});

/** Windows has no modes. */
function assertMode(path: string, mode: number): void {
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(path).mode ?? 0) & 0o7777, mode);
}

Deno.test("restore: where there is no library, it is for its owner only", async () => {
  using home = prepareHome();
  assert.deepEqual(await restore(home), ["library.db"]);
  assertMode(home.library, 0o600);
});

testMore("restore: where the library's directory is missing, it is made for its owner only", async () => {
  using home = prepareHome();
  const directory = join(home.path, "new", "deep");
  assert.deepEqual(await restore(home, join(directory, "library.db")), ["library.db"]);
  assertMode(directory, 0o700);
});

testWithSymlinks("restore: over a symlink, which stays and leads to the new library", async () => {
  using home = prepareHome();
  const real = join(home.path, "disk", "real.db");
  Deno.mkdirSync(dirname(real));
  home.putLibrary(real);
  execute(real, "INSERT INTO _meta VALUES ('is', 'old')");
  makeSymlink("../disk/real.db", home.library);
  assert.deepEqual(await restore(home), ["library.db"]);
  assert.equal(Deno.readLinkSync(home.library), "../disk/real.db");
  const [, kept, ...others] = Array.from(Deno.readDirSync(dirname(real)), ({ name }) => name).sort();
  assert.match(kept ?? "", /^real\.db\.before-restore-/);
  assert.deepEqual(others, []);
  assert.deepEqual(query(join(dirname(real), kept ?? ""), "SELECT value FROM _meta WHERE key = 'is'"), ["old"]);
});

testWithSymlinks("restore: over a symlink that leads to nothing, the library comes where it leads", async () => {
  using home = prepareHome();
  makeSymlink(join(home.path, "disk", "real.db"), home.library);
  assert.deepEqual(await restore(home), ["library.db"]);
  assert(Deno.lstatSync(home.library).isSymlink);
  assert(Deno.lstatSync(join(home.path, "disk", "real.db")).isFile);
}, testMore);

Deno.test({
  name: "restore: the mode of the old library is carried over",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    Deno.chmodSync(home.library, 0o640);
    await restore(home);
    assert.equal((Deno.statSync(home.library).mode ?? 0) & 0o7777, 0o640);
  },
});

Deno.test({
  name: "restore: root gives the new library to the owner of the old one, of a broken one too",
  ignore: !isRoot,
  async fn() {
    for (const broken of someOf([false, true], 1)) {
      using home = prepareHome();
      if (broken) Deno.writeFileSync(home.library, noise(5000));
      else home.putLibrary();
      Deno.chownSync(home.library, 54321, 12345);
      await restore(home);
      const { uid, gid } = Deno.statSync(home.library);
      assert.deepEqual({ uid, gid }, { uid: 54321, gid: 12345 });
    }
  },
});

testMore({
  name: "restore: root gives a library where there was none to the owner of its directory",
  ignore: !isRoot,
  async fn() {
    using home = prepareHome();
    Deno.chownSync(home.vpo, 54321, 12345);
    await restore(home);
    const { uid, gid } = Deno.statSync(home.library);
    assert.deepEqual({ uid, gid }, { uid: 54321, gid: 12345 });
  },
});

const COUNT_NEWER = "SELECT count(*) FROM _meta WHERE key = 'newer'";

Deno.test({
  name: "restore: the log of the old library never takes effect on the new one and is not lost",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    await crashLibrary(home.library, COMMIT);
    assert(Deno.statSync(`${home.library}-wal`).size > 0);
    const [, kept, ...others] = await restore(home);
    assert.deepEqual(others, []);
    assert.deepEqual(query(home.library, COUNT_NEWER), [0]);
    assert(isSound(home.library));
    assert.deepEqual(query(join(home.vpo, kept ?? ""), COUNT_NEWER), [1]);
  },
});

testMore({
  name: "restore: the log of a library that is gone does not take effect on the new one",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    await crashLibrary(home.library, COMMIT);
    Deno.removeSync(home.library);
    assert.equal((await restore(home))[0], "library.db");
    assert.deepEqual(query(home.library, COUNT_NEWER), [0]);
    assert(isSound(home.library));
  },
});
