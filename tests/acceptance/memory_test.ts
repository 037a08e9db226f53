import assert from "node:assert/strict";
import { makeLibrary } from "../../scripts/make_library.ts";
import { hasPython } from "../support/commands.ts";
import { Home } from "../support/home.ts";
import { measuresMemory, peakMemory } from "../support/peak_memory.ts";
import { programCommand } from "../support/program.ts";

/** About 48 MB of library, or 144 MB. */
const FILES = Deno.env.get("VPO_TEST_LARGE") === "1" ? 60_000 : 20_000;
const MIB = 1024 * 1024;
/** Deno itself takes about half of it. */
const MAX_MEMORY_BYTES = 200 * MIB;

let home: Home;
Deno.test.beforeAll(() => {
  home = new Home();
  makeLibrary(home.library, { files: FILES });
});
Deno.test.afterAll(() => home[Symbol.dispose]());

for (const args of [["backup"], ["backups"], ["restore", "latest", "--yes"], ["undo", "--yes"]]) {
  Deno.test({
    name: `${args[0]}: a library of ${FILES} files takes no more than ${MAX_MEMORY_BYTES / MIB} MiB of memory`,
    ignore: !hasPython || !measuresMemory,
    async fn() {
      const { code, stderr, peak } = await peakMemory(programCommand(args, { home: home.path }));
      assert.equal(code, 0, stderr);
      assert(peak < MAX_MEMORY_BYTES, `it took ${(peak / MIB).toFixed(1)} MiB`);
    },
  });
}
