import assert from "node:assert/strict";
import { join } from "node:path";
import { triesAll } from "../support/extent.ts";
import { hasPython } from "../support/commands.ts";
import { crashLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { meet } from "../support/moments.ts";
import { StartedProgram, timeBetween } from "../support/started.ts";
import { canStall, StalledDisk } from "../support/surroundings/stalled_disk.ts";

/** Longer than a small library was once given for a look, and for its lock; a disk that spins up takes as long. */
const STALL_SECONDS = 7;

/** A log of 40 MB, which SQLite has to read before it can tell what is in the library. */
const LOG = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA wal_autocheckpoint = 0",
  `CREATE TABLE large AS WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 40)
    SELECT randomblob(1000000) FROM numbers`.replaceAll("\n", " "),
];

/** Puts VPO's directory with all that is in it on a disk that can stand still. */
function putOnDisk(home: Home): StalledDisk {
  const kept = `${home.vpo}.kept`;
  Deno.renameSync(home.vpo, kept);
  const disk = new StalledDisk(home.vpo);
  copyTree(kept, disk.behind);
  return disk;
}

function copyTree(from: string, to: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (!isDirectory) Deno.copyFileSync(source, target);
    else {
      Deno.mkdirSync(target);
      copyTree(source, target);
    }
  }
}

Deno.test({
  name:
    "backup --wait 0: a disk that stands still while the log is read is waited for, and nobody is said to have the library (needs root, FUSE, bindfs and Python)",
  ignore: !canStall || !hasPython || !triesAll,
  async fn() {
    await meet("the log", async () => {
      using home = Home.withLibrary();
      await crashLibrary(home.library, LOG);
      Deno.removeSync(`${home.library}-shm`);
      using disk = putOnDisk(home);
      await using program = StartedProgram.start(["backup", "--wait", "0", "-v"], { home: home.path });
      await disk.stall(program, "step lock library", STALL_SECONDS);
      const { code, stderr } = await program.ended();
      assert.equal(code, 0, stderr);
      return timeBetween(stderr, "step lock library", "step library locked") >= (STALL_SECONDS - 1) * 1000;
    });
  },
});

for (
  const { verb, step } of [
    { verb: ["backup"], step: "step check copy" },
    { verb: ["restore", "latest", "--yes"], step: "step check database" },
    { verb: ["verify", "latest"], step: "step check database" },
    { verb: ["doctor"], step: "step check library" },
  ]
) {
  Deno.test({
    name: `${
      verb[0]
    }: a disk that stands still at "${step}" is waited for, and nothing is called damaged (needs root, FUSE and bindfs)`,
    ignore: !canStall || !triesAll,
    async fn() {
      using home = Home.withLibrary();
      home.putArchive(VPO_ARCHIVES.present);
      using disk = putOnDisk(home);
      const started = performance.now();
      await using program = StartedProgram.start([...verb, "-v"], { home: home.path });
      await disk.stall(program, step, STALL_SECONDS);
      const { code, stdout, stderr } = await program.ended();
      // The doctor finds that the archive is an old one.
      assert(code === 0 || (verb[0] === "doctor" && code >= 60), stderr);
      assert.doesNotMatch(stdout + stderr, /is damaged|in use by|took too long/);
      assert(performance.now() - started >= STALL_SECONDS * 1000);
    },
  });
}
