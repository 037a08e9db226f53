import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hasPython } from "../../support/commands.ts";
import { contentHash, execute, isSound, query } from "../../support/database.ts";
import { crashLibrary, holdLibrary } from "../../support/holder.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";
import { namesIn } from "../../support/large_home.ts";
import { sha256 } from "../../support/bytes.ts";
import { someOf, testMore } from "../../support/extent.ts";

/** What is kept of the library that a restore or an undo replaces, and what is not. */

const RESTORE = ["restore", "latest", "--yes"];
const STAMP = "library.db.before-restore-";
const COMMITTED = "INSERT INTO _meta VALUES ('committed', 'in the log')";
const IS = "SELECT value FROM _meta WHERE key = 'is'";

function homeWithArchive(): Home {
  const home = Home.withLibrary();
  home.putArchive(VPO_ARCHIVES.present);
  return home;
}

function setAside(home: Home): string[] {
  return namesIn(home.vpo).filter((name) => name.startsWith(STAMP));
}

/** Leaves the library with a transaction that a killed program had begun. */
function leaveUnfinished(library: string): void {
  const writer = `${library}-writer`;
  Deno.copyFileSync(library, writer);
  const database = new DatabaseSync(writer);
  database.exec(
    "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; UPDATE files SET content_hash = 'x' || id",
  );
  for (const suffix of ["", "-journal"]) Deno.copyFileSync(writer + suffix, library + suffix);
  database.close();
  Deno.removeSync(writer);
}

/** A set-aside library that can be told from others. */
function putSetAside(home: Home, name: string, is: string): string {
  const path = home.putLibrary(join(home.vpo, STAMP + name));
  execute(path, `INSERT INTO _meta VALUES ('is', '${is}')`);
  return path;
}

Deno.test("pruneSetAside: the library just set aside stays, whatever the clock says of the others, and undo takes it", async () => {
  using home = homeWithArchive();
  execute(home.library, "INSERT INTO _meta VALUES ('is', 'the library')");
  for (const year of [2097, 2098, 2099]) putSetAside(home, `${year}-01-01T00-00-00Z`, `${year}`);
  const { code, stdout } = await home.run([...RESTORE, "--json"]);
  assert.equal(code, 0);
  const { previous_library_path: kept, removed_library_paths: removed } = JSON.parse(stdout) as {
    previous_library_path: string;
    removed_library_paths: string[];
  };
  assert.deepEqual(query(kept, IS), ["the library"]);
  assert.deepEqual(removed, [join(home.vpo, `${STAMP}2097-01-01T00-00-00Z`)]);
  assert.equal(setAside(home).length, 3);
  assert.equal((await home.run(["undo", "--yes"])).code, 0);
  assert.deepEqual(query(home.library, IS), ["the library"]);
});

for (const where of someOf(["no library", "an empty library"] as const, 1)) {
  Deno.test({
    name: `restore: a log beside ${where} is set aside, and what was committed is still in it`,
    ignore: !hasPython,
    async fn() {
      using home = homeWithArchive();
      await crashLibrary(home.library, [COMMITTED]);
      const moved = join(home.path, "moved.db");
      Deno.renameSync(home.library, moved);
      if (where === "an empty library") Deno.writeFileSync(home.library, new Uint8Array());
      const log = Deno.readFileSync(`${home.library}-wal`);
      assert(log.length > 0);
      const readers = [["backup"], ["restore", "latest", "--dry-run"], ["status"], ["doctor"]];
      for (const args of someOf(readers, 2)) {
        await home.run(args);
        assert.deepEqual(Deno.readFileSync(`${home.library}-wal`), log, `${args[0]} leaves it alone`);
      }
      const { code, stdout } = await home.run([...RESTORE, "--json"]);
      assert.equal(code, 0);
      const { kept_log_paths: [kept = "", ...more] } = JSON.parse(stdout) as { kept_log_paths: string[] };
      assert.deepEqual(more, []);
      assert.deepEqual(Deno.readFileSync(kept), log);
      assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(VPO_ARCHIVES.present).library_db_sha256);
      Deno.renameSync(kept, `${moved}-wal`);
      assert.deepEqual(query(moved, "SELECT value FROM _meta WHERE key = 'committed'"), ["in the log"]);
    },
  });
}

testMore("restore: a journal beside no library is set aside, and said to be", async () => {
  using home = homeWithArchive();
  Deno.removeSync(home.library);
  const journal = new Uint8Array(1000).fill(7);
  Deno.writeFileSync(`${home.library}-journal`, journal);
  const { code, stdout } = await home.run(RESTORE);
  assert.equal(code, 0);
  const kept = `${STAMP}NOW-journal`;
  assert.match(home.masked(stdout), new RegExp(`^  Found a log without its library; kept as: .*/${kept}$`, "m"));
  assert.deepEqual(setAside(home).map((name) => Deno.readFileSync(join(home.vpo, name))), [journal]);
  assert(isSound(home.library));
});

