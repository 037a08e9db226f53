import assert from "node:assert/strict";
import { triesAll } from "../support/extent.ts";
import { type Group, runGroup } from "./group.ts";
import { GROUPS } from "./groups.ts";
import { brokenLibrary } from "./groups/broken_library.ts";
import { diskFull } from "./groups/disk_full.ts";
import { faults } from "./groups/faults.ts";
import { files } from "./groups/files.ts";
import { flips } from "./groups/flips.ts";
import { hostileArchives } from "./groups/hostile_archives.ts";
import { hostileDatabases } from "./groups/hostile_databases.ts";
import { killBackup } from "./groups/kill_backup.ts";
import { killRestore } from "./groups/kill_restore.ts";
import { killWriting } from "./groups/kill_writing.ts";
import { liveWriter } from "./groups/live_writer.ts";
import { oddFileSystems } from "./groups/odd_file_systems.ts";
import { otherUsers } from "./groups/other_users.ts";
import { roundTrips } from "./groups/round_trips.ts";
import { secondProgram } from "./groups/second_program.ts";
import { signals } from "./groups/signals.ts";
import { slowDisks } from "./groups/slow_disks.ts";
import { smbShare } from "./groups/smb_share.ts";
import { twoAtOnce } from "./groups/two_at_once.ts";
import { wrongClocks } from "./groups/wrong_clocks.ts";
import { scoreboard } from "./scoreboard.ts";

/** A sample of every group, at the least one trial; `deno task torture` runs them whole. */
const SAMPLE = { seed: 1, scale: triesAll ? 0.01 : 0.001 };

/** Tests, most of them in `tests/acceptance`, try more of the same than a small sample would. */
const TRIED_BY_TESTS: readonly Group[] = triesAll ? [smbShare] : [
  brokenLibrary,
  diskFull,
  faults,
  files,
  flips,
  hostileArchives,
  hostileDatabases,
  killBackup,
  killRestore,
  killWriting,
  liveWriter,
  oddFileSystems,
  otherUsers,
  roundTrips,
  secondProgram,
  signals,
  slowDisks,
  smbShare,
  twoAtOnce,
  wrongClocks,
];

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
