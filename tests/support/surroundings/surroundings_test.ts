import assert from "node:assert/strict";
import { constants } from "node:os";
import { join } from "node:path";
import { query } from "../database.ts";
import { testMore, triesAll } from "../extent.ts";
import { Faults } from "../faults.ts";
import { Home, VPO_ARCHIVES } from "../home.ts";
import { StartedProgram, timeBetween } from "../started.ts";
import { TemporaryDirectory } from "../temporary.ts";
import { cannotIntercept, Interceptor } from "../../torture/support/file_calls.ts";
import { canShare, runOnShare } from "../../torture/support/smb.ts";
import { answering, canMount, FILE_SYSTEMS, mountMemory, mountOver, mountReadOnly, SLOW_DISK } from "./mounts.ts";
import { canBeOtherUser, OtherUser } from "./other_user.ts";
import { canActBeside, SecondProgram } from "./second_program.ts";
import { canStall, StalledDisk } from "./stalled_disk.ts";
import { canShiftClock, WrongClock } from "./wrong_clock.ts";

/** The surroundings are what they are said to be: a trial in others than it thinks proves nothing. */

const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

function refusal(act: () => void): string {
  try {
    act();
    return "none";
  } catch (error) {
    const [, number] = /\(os error (\d+)\)/.exec(String(error)) ?? [];
    const [name] = Object.entries(constants.errno).find(([, one]) => one === Number(number)) ?? [];
    return name ?? String(error);
  }
}

function syncDirectory(path: string): void {
  using directory = Deno.openSync(path);
  directory.syncSync();
}

/** What each of them refuses of what a local disk does: a link, a mode, fsync of a directory, a lock. */
const REFUSALS: Readonly<Record<keyof typeof FILE_SYSTEMS, readonly string[]>> = {
  "no fsync of directories": ["none", "none", "EINVAL", "none"],
  "no locks": ["none", "none", "none", "ENOLCK"],
  "no hard links": ["EPERM", "none", "none", "none"],
  "mergerfs cache.files=off": ["none", "none", "none", "none"],
  "bindfs --chmod-deny": ["none", "EPERM", "none", "none"],
  "rclone mount": ["EIO", "none", "none", "none"],
  "exfat": ["EPERM", "none", "none", "none"],
};

for (const [name, system] of Object.entries(FILE_SYSTEMS)) {
  Deno.test({
    name: `FILE_SYSTEMS: ${name} refuses what it is there for (needs root, FUSE and its program)`,
    ignore: !system.can,
    fn() {
      using ground = new TemporaryDirectory();
      const at = ground.file("disk");
      using mount = system.mount(at);
      const file = join(at, "file");
      Deno.writeTextFileSync(file, "content");
      const lock = () => {
        using open = Deno.openSync(file, { read: true, write: true });
        open.lockSync(true);
      };
      const found = [() => Deno.linkSync(file, join(at, "link")), () => Deno.chmodSync(file, 0o600)];
      assert.deepEqual(
        [...found, () => syncDirectory(at), lock].map(refusal),
        REFUSALS[name as keyof typeof FILE_SYSTEMS],
      );
      assert.equal(Deno.readTextFileSync(file), "content");
      assert(mount.pid() > 0);
    },
  });
}

Deno.test({
  name: "answering: a file system answers every program with the error that is asked for",
  ignore: !answering({}).can,
  fn() {
    using ground = new TemporaryDirectory();
    const at = ground.file("disk");
    using _ = answering({ link: "EXDEV", rename: "EACCES" }).mount(at);
    Deno.writeTextFileSync(join(at, "a"), "");
    assert.equal(refusal(() => Deno.linkSync(join(at, "a"), join(at, "b"))), "EXDEV");
    assert.equal(refusal(() => Deno.renameSync(join(at, "a"), join(at, "b"))), "EACCES");
  },
});

Deno.test({
  name: "mountMemory, mountReadOnly, mountOver: little room, no writing, a file from elsewhere (needs root)",
  ignore: !canMount,
  fn() {
    using ground = new TemporaryDirectory();
    const file = ground.file("library.db", new Uint8Array(1));
    {
      using _ = mountMemory(ground.file("small"), { bytes: 64 * 1024 });
      assert.equal(refusal(() => Deno.writeFileSync(ground.file("small/a"), new Uint8Array(100_000))), "ENOSPC");
    }
    {
      using _ = mountMemory(ground.file("few"), { files: 2 });
      Deno.writeFileSync(ground.file("few/a"), new Uint8Array(100_000));
      assert.equal(refusal(() => Deno.mkdirSync(ground.file("few/b"))), "ENOSPC");
    }
    {
      using _ = mountReadOnly(ground.file("few"));
      assert.equal(refusal(() => Deno.writeFileSync(ground.file("few/a"), new Uint8Array(1))), "EROFS");
    }
    using _ = mountOver(file, ground.file("data/library.db"));
    assert.equal(refusal(() => Deno.linkSync(ground.file("data/library.db"), ground.file("data/link"))), "EXDEV");
  },
});

