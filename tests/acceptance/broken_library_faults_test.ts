import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf, testMore } from "../support/extent.ts";
import { type CallKind, cannotIntercept } from "../torture/support/file_calls.ts";
import { noise, sha256 } from "../support/bytes.ts";
import { contentHash } from "../support/database.ts";
import { Faults } from "../support/faults.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";

/** What is left of a library that SQLite cannot use where the run that is to replace it fails, or is killed. */

const ignore = cannotIntercept() !== null;
const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

const RESTORE = ["restore", "latest", "--yes"];
const UNDO = ["undo", "--yes"];
const GOOD = "library.db.before-restore-2026-02-06T09-12-44Z";
const RESTORED = archiveFacts(VPO_ARCHIVES.present).library_db_sha256;
const BROKEN = { "": noise(20_000), "-wal": noise(5000, 2), "-journal": noise(1000, 3) } as const;

/** A home with a broken library that has side files, a good one that was set aside and an archive. */
function homeWithBrokenLibrary(): Home {
  const home = new Home();
  home.putArchive(VPO_ARCHIVES.present);
  home.putLibrary(join(home.vpo, GOOD));
  for (const [suffix, content] of Object.entries(BROKEN)) Deno.writeFileSync(home.library + suffix, content);
  return home;
}

/** What a file in VPO's directory holds; null where there is none. */
function hash(home: Home, name: string): string | null {
  return namesIn(home.vpo).includes(name) ? sha256(Deno.readFileSync(join(home.vpo, name))) : null;
}

/** Names of the libraries that are set aside, without those of their side files. */
function setAside(home: Home): string[] {
  return namesIn(home.vpo).filter((name) => /before-restore-.*Z(-\d+)?$/.test(name));
}

/** The broken library is kept, whole, under one name, and the good one as it was. */
function assertBothKept(home: Home, good: string): void {
  const broken = setAside(home).filter((name) => name !== GOOD);
  assert.deepEqual(broken.length, 1, `kept: ${setAside(home)}`);
  for (const [suffix, content] of Object.entries(BROKEN)) {
    assert.equal(hash(home, broken[0] + suffix), sha256(content), suffix);
  }
  assert.equal(hash(home, GOOD), good);
}

/** The steps after the broken library was set aside, the last one first. */
const STEPS: readonly (readonly [what: string, kind: CallKind, suffix: string])[] = [
  ["takes the library's place", "rename", ""],
  ["removes its journal", "unlink", "-journal"],
  ["removes its log", "unlink", "-wal"],
];

for (const noLinks of someOf([false, true], 1)) {
  const where = noLinks ? " on a file system without hard links" : "";

  for (const args of [RESTORE, UNDO]) {
    for (const [what, kind, suffix] of someOf(STEPS, args === RESTORE ? 3 : 1)) {
      Deno.test({
        name: `${args[0]}: over a broken library${where}, a disk error when it ${what} leaves all as it was`,
        ignore,
        async fn() {
          using home = homeWithBrokenLibrary();
          const before = home.state();
          const call = { kind, path: home.library + suffix };
          const { code, stderr } = await faults.run({ at: 1, call, mishap: "EIO", noLinks }, home, ...args);
          assert.equal(code, 40, stderr);
          assert.deepEqual(home.state(), before);
        },
      });
    }
  }

  for (const [what, kind, suffix] of someOf(STEPS, 1)) {
    const kill = async (home: Home) => {
      const call = { kind, path: home.library + suffix };
      const { code } = await faults.run({ at: 1, call, mishap: "SIGKILL", noLinks }, home, ...RESTORE);
      assert.equal(code, 137);
      assert.equal(hash(home, "library.db"), sha256(BROKEN[""]));
    };

    Deno.test({
      name: `undo: after a restore over a broken library${where} that was killed when it ${what}, the good one is back`,
      ignore,
      async fn() {
        using home = homeWithBrokenLibrary();
        const good = hash(home, GOOD);
        await kill(home);
        const { code, stderr } = await home.run(UNDO);
        assert.equal(code, 0, stderr);
        assert.equal(hash(home, "library.db"), good);
        Deno.renameSync(home.library, join(home.vpo, GOOD));
        assertBothKept(home, good ?? "");
      },
    });

    testMore({
      name:
        `restore: over a broken library${where}, however often it is killed when it ${what}, pushes out no good one`,
      ignore,
      async fn() {
        using home = homeWithBrokenLibrary();
        const good = hash(home, GOOD);
        for (let time = 1; time <= (kind === "rename" ? 3 : 1); time++) await kill(home);
        const { code, stderr } = await home.run(RESTORE);
        assert.equal(code, 0, stderr);
        assert.equal(hash(home, "library.db"), RESTORED);
        assertBothKept(home, good ?? "");
      },
    });
  }
}

for (const what of someOf(["a broken", "a whole"] as const, 1)) {
  Deno.test({
    name: `restore: killed while it copies ${what} library aside, it leaves no half of it for an undo to find`,
    ignore,
    async fn() {
      const prepare = () => {
        const home = homeWithBrokenLibrary();
        if (what === "a broken") return home;
        for (const suffix of ["-wal", "-journal"]) Deno.removeSync(home.library + suffix);
        home.putLibrary();
        return home;
      };
      using undisturbed = prepare();
      const calls = await faults.calls({ noLinks: true }, undisturbed, ...RESTORE);
      const copied = calls.find(({ kind, path }) => kind === "fsync" && path.endsWith("/previous.db"));
      assert(copied !== undefined);

      using home = prepare();
      const before = contentHash(home.library);
      const { code } = await faults.run({ at: copied.place, mishap: "SIGKILL", noLinks: true }, home, ...RESTORE);
      assert.equal(code, 137);
      assert.equal(contentHash(home.library), before);
      assert.deepEqual(setAside(home), [GOOD]);
    },
  });
}
