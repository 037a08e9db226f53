import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isInstalled } from "../support/commands.ts";
import { contentHash } from "../support/database.ts";
import { testMore } from "../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { temporariesIn } from "../support/large_home.ts";

/** What root makes or puts in place in somebody's directory, and gives to them. */

const OWNER = 1000;

/** A library of another user's, and a backup to restore over it. */
function libraryOfAnother(home: Home): void {
  home.putArchive(VPO_ARCHIVES.present);
  for (const path of [home.library, home.vpo]) Deno.chownSync(path, OWNER, OWNER);
  Deno.chmodSync(home.library, 0o644);
}

/** Waits until something shows in a file that another program writes. */
async function until(isThere: () => boolean): Promise<void> {
  for (const began = Date.now(); !isThere();) {
    assert(Date.now() - began < 60_000, "it never came");
    await delay(20);
  }
}

/** Options of strace that have files given away slowly, and tell which in `trace`. */
function givingSlowly(trace: string): string[] {
  const calls = "chown,fchown,lchown";
  return ["strace", "-f", "-y", "-o", trace, "-e", `trace=${calls}`, "-e", `inject=${calls}:delay_enter=400000`];
}

const canGiveSlowly = Deno.build.os === "linux" && Deno.uid() === 0 &&
  isInstalled("strace", "-f", "-o", "/dev/null", "-e", "inject=openat:delay_enter=1", "true");

// Who owns the directory above can put a link in the place of root's work directory at any moment.
for (
  const [moment, call] of [
    ["while it is checked", /chown\([^\n]*\.vpo-backup-[^\n]*library\.db-shm/],
    ["as it is given away", /chown\([^\n]*\.vpo-backup-[^\n]*library\.db[>"]/],
  ] as const
) {
  testMore({
    name: `restore: root gives away just what was checked, whatever is put in its place ${moment} (needs strace)`,
    ignore: !canGiveSlowly,
    async fn() {
      using home = Home.withLibrary();
      libraryOfAnother(home);
      const outside = join(home.path, "outside");
      Deno.mkdirSync(outside, { mode: 0o700 });
      const victim = home.putLibrary(join(outside, "library.db"));
      Deno.chmodSync(victim, 0o600);
      const before = contentHash(home.library);
      const trace = home.file("trace", new Uint8Array());
      const restore = home.run(["restore", VPO_ARCHIVES.present, "--yes"], { through: givingSlowly(trace) });
      await until(() => call.test(Deno.readTextFileSync(trace)));
      const work = temporariesIn(home.vpo)[0] ?? "";
      Deno.renameSync(join(home.vpo, work), join(home.path, "moved"));
      Deno.symlinkSync(outside, join(home.vpo, work));
      const { code, stderr } = await restore;
      assert.match(stderr, /^Error: Cannot restore the backup: ".*library\.db" is no longer what was checked$/m);
      const { uid, mode } = Deno.statSync(victim);
      assert.deepEqual([code, uid, (mode ?? 0) & 0o777, contentHash(home.library)], [40, 0, 0o600, before]);
    },
  });
}

testMore({
  name: "makeDirectories: root gives away what it has made, and nothing that is put in its place (needs strace)",
  ignore: !canGiveSlowly,
  async fn() {
    using home = Home.withLibrary();
    const [disk, outside] = [join(home.path, "disk"), join(home.path, "outside")];
    Deno.mkdirSync(disk);
    Deno.chownSync(disk, OWNER, OWNER);
    const given = join(disk, "given", "all");
    const args = ["backup", "--make-dir", "--backup-dir"];
    assert.equal((await home.run([...args, given])).code, 0);
    assert.deepEqual([given, join(disk, "given")].map((path) => Deno.statSync(path).uid), [OWNER, OWNER]);

    Deno.mkdirSync(join(outside, "b"), { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(join(outside, "b", "precious"), "");
    // Until then it was not just made.
    await delay(1500);
    const trace = home.file("trace", new Uint8Array());
    const backup = home.run([...args, join(disk, "a", "b")], { through: givingSlowly(trace) });
    await until(() => /lchown\(|fchown\([^\n]*\/a\/b>/.test(Deno.readTextFileSync(trace)));
    Deno.renameSync(join(disk, "a"), join(disk, "moved"));
    Deno.symlinkSync(outside, join(disk, "a"));
    await backup;
    assert.deepEqual([outside, join(outside, "b")].map((path) => Deno.statSync(path).uid), [0, 0]);
  },
});

Deno.test({
  name: "restore: what root puts in place belongs to the owner of the library, with its mode (needs root)",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    using home = Home.withLibrary();
    libraryOfAnother(home);
    for (const args of [["restore", VPO_ARCHIVES.present, "--yes"], ["undo", "--yes"]]) {
      const { code, stderr } = await home.run(args);
      assert.deepEqual([code, stderr], [0, ""]);
      const { uid, gid, mode } = Deno.statSync(home.library);
      assert.deepEqual([uid, gid, (mode ?? 0) & 0o777], [OWNER, OWNER, 0o644], args[0]);
    }
  },
});