for (const log of someOf([false, true], 1)) {
  Deno.test({
    name: `restore: an empty library ${log ? "with a log " : ""}in which somebody has begun to write is in use`,
    ignore: !hasPython,
    async fn() {
      using home = homeWithArchive();
      Deno.writeFileSync(home.library, new Uint8Array());
      await using _writer = await holdLibrary(home.library, ["BEGIN IMMEDIATE"]);
      if (log) Deno.writeFileSync(`${home.library}-wal`, new Uint8Array(100));
      const before = home.state();
      const names = namesIn(home.vpo);
      const { code, stderr } = await home.run([...RESTORE, "--wait", "0.1"]);
      assert.equal(code, 43, stderr);
      assert.deepEqual(home.state(), before);
      assert.deepEqual(namesIn(home.vpo), names);
    },
  });
}

Deno.test("undo NAME: brings back a set-aside library other than the newest, by its bare name or its path", async () => {
  for (const form of someOf(["bare name", "path"] as const, 1)) {
    using home = homeWithArchive();
    execute(home.library, "INSERT INTO _meta VALUES ('is', 'the library')");
    const older = "2026-01-01T00-00-00Z";
    putSetAside(home, older, "older");
    putSetAside(home, "2026-01-02T00-00-00Z-2", "newer");
    const named = form === "path" ? join(home.vpo, STAMP + older) : STAMP + older;
    const { code, stderr } = await home.run(["undo", named, "--yes"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(query(home.library, IS), ["older"]);
    assert.deepEqual(setAside(home).map((name) => query(join(home.vpo, name), IS)[0]).sort(), ["newer", "the library"]);
  }
});

Deno.test("undo NAME: refuses what is no library that was set aside", async () => {
  using home = homeWithArchive();
  putSetAside(home, "2026-01-01T00-00-00Z", "older");
  home.putLibrary(join(home.vpo, "mine.db"));
  const before = home.state();
  for (const name of someOf(["mine.db", "library.db", "missing.db", join(home.vpo, "library.db")], 2)) {
    const { code, stderr } = await home.run(["undo", name, "--yes"]);
    assert.match(stderr, /is not a previous library next to/);
    assert.equal(code, 20);
  }
  assert.deepEqual(home.state(), before);
});

Deno.test({
  name: "undo: a library that was set aside with its log comes back with what is in the log",
  ignore: !hasPython,
  async fn() {
    using home = homeWithArchive();
    const kept = join(home.vpo, `${STAMP}2026-01-01T00-00-00Z`);
    home.putLibrary(kept);
    const before = contentHash(kept);
    await crashLibrary(kept, [COMMITTED]);
    const { code, stderr } = await home.run(["undo", "--yes"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(query(home.library, "SELECT value FROM _meta WHERE key = 'committed'"), ["in the log"]);
    assert(isSound(home.library));
    assert.equal(contentHash(kept), before, "what was set aside stays as it was");
  },
});

for (
  const [what, spoil, isUsable, expected] of someOf(
    [
      [
        "a library with an unfinished transaction",
        leaveUnfinished,
        true,
        "Whether undo could bring the current library back shows only when it is replaced",
      ],
      [
        "another database",
        (library: string) => execute(library, "DROP TABLE _meta"),
        false,
        "The current library cannot be used as a VPO library: undo could not bring it back",
      ],
      [
        "no database",
        (library: string) => Deno.writeTextFileSync(library, "scrambled"),
        false,
        "The current library cannot be used as a VPO library: undo could not bring it back",
      ],
    ] as const,
    1,
  )
) {
  Deno.test(`restore: says of ${what} whether undo can bring it back, as it then is`, async () => {
    using home = homeWithArchive();
    spoil(home.library);
    const planned = await home.run(["restore", "latest", "--dry-run"]);
    assert.match(planned.stdout, new RegExp(`^  ${expected}$`, "m"));
    const { current_library_usable: foreseen } = JSON.parse(
      (await home.run(["restore", "latest", "--dry-run", "--json"])).stdout,
    ) as Record<string, unknown>;
    assert.equal(foreseen, isUsable ? null : false);
    Deno.copyFileSync(home.library, join(home.path, "before.db"));
    const human = await home.run(RESTORE);
    const undo = "Undo with: vpo-backup undo";
    const said = isUsable ? undo : "It could not be used as a VPO library: undo cannot bring it back";
    assert.deepEqual(/^ {2}(Undo with: .*|It could .*)$/m.exec(human.stdout)?.[1], said, human.stderr);
    assert.equal((await home.run(["undo", "--yes"])).code, isUsable ? 0 : 42);
    Deno.copyFileSync(join(home.path, "before.db"), home.library);
    const { previous_library_usable: was } = JSON.parse((await home.run([...RESTORE, "--json"])).stdout) as Record<
      string,
      unknown
    >;
    assert.equal(was, isUsable);
  });
}