testMore({
  name: "StalledDisk: what is on it is not answered while it stands still (needs root, FUSE and bindfs)",
  ignore: !canStall,
  async fn() {
    using home = Home.withLibrary();
    using disk = new StalledDisk(home.backups);
    await using program = StartedProgram.start(["backup", "-v"], { home: home.path });
    await disk.stall(program, "start backup", 1);
    const { code, stderr } = await program.ended();
    assert.equal(code, 0, stderr);
    assert(timeBetween(stderr, "start backup", "finish") >= 1000, stderr);
  },
});

testMore({
  name: "Interceptor: who waits for a call asks nothing of a disk that stands still (needs root, FUSE, bindfs and gcc)",
  ignore: !canStall || cannotIntercept() !== null,
  async fn() {
    using ground = new TemporaryDirectory();
    using mount = SLOW_DISK.mount(ground.file("disk"));
    const { struck } = Interceptor.compile(ground.path).prepare({ below: mount.path });
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const isStruck = struck(ended);
    // A watcher of all below would look into each of them, and be waited for when it is closed.
    for (let index = 0; index < 2000; index++) Deno.mkdirSync(join(mount.path, `${index}`));
    const pid = mount.pid();
    Deno.kill(pid, "SIGSTOP");
    // Another process's, so that it comes even where this one waits for the disk.
    const rescue = new Deno.Command("sh", { args: ["-c", `sleep 5; kill -CONT ${pid}`] }).spawn();
    end();
    await isStruck;
    const [state] = /(?<=\) )\S/.exec(Deno.readTextFileSync(`/proc/${pid}/stat`)) ?? [];
    Deno.kill(pid, "SIGCONT");
    rescue.kill();
    await rescue.status;
    assert.equal(state, "T", "it has not waited for the disk");
  },
});

testMore({
  name: "OtherUser: the program runs as somebody else, who has a home (needs root and setpriv)",
  ignore: !canBeOtherUser,
  async fn() {
    using other = new OtherUser(2000);
    using home = new Home();
    home.putLibrary(home.library);
    other.give(home.path);
    const { code, stderr } = await other.run(["backup", "--library", home.library]);
    assert.equal(code, 0, stderr);
    const backups = join(other.home, ".vpo", "backups");
    assert.equal(Deno.statSync(backups).uid, 2000);
    assert.match((await other.do("id", "-u")).stdout, /^2000$/m);
  },
});

testMore({
  name: "WrongClock: it is another time for the program, and for the files that it makes (needs gcc)",
  ignore: !canShiftClock,
  async fn() {
    using home = Home.withLibrary();
    using clock = new WrongClock();
    const { code, stderr } = await home.run(["backup"], { env: clock.at(new Date("2034-05-06T07:08:09Z")) });
    assert.equal(code, 0, stderr);
    assert.match(home.archives().join(), /^vpo-library-2034-05-06T07-08-/);
  },
});

Deno.test({
  name: "Faults: a directory answers a kind of call with the error that is asked for, always (needs gcc)",
  ignore: cannotIntercept() !== null,
  async fn() {
    using home = Home.withLibrary();
    const answers = { link: "EPERM" } as const;
    const { code, stderr } = await faults.run({ answers, odd: home.vpo }, home, "restore", "--yes", archiveIn(home));
    assert.equal(code, 0, stderr);
  },
});

testMore({
  name: "SecondProgram: it waits for the lock of a program that is stopped with it (needs gcc and Python)",
  ignore: !canActBeside,
  async fn() {
    using home = Home.withLibrary();
    await using second = new SecondProgram(home.library);
    const moment = { at: 1, call: { kind: "rename", path: home.library } } as const;
    const ended = await faults.runStopped(moment, home, ["restore", "--yes", archiveIn(home)], async () => {
      assert.equal(await second.ask("connect 30"), "ok");
      const asked = await second.begin("SELECT count(*) FROM files");
      assert(asked.waits);
      void asked.answer;
    });
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(query(home.library, "PRAGMA integrity_check")[0], "ok");
  },
});

Deno.test({
  name: "runOnShare: a command finds a real SMB share (needs root, user-mode Linux and Samba)",
  ignore: !canShare || !triesAll,
  async fn() {
    const { code, stdout } = await runOnShare(["sh", "-c", 'stat -f -c %T "$SMB_SHARE"; touch "$SMB_LOCAL/a"; exit 3']);
    assert.deepEqual([code, stdout], [3, "smb2\n"]);
  },
});

function archiveIn(home: Home): string {
  return home.putArchive(VPO_ARCHIVES.present);
}
