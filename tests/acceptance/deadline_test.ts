import assert from "node:assert/strict";
import { someOf } from "../support/extent.ts";
import { hasPython } from "../support/commands.ts";
import { execute } from "../support/database.ts";
import { directoryState } from "../support/directory_state.ts";
import { crashLibrary, holdLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { meet } from "../support/moments.ts";
import { StartedProgram, timeBetween } from "../support/started.ts";

const LOCKED = 43;
/** Nobody else can read the library. */
const EXCLUSIVE = ["BEGIN EXCLUSIVE"];
/** Others can read the library, but not write it. */
const SHARED = ["BEGIN", "SELECT count(*) FROM files"];
/** A run that did not do as it was told would wait for so long. On a busy machine lines may be late, each by itself. */
const DEFAULT_WAIT_MS = 5000;

interface Case {
  readonly verb: readonly string[];
  readonly held: readonly string[];
  readonly seconds: number;
}

/** A library in rollback mode, where an exclusive transaction keeps readers away too. */
function prepareHome(): Home {
  const home = Home.withLibrary();
  execute(home.library, "PRAGMA journal_mode = DELETE");
  home.putArchive(VPO_ARCHIVES.present);
  home.putLibrary(`${home.library}.before-restore-2026-02-06T09-12-44Z`);
  return home;
}

const CASES: readonly Case[] = [
  { verb: ["backup"], held: EXCLUSIVE, seconds: 1 },
  { verb: ["backup", "--dry-run"], held: EXCLUSIVE, seconds: 0 },
  { verb: ["restore", "latest", "--yes"], held: EXCLUSIVE, seconds: 0 },
  { verb: ["restore", "latest", "--yes"], held: SHARED, seconds: 0.5 },
  { verb: ["undo", "--yes"], held: SHARED, seconds: 0 },
];

for (const { verb, held, seconds } of someOf(CASES, 2)) {
  Deno.test({
    name: `${verb.join(" ")} --wait ${seconds}: gives up in time while another process has ${held.at(-1)}`,
    ignore: !hasPython,
    async fn() {
      using home = prepareHome();
      await using _holder = await holdLibrary(home.library, held);
      const before = directoryState(home.path);
      await meet("the end of the wait", async () => {
        const { code, stderr } = await home.run([...verb, "--wait", `${seconds}`, "-v"]);
        assert.equal(code, LOCKED, stderr);
        assert.deepEqual(directoryState(home.path), before);
        const lastStep = stderr.match(/ step [a-z ]*[a-z]/g)?.at(-1) ?? "";
        const waited = timeBetween(stderr, lastStep, " fail ");
        return waited >= seconds * 1000 && waited < DEFAULT_WAIT_MS;
      });
    },
  });
}

for (const { verb, held } of someOf(CASES, 1)) {
  Deno.test({
    name: `${verb.join(" ")}: succeeds when another process lets go of ${held.at(-1)} in time`,
    ignore: !hasPython,
    async fn() {
      using home = prepareHome();
      await using holder = await holdLibrary(home.library, held);
      await using program = StartedProgram.start([...verb, "--wait", "60", "-v"], { home: home.path });
      // A restore reads the library in place, to find whose backup is the latest, before it takes it.
      await program.said(held === EXCLUSIVE && verb[0] === "restore" ? "step look at library" : "step lock library");
      assert.equal(await holder.ask("COMMIT"), "ok");
      const { code, stderr } = await program.ended();
      assert.equal(code, 0, stderr);
    },
  });
}

/** A log that takes SQLite longer to bring into the library than any wait. */
const LONG_LOG = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = OFF",
  "PRAGMA wal_autocheckpoint = 0",
  `CREATE TABLE large AS WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 60)
    SELECT randomblob(10000000) FROM numbers`.replaceAll("\n", " "),
];

Deno.test({
  name: "restore --wait 0: a library that nobody has is not said to be in use because its log is long",
  ignore: !hasPython || Deno.env.get("VPO_TEST_LARGE") !== "1",
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    await crashLibrary(home.library, LONG_LOG);
    const { code, stderr } = await home.run(["restore", "latest", "--yes", "--wait", "0"]);
    assert.equal(code, 0, stderr);
  },
});
