import assert from "node:assert/strict";
import { isSound } from "../support/database.ts";
import { someOf } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { temporariesIn } from "../support/large_home.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

/** Signals that come while the result is being put in place: what is done is done. */

const ignore = cannotIntercept() !== null;
const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

for (const signal of someOf(["SIGINT", "SIGTERM", "SIGHUP"] as const, 1)) {
  Deno.test({
    name: `restore: ${signal} in the moment of the rename comes too late, and the restore is a success`,
    ignore,
    async fn() {
      using home = Home.withLibrary();
      home.putArchive(VPO_ARCHIVES.present);
      const fault = { at: 1, call: { kind: "rename", path: home.library }, mishap: signal } as const;
      const { code, stdout, stderr } = await faults.run(fault, home, "restore", "latest", "--yes");
      assert.match(stdout, /^Restore complete\.$/m);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^(Warning: it is too late to stop: what is being put in place will be finished\n)?$/);
      assert.deepEqual(temporariesIn(home.vpo), []);
      assert(isSound(home.library));
    },
  });
}
