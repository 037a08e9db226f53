import assert from "node:assert/strict";
import { triesAll } from "../support/extent.ts";
import { type Group, runGroup } from "./group.ts";
import { GROUPS } from "./groups.ts";
import { killWriting } from "./groups/kill_writing.ts";
import { oddFileSystems } from "./groups/odd_file_systems.ts";
import { slowDisks } from "./groups/slow_disks.ts";
import { smbShare } from "./groups/smb_share.ts";
import { scoreboard } from "./scoreboard.ts";

/** A sample of every group, at the least one trial; `deno task torture` runs them whole. */
const SAMPLE = { seed: 1, scale: triesAll ? 0.01 : 0.001 };

/**
 * `share_test` tries the same; `killed_writing_test`, `stalled_disk_test` and `odd_disks_test` try more than a small
 * sample would.
 */
const TRIED_BY_TESTS: readonly Group[] = triesAll ? [smbShare] : [smbShare, killWriting, slowDisks, oddFileSystems];

for (const group of GROUPS.filter((group) => !TRIED_BY_TESTS.includes(group))) {
  const reason = group.unavailable?.() ?? null;
  Deno.test({
    name: `torture: ${group.name}${reason === null ? "" : ` (${reason})`}`,
    ignore: reason !== null,
    async fn() {
      const score = await runGroup(group, SAMPLE);
      assert(score.tried > 0);
      assert.equal(score.failures.length, 0, scoreboard([score], SAMPLE));
    },
  });
}
