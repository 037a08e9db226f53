import assert from "node:assert/strict";
import { join } from "node:path";
import { renamersIn } from "../../src/store/trust.ts";
import { hasPython, isInstalled } from "../support/commands.ts";
import { execute } from "../support/database.ts";
import { directoryState } from "../support/directory_state.ts";
import { someOf, testMore } from "../support/extent.ts";
import { holdLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { temporariesIn } from "../support/large_home.ts";
import { plantSuperJournal } from "../support/super_journal.ts";
import { canMount, canMountFuse, Mount, mountOver } from "../support/surroundings/mounts.ts";
import { canBeOtherUser, OtherUser } from "../support/surroundings/other_user.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const OWNER = 1000;
const STRANGER = 2000;

/** A library of somebody's in a directory that a group of theirs may write to, and backups of the stranger's. */
function sharedLibrary(stranger: OtherUser): { library: string; flags: string[] } {
  using home = Home.withLibrary();
  const shared = join(stranger.home, "shared");
  Deno.mkdirSync(shared);
  const library = join(shared, "library.db");
  Deno.copyFileSync(home.library, library);
  execute(library, "PRAGMA journal_mode = WAL");
  Deno.chmodSync(library, 0o644);
  Deno.chownSync(library, OWNER, OWNER);
  Deno.chownSync(shared, OWNER, STRANGER);
  Deno.chmodSync(shared, 0o775);
  const backups = join(stranger.home, "backups");
  Deno.mkdirSync(backups, { mode: 0o700 });
  stranger.give(backups);
  return { library, flags: ["--library", library, "--backup-dir", backups] };
}

// Issue 12, A11: VPO could not write to its library any more.
Deno.test({
  name: "Snapshot.pin: a library of somebody else's that nobody has open is not touched (needs root and setpriv)",
  ignore: !canBeOtherUser,
  async fn() {
    using stranger = new OtherUser(STRANGER);
    const { library, flags } = sharedLibrary(stranger);
    const before = directoryState(join(stranger.home, "shared"));
    const refusal = `Error: Cannot back up the library: "${library}" belongs to another user, and reading it now` +
      " would keep that user from writing to it\nRun this as its owner or root, or while VPO has it open.\n";
    for (const args of [["backup", "--make-dir"], ["backup", "--make-dir", "--dry-run"]]) {
      const { code, stderr } = await stranger.run([...args, ...flags]);
      assert.deepEqual([code, stderr], [40, refusal]);
    }
    for (const command of someOf(["doctor", "status"], 1)) await stranger.run([command, ...flags]);
    assert.deepEqual(directoryState(join(stranger.home, "shared")), before);
  },
});

Deno.test({
  name: "Snapshot.pin: root and the owner read it, and its side files are the owner's (needs root and setpriv)",
  ignore: !canBeOtherUser,
  async fn() {
    using owner = new OtherUser(OWNER);
    using home = Home.withLibrary();
    const library = home.putLibrary(join(owner.home, "library.db"));
    execute(library, "PRAGMA journal_mode = WAL");
    owner.give(library);
    const backups = join(owner.home, "backups");
    const own = await owner.run(["backup", "--make-dir", "--library", library, "--backup-dir", backups]);
    assert.deepEqual([own.code, own.stderr], [0, ""]);
    const { code, stderr } = await home.run(["backup", "--library", library]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const { name } of Deno.readDirSync(owner.home)) {
      assert.equal(Deno.statSync(join(owner.home, name)).uid, OWNER, name);
    }
  },
});

// Issue 12, A2: SQLite deleted the victim, past Deno's permissions.
Deno.test({
  name: "all commands: what a stranger plants beside archives has nothing deleted, read or waited for",
  async fn() {
    using home = Home.withLibrary();
    assert.equal((await home.run(["backup"])).code, 0);
    const victim = join(home.path, "victim");
    Deno.writeTextFileSync(victim, "precious");
    for (const directory of [home.backups, home.vpo]) {
      const planted = join(directory, ".vpo-backup-0123abcd-4567");
      Deno.mkdirSync(planted, { mode: 0o700 });
      const lock = join(planted, "lock");
      execute(lock, "CREATE TABLE t (x)");
      plantSuperJournal(lock, victim);
    }
    const commands = [["backup"], ["backup", "--dry-run"], ["verify"], ["show"], ["diff"], ["doctor"], ["status"]];
    for (const args of someOf(commands, 3)) {
      const { code, stderr } = await home.run(args);
      assert([0, 60].includes(code), stderr);
      assert.equal(Deno.readTextFileSync(victim), "precious", args.join(" "));
    }
    assert.deepEqual(temporariesIn(home.backups), [".vpo-backup-0123abcd-4567"], "it is not all ours: it stays");
  },
});

// Issue 12, B30.
Deno.test({
  name: "backup: root works in no directory in which others can rename things (needs root)",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    using home = Home.withLibrary();
    Deno.mkdirSync(home.backups, { mode: 0o700 });
    Deno.chmodSync(home.vpo, 0o777);
    const { code, stderr } = await home.run(["backup", "-v"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /step work elsewhere +directory="\/var\/tmp"/);
    const named = await home.run(["backup", "--temp-dir", home.vpo]);
    assert.equal(
      home.masked(named.stderr),
      'Error: Cannot back up the library: others could replace files in "HOME/.vpo"\n' +
        "Name a directory of your own on a local disk with --temp-dir DIR.\n",
    );
    assert.equal(named.code, 40);
    assert.deepEqual(temporariesIn(home.vpo), []);
  },
});

testMore({
  name: "backup: its owner is warned that others can rename things there (needs root and setpriv)",
  ignore: !canBeOtherUser,
  async fn() {
    using owner = new OtherUser(OWNER);
    using home = Home.withLibrary();
    const vpo = join(owner.home, ".vpo");
    Deno.mkdirSync(vpo);
    home.putLibrary(join(vpo, "library.db"));
    owner.give(vpo);
    Deno.chmodSync(vpo, 0o777);
    const { code, stderr } = await owner.run(["backup"]);
    assert.equal(code, 0, stderr);
    assert.equal(
      stderr,
      `Warning: others can rename files in "${vpo}", which this run works in: close it to them with chmod go-w\n`,
    );
  },
});

Deno.test({
  name: "restore: on a disk that is open to all by its mount the hint is about the mount (needs root and bindfs)",
  ignore: !canMountFuse || !isInstalled("bindfs", "--version"),
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    using _ = Mount.by(home.vpo, ["bindfs", "--perms=a+rwX", home.vpo, home.vpo]);
    const { code, stderr } = await home.run(["restore", VPO_ARCHIVES.present, "--yes"]);
    assert.equal(code, 40);
    assert.match(stderr, /others could replace files.*\nIf that disk keeps no modes .* umask=022 /);
  },
});

