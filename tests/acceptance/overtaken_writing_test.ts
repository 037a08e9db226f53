import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../support/database.ts";
import { testMore } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { strangersIn, succeed } from "../support/strangers.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

/** Runs that are stopped while they write, or have been killed, and another that comes by. */

const ignore = cannotIntercept() !== null;
const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

testMore({
  name: "backup: the name that another run gives the library for a moment is no reason to refuse it (needs gcc)",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    // In WAL mode there is a log beside it, which says that nobody writes under another name.
    execute(home.library, "PRAGMA journal_mode = DELETE");
    const args = ["backup", "--level", "1"];
    await succeed(home, ...args);
    const calls = await faults.calls({}, home, ...args);
    const at = calls.find(({ kind, path }) => kind === "unlink" && path.endsWith("/linked.db"))?.place ?? 0;
    const { code, stderr } = await faults.runStopped({ at }, home, args, async () => {
      assert.equal(Deno.statSync(home.library).nlink, 2);
      await succeed(home, ...args);
    });
    assert.equal(code, 0, stderr);
    assert.equal(Deno.statSync(home.library).nlink, 1);
  },
});

testMore({
  name: "report -o --force: leaves the file alone that another run is writing (needs gcc)",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const page = join(home.path, "page.html");
    const args = ["report", "-o", page, "--force"];
    const { code, stderr } = await faults.runStopped(
      { at: 1, call: { kind: "rename", path: page } },
      home,
      args,
      async () => {
        assert.equal(strangersIn(home).length, 1);
        await succeed(home, ...args);
        assert.equal(strangersIn(home).length, 1);
      },
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(strangersIn(home), []);
  },
});

testMore({
  name: "report -o --force: writes its page anew that another run took for a dead one's before its lock (needs gcc)",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const args = ["report", "-o", join(home.path, "page.html"), "--force"];
    await succeed(home, ...args);
    const moment = { at: 1, call: { kind: "lock", path: join(home.path, "*.tmp") }, locks: true } as const;
    const { code, stderr } = await faults.runStopped(moment, home, args, async () => {
      assert.equal(strangersIn(home).length, 1);
      await succeed(home, ...args);
      assert.deepEqual(strangersIn(home), []);
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual(strangersIn(home), []);
  },
});

Deno.test({
  name: "restore: makes its work directory anew that another run took for a dead one's before its lock (needs gcc)",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    const archive = home.putArchive(VPO_ARCHIVES.present);
    const args = ["restore", archive, "--yes"];
    const moment = { at: 1, call: { kind: "create", path: join(home.path, "*/lock") } } as const;
    const { code, stderr } = await faults.runStopped(moment, home, args, async () => {
      const then = new Date(Date.now() - 5 * 60_000);
      for (const path of strangersIn(home)) Deno.utimeSync(join(home.path, path), then, then);
      await succeed(home, ...args);
      assert.deepEqual(strangersIn(home), []);
    });
    assert.equal(code, 0, stderr);
  },
});
