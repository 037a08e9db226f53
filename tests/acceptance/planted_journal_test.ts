import assert from "node:assert/strict";
import { join } from "node:path";
import { contentHash, execute } from "../support/database.ts";
import { directoryState } from "../support/directory_state.ts";
import { someOf, testMore } from "../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { plantSuperJournal } from "../support/super_journal.ts";

/** What somebody plants beside a library: a journal that names any file of whoever opens the library. */

const OWNER = 1000;
const SET_ASIDE = "library.db.before-restore-2026-02-06T09-12-44Z";
const PRECIOUS = "precious ".repeat(40);

/** A home with a library, a backup of another one and a set-aside library; where root runs this, they are another's. */
class Ground extends Home {
  readonly victim = this.file("victim", new TextEncoder().encode(PRECIOUS));
  readonly setAside = join(this.vpo, SET_ASIDE);

  /** @param planted the database that the journal is planted beside */
  constructor(planted: "library" | "set aside") {
    super();
    this.putArchive(VPO_ARCHIVES.present);
    for (const path of [this.library, this.setAside]) execute(this.putLibrary(path), "PRAGMA journal_mode = DELETE");
    execute(this.library, "DELETE FROM files WHERE id % 2 = 0");
    execute(this.setAside, "DELETE FROM files WHERE id % 3 = 0");
    const database = planted === "library" ? this.library : this.setAside;
    plantSuperJournal(database, this.victim);
    if (Deno.build.os !== "linux" || Deno.uid() !== 0) return;
    for (const path of [this.vpo, this.library, this.setAside, `${database}-journal`]) {
      Deno.chownSync(path, OWNER, OWNER);
    }
  }

  /** Runs the program, which must leave the named file alone, and masks paths and times in what it says. */
  async runBeside(args: readonly string[]): Promise<{ code: number; said: string }> {
    const { code, stderr } = await this.run(args);
    assert.equal(Deno.readTextFileSync(this.victim), PRECIOUS, args.join(" "));
    return { code, said: this.masked(stderr) };
  }

  /** The libraries that are set aside with a journal. */
  journals(): string[] {
    return Array.from(Deno.readDirSync(this.vpo), ({ name }) => name).filter((name) => name.endsWith("-journal"));
  }
}

const WARNING =
  'Warning: "HOME/.vpo/library.db-journal" names another file, which SQLite would delete: the library is' +
  " set aside as it is, not opened\n";

for (const args of [["restore", VPO_ARCHIVES.present, "--yes"], ["undo", "--yes"]]) {
  Deno.test(`${args[0]}: what a journal beside the library names stays, and the library is set aside with it`, async () => {
    using ground = new Ground("library");
    const library = contentHash(ground.library);
    const journal = Deno.readFileSync(`${ground.library}-journal`);
    assert.deepEqual(await ground.runBeside(args), { code: 0, said: WARNING });
    const [kept = "", ...others] = ground.journals();
    assert.match(kept, /^library\.db\.before-restore-/);
    assert.deepEqual(others, []);
    assert.deepEqual(Deno.readFileSync(join(ground.vpo, kept)), journal);
    assert.equal(contentHash(join(ground.vpo, kept.replace("-journal", ""))), library);
    assert.notEqual(contentHash(ground.library), library);
    const again = await ground.runBeside(["undo", "--yes"]);
    assert.deepEqual([again.code, again.said.split("\n").length], [42, 3], again.said);
  });
}

testMore("undo: what a journal beside the set-aside library names stays, and it is not put back", async () => {
  using ground = new Ground("set aside");
  const before = directoryState(ground.vpo);
  const refusal = `Error: Cannot undo the restore: "HOME/.vpo/${SET_ASIDE}-journal" names another file, which SQLite` +
    " would delete\nTo restore a backup instead, list them with: vpo-backup backups\n";
  for (const args of [["--dry-run"], ["--yes"], [SET_ASIDE, "--yes"]]) {
    assert.deepEqual(await ground.runBeside(["undo", ...args]), { code: 42, said: refusal });
    assert.deepEqual(directoryState(ground.vpo), before);
  }
});

Deno.test("all commands: what a journal beside the library names stays where they only read", async () => {
  using ground = new Ground("library");
  const before = directoryState(ground.vpo);
  const dryRun = await ground.runBeside(["restore", VPO_ARCHIVES.present, "--dry-run"]);
  assert.deepEqual(dryRun, { code: 0, said: WARNING });
  const backup = await ground.runBeside(["backup"]);
  assert.equal(backup.code, 42);
  // Whoever started VPO would delete that file.
  assert.match(backup.said, /-journal" names another file, which SQLite would delete\nVPO makes no such journal: find/);
  assert.doesNotMatch((await ground.run(["doctor"])).stdout, /Start VPO/);
  for (const args of someOf([["doctor"], ["status"], ["diff"], ["backup", "--dry-run"]], 2)) {
    await ground.runBeside(args);
  }
  assert.deepEqual(directoryState(ground.vpo), before);
});

// SQLite emptied such a file, and gave it to the owner of the library.
testMore({
  name: "all commands: another user's file with a second name beside the library stays as it is (needs root)",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    execute(home.library, "PRAGMA journal_mode = WAL");
    for (const path of [home.vpo, home.library]) Deno.chownSync(path, OWNER, OWNER);
    const victim = home.file("victim", new TextEncoder().encode(PRECIOUS));
    for (const suffix of ["-wal", "-shm", "-journal"]) {
      Deno.linkSync(victim, home.library + suffix);
      const restore = ["restore", VPO_ARCHIVES.present];
      for (const args of someOf([["backup"], [...restore, "--yes"], ["doctor"], [...restore, "--dry-run"]], 2)) {
        const { code, stderr } = await home.run(args);
        assert.deepEqual([Deno.statSync(victim).uid, Deno.readTextFileSync(victim)], [0, PRECIOUS], args.join(" "));
        if (args[0] === "doctor") continue;
        assert.equal(code, 40);
        assert.match(
          home.masked(stderr),
          /: "HOME\/.*-(wal|shm|journal)" is another user's file under a second name\n/,
        );
      }
      Deno.removeSync(home.library + suffix);
    }
    Deno.linkSync(home.library, home.file("copy.db"));
    assert.equal((await home.run(["backup", "--force"])).code, 0, "the library's own second names are its owner's");
  },
});
