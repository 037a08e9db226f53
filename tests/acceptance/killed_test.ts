import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf } from "../support/extent.ts";
import { LargeHome, LargeSample, namesIn, temporariesIn } from "../support/large_home.ts";
import { meet } from "../support/moments.ts";
import type { StartedProgram } from "../support/started.ts";

/** What a run that is killed with SIGKILL leaves, which no program can clean up itself, and what later runs do with it. */

const isUnix = Deno.build.os !== "windows";

let sample: LargeSample;
Deno.test.beforeAll(async () => void (sample = await LargeSample.make(3_000)));
Deno.test.afterAll(() => sample[Symbol.dispose]());

/** Kills a run at a step; gives false where it had come to the one at which its result gets its name. */
async function killAt(step: string, program: StartedProgram): Promise<boolean> {
  await program.said(`step ${step}`);
  program.signal("SIGKILL");
  const { signal, stderr } = await program.ended();
  if (/ step (publish|replace library)/.test(stderr)) return false;
  // Windows ends a program without a signal.
  if (isUnix) assert.equal(signal, "SIGKILL");
  return true;
}

/** Waits until a run has begun to write in the directory. */
async function begunIn(directory: string): Promise<void> {
  using watcher = Deno.watchFs(directory);
  if (namesIn(directory).length > 0) return;
  for await (const _ of watcher) {
    if (namesIn(directory).length > 0) return;
  }
}

for (const step of someOf(["compress", "copy library", "check copy"], 1)) {
  Deno.test({
    name: `backup: killed at the step "${step}", it has no archive, and the next run removes what it left`,
    async fn() {
      await meet(`the step "${step}"`, async () => {
        using home = new LargeHome(sample);
        await using program = home.startBackup();
        if (!await killAt(step, program)) return false;
        const left = temporariesIn(home.vpo);
        assert.equal(left.length, 1);
        assert(namesIn(home.backups).every((name) => name === `${left[0]}.tar.gz`), "and no more than half an archive");
        assert.equal(home.libraryInPlace(), "old");

        const { code, stderr } = await home.run(["backup", "--level", "1", "-v"]);
        assert.equal(code, 0, stderr);
        assert(stderr.includes(left[0] ?? ""), "the log names what it removed");
        assert.deepEqual(temporariesIn(home.vpo), []);
        const names = namesIn(home.backups);
        assert.equal(names.length, 1);
        assert.match(names[0] ?? "", /^vpo-library-.*\.tar\.gz$/);
        return true;
      });
    },
  });
}

for (const step of someOf(["check database", "read archive"], 1)) {
  Deno.test({
    name: `restore: killed at the step "${step}", it leaves the old library, and the next run removes what it left`,
    async fn() {
      await meet(`the step "${step}"`, async () => {
        using home = new LargeHome(sample);
        await using program = home.startRestore();
        if (!await killAt(step, program)) return false;
        assert.equal(temporariesIn(home.vpo).length, 1);
        assert.equal(home.libraryInPlace(), "old");

        const { code, stderr } = await home.run(["restore", home.archive, "--yes"]);
        assert.equal(code, 0, stderr);
        assert.deepEqual(namesIn(home.vpo).map((name) => name.slice(0, 26)), [
          "library.db",
          "library.db.before-restore-",
        ]);
        assert.equal(home.libraryInPlace(), "new");
        return true;
      });
    },
  });
}

Deno.test({
  name: "restore: killed while it replaces the library, there is a whole one, and the next run goes through",
  async fn() {
    using home = new LargeHome(sample);
    await using program = home.startRestore();
    await program.said("step replace library");
    program.signal("SIGKILL");
    await program.ended();
    assert(["old", "new"].includes(home.libraryInPlace()));
    const { code, stderr } = await home.run(["restore", home.archive, "--yes"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(temporariesIn(home.vpo), []);
    assert.equal(home.libraryInPlace(), "new");
  },
});

Deno.test({
  name: "backup: removes what a killed run left, never the files of a run that is alive, though it stands still",
  ignore: !isUnix,
  async fn() {
    await meet("the writing of the archive", async () => {
      using home = new LargeHome(sample);
      await using alive = home.startBackup();
      await alive.said("step compress");
      await begunIn(home.backups);
      await alive.stop();
      const [ofAlive = ""] = temporariesIn(home.vpo);
      if (temporariesIn(home.backups).length === 0) return false;

      await using killed = home.startBackup();
      if (!await killAt("compress", killed)) return false;
      const ofKilled = temporariesIn(home.vpo).find((name) => name !== ofAlive);
      assert(ofKilled !== undefined, "the second run was not the first one's end");

      const { code, stderr } = await home.run(["backup", "--level", "1"]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(temporariesIn(home.vpo), [ofAlive]);
      assert.deepEqual(temporariesIn(home.backups), [`${ofAlive}.tar.gz`]);

      alive.signal("SIGCONT");
      const ended = await alive.ended();
      assert.equal(ended.code, 0, ended.stderr);
      const archives = namesIn(home.backups);
      assert.equal(archives.length, 2, `two archives and nothing else: ${archives}`);
      for (const archive of archives) {
        const checked = await home.run(["restore", join(home.backups, archive), "--dry-run"]);
        assert.equal(checked.code, 0, checked.stderr);
      }
      return true;
    });
  },
});
