import assert from "node:assert/strict";
import { triesAll } from "../support/extent.ts";
import { runGroup } from "./group.ts";
import { GROUPS } from "./groups.ts";
import { scoreboard } from "./scoreboard.ts";

/** A sample of every group, at the least one trial; `deno task torture` runs them whole. */
const SAMPLE = { seed: 1, scale: triesAll ? 0.01 : 0.001 };

for (const group of GROUPS) {
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
