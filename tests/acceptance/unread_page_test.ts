import assert from "node:assert/strict";
import { someOf } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

const RESTORE = ["restore", "latest", "--yes"];

function homeWithBackup(): Home {
  const home = Home.withLibrary();
  home.putArchive(VPO_ARCHIVES.present);
  return home;
}

Deno.test({
  name: "restore: a page that a disk fails to read once makes no library a damaged one, once it is locked (needs gcc)",
  ignore: cannotIntercept() !== null,
  async fn() {
    using faults = new Faults();
    using undisturbed = homeWithBackup();
    const calls = await faults.calls({ reads: true }, undisturbed, ...RESTORE);
    const replaced = calls.findIndex(({ kind, path }) => kind === "rename" && path === undisturbed.library);
    // SQLite takes the shared memory, which it makes first, out of use when it has the library alone.
    const locked = calls.slice(0, replaced).findLastIndex(({ path }) => path === `${undisturbed.library}-shm`);
    const opened = calls.slice(0, locked).findLastIndex(({ kind, path }) =>
      kind === "open" && path === undisturbed.library
    );
    const reads = calls.slice(opened, replaced).filter(({ kind, path }) =>
      kind === "read" && path === undisturbed.library
    );
    assert(reads.length > 0);
    for (const { place } of someOf(reads, 2)) {
      using home = homeWithBackup();
      const { code, stderr } = await faults.run({ at: place, mishap: "EIO", reads: true }, home, ...RESTORE);
      assert([0, 40].includes(code), `read ${place}: exit ${code}`);
      assert.doesNotMatch(stderr, /damaged|cannot be used/, `read ${place}`);
    }
  },
});
