import assert from "node:assert/strict";
import { join } from "node:path";
import { triesAll } from "../support/extent.ts";
import { makeLibrary } from "../../scripts/make_library.ts";
import { noise } from "../support/bytes.ts";
import { hasPython } from "../support/commands.ts";
import { Home } from "../support/home.ts";
import { measuresMemory, peakMemory } from "../support/peak_memory.ts";
import { programCommand } from "../support/program.ts";

const isLarge = Deno.env.get("VPO_TEST_LARGE") === "1";
/** To make such a library takes seconds. */
const isMeasured = triesAll || isLarge;
/** About 144 MB of library, or 72 MB. */
const FILES = isLarge ? 60_000 : 30_000;
const MIB = 1024 * 1024;
/** Deno itself takes about half of it. */
const MAX_MEMORY_BYTES = 200 * MIB;
/** Less than what settings of three times the size would take if they were kept, in MiB. */
const MORE_MIB = 20;

let home: Home;
Deno.test.beforeAll(() => {
  home = new Home();
  if (isMeasured) makeLibrary(home.library, { files: FILES });
});
Deno.test.afterAll(() => home[Symbol.dispose]());

/** The others do less than these. */
const HEAVIEST = ["backup", "restore", "diff"];

for (const args of [["backup"], ["backups"], ["diff"], ["show"], ["restore", "latest", "--yes"], ["undo", "--yes"]]) {
  const [verb = ""] = args;
  Deno.test({
    name: `${verb}: a library of ${FILES} files takes no more than ${MAX_MEMORY_BYTES / MIB} MiB of memory`,
    ignore: !hasPython || !measuresMemory || !isMeasured || !(isLarge || HEAVIEST.includes(verb)),
    async fn() {
      const { code, stderr, peak } = await peakMemory(programCommand(args, { home: home.path }));
      assert.equal(code, 0, stderr);

      assert(peak < MAX_MEMORY_BYTES, `it took ${(peak / MIB).toFixed(1)} MiB`);
    },
  });
}

Deno.test({
  name: "backup, show: settings take no more memory for being large",
  ignore: !hasPython || !measuresMemory || !triesAll,
  async fn() {
    using small = Home.withLibrary();
    Deno.mkdirSync(join(small.vpo, "plugins"));
    const peaks: number[] = [];
    for (const files of [2, 6]) {
      for (let index = 0; index < files; index++) {
        Deno.writeFileSync(join(small.vpo, "plugins", `${index}.bin`), noise(10 * MIB, index + 1));
      }
      for (const args of [["backup", "--no-reuse"], ["show"]]) {
        const { code, stderr, peak } = await peakMemory(programCommand(args, { home: small.path }));
        assert.equal(code, 0, stderr);
        peaks.push(peak / MIB);
      }
    }
    const [backup = 0, show = 0, backupOfMuch = 0, showOfMuch = 0] = peaks;
    assert(backupOfMuch - backup < MORE_MIB && showOfMuch - show < MORE_MIB, `MiB: ${peaks.map(Math.round).join(" ")}`);
  },
});