Deno.test({
  name: "renamersIn: where two other users own what leads to a directory, none of them is its owner (needs root)",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn() {
    using ground = new TemporaryDirectory();
    Deno.chmodSync(ground.path, 0o755);
    const [outer, inner] = [join(ground.path, "outer"), join(ground.path, "outer", "inner")];
    Deno.mkdirSync(inner, { recursive: true, mode: 0o755 });
    assert.equal(renamersIn(inner, 0), "nobody");
    Deno.chownSync(outer, OWNER, OWNER);
    assert.equal(renamersIn(inner, 0), "its owner");
    Deno.chownSync(inner, OWNER, OWNER);
    assert.equal(renamersIn(inner, 0), "its owner");
    Deno.chownSync(inner, STRANGER, STRANGER);
    assert.equal(renamersIn(inner, 0), "others");
    assert.equal(renamersIn(inner, STRANGER), "its owner");
  },
});

// Issue 12, A7: what was written to the log beside the other name was not in the backup.
for (const kind of someOf(["mounted", "linked"] as const, 1)) {
  Deno.test({
    name: `backup: a library that is ${kind} where its log is not is refused without --force (needs root to mount)`,
    ignore: kind === "mounted" && !canMount || !hasPython,
    async fn() {
      using home = Home.withLibrary();
      using elsewhere = Home.withLibrary();
      const library = join(home.path, "data", "library.db");
      Deno.mkdirSync(join(home.path, "data"));
      using _ = kind === "mounted" ? mountOver(elsewhere.library, library) : null;
      if (kind === "linked") Deno.linkSync(home.library, library);
      const args = ["--library", library];
      for (const more of [["backup"], ["backup", "--dry-run"]]) {
        const { code, stderr } = await home.run([...more, ...args]);
        assert.equal(code, 40);
        const why = kind === "mounted" ? "is itself a mount point" : "has a second hard link";
        assert(stderr.startsWith(`Error: Cannot back up the library: the file "${library}" ${why}, and`), stderr);
        assert.match(stderr, /--force\.\n$/);
      }
      const doctor = await home.run(["doctor", ...args]);
      assert.match(doctor.stdout, kind === "mounted" ? /is itself a mount point/ : /has a second hard link/);
      if (kind === "mounted") {
        const archive = join(home.path, "made.tar.gz");
        const forced = await home.run(["backup", ...args, "--force", "--output", archive]);
        assert.equal(forced.code, 0);
        assert.match(forced.stderr, /^Warning: the backup may be stale: the file /);
        const restored = await home.run(["restore", archive, "--dry-run", ...args]);
        assert.match(restored.stderr, /is mounted by itself, and a mounted file cannot be replaced/);
      }
      // A reader's log, as that of any look of this program's, tells nothing.
      Deno.writeFileSync(`${library}-wal`, new Uint8Array());
      for (const more of [["backup"], ["backup", "--dry-run"]]) {
        const { code, stderr } = await home.run([...more, ...args]);
        assert.equal(code, 40);
        assert.match(stderr, /may be in a log beside the other one: the log beside this one is empty, which /);
      }
      const [, told = ""] = /(its file (?:is|has).*\n.*)/.exec((await home.run(["doctor", ...args])).stdout) ?? [];
      assert.match(told, /A backup of it may be stale and is refused without --force/);
      for (const more of [["backup", "--force"], ["backup", "--force", "--dry-run"]]) {
        const { code, stderr } = await home.run([...more, ...args]);
        assert.equal(code, 0);
        assert.match(stderr, /^Warning: the backup may be stale: the file .* the log beside this one is empty/m);
      }
      await using _writer = await holdLibrary(library, ["PRAGMA journal_mode = WAL", "CREATE TABLE written (row)"]);
      const { code, stderr } = await home.run(["backup", ...args, "--force"]);
      assert.deepEqual([code, stderr.includes("stale")], [0, false], "its log is here");
      assert.equal((await home.run(["backup", ...args])).code, 0);
    },
  });
}

// It left an empty log, which was then taken for the writer's.
testMore({
  name: "status: does not make a backup of a library take what a writer has in the log of another name",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    const other = join(home.path, "other.db");
    Deno.linkSync(home.library, other);
    await using _writer = await holdLibrary(other, ["PRAGMA journal_mode = WAL", "CREATE TABLE written (row)"]);
    for (const look of [["status"], ["doctor"], ["diff"]]) {
      await home.run(look);
      const { code, stderr } = await home.run(["backup"]);
      assert.equal(code, 40, `after ${look}: ${stderr}`);
      assert.match(stderr, /has a second hard link/);
    }
    assert.equal(Deno.statSync(`${home.library}-wal`).size, 0, "a look leaves a log");
  },
});
