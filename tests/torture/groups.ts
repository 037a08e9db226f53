import type { Group } from "./group.ts";
import { brokenLibrary } from "./groups/broken_library.ts";
import { databaseFlips } from "./groups/database_flips.ts";
import { diskFull } from "./groups/disk_full.ts";
import { faults } from "./groups/faults.ts";
import { files } from "./groups/files.ts";
import { flips } from "./groups/flips.ts";
import { generatedTars } from "./groups/generated_tars.ts";
import { hostileArchives } from "./groups/hostile_archives.ts";
import { hostileDatabases } from "./groups/hostile_databases.ts";
import { killBackup } from "./groups/kill_backup.ts";
import { killRestore } from "./groups/kill_restore.ts";
import { killWriting } from "./groups/kill_writing.ts";
import { liveWriter } from "./groups/live_writer.ts";
import { oddFileSystems } from "./groups/odd_file_systems.ts";
import { otherUsers } from "./groups/other_users.ts";
import { plantedDirectories } from "./groups/planted_directories.ts";
import { roundTrips } from "./groups/round_trips.ts";
import { signals } from "./groups/signals.ts";
import { slowDisks } from "./groups/slow_disks.ts";
import { smbShare } from "./groups/smb_share.ts";
import { truncations } from "./groups/truncations.ts";
import { twoAtOnce } from "./groups/two_at_once.ts";
import { secondProgram } from "./groups/second_program.ts";
import { vpoFlips } from "./groups/vpo_flips.ts";
import { wrongClocks } from "./groups/wrong_clocks.ts";

/** Every group, in the order of the scoreboard. */
export const GROUPS: readonly Group[] = [
  killBackup,
  killRestore,
  killWriting,
  faults,
  brokenLibrary,
  diskFull,
  flips,
  vpoFlips,
  truncations,
  databaseFlips,
  hostileArchives,
  generatedTars,
  hostileDatabases,
  secondProgram,
  otherUsers,
  plantedDirectories,
  oddFileSystems,
  smbShare,
  slowDisks,
  wrongClocks,
  liveWriter,
  twoAtOnce,
  roundTrips,
  signals,
  files,
];
