import assert from "node:assert/strict";
import { basename, join } from "node:path";
import fc from "fast-check";
import { planPrune } from "../../../src/engine/prune/plan.ts";
import { Job } from "../../../src/engine/worker/job.ts";
import type { EngineEvent, PlanPruneRequest, PrunePlan, RetentionRules } from "../../../src/engine/protocol/mod.ts";
import { BackupError } from "../../../src/errors.ts";
import { WorkDirectory } from "../../../src/store/work_directory.ts";
import { age, flipBit, putBackupsOf, putTheirs } from "../../support/history.ts";
import { execute } from "../../support/database.ts";
import { times } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { quietHost } from "../../support/host.ts";
import { planRequest } from "../../support/results.ts";

const DAY_MS = 86_400_000;

/** Whose an archive is, and what is wrong with it. */
const KINDS = ["own", "container", "elsewhere", "moved", "VPO's", "damaged"] as const;

interface Made {
  readonly kind: typeof KINDS[number];
  /** Days before now; from the future where they are negative. */
  readonly days: number;
}

/**
 * Plans within this thread.
 *
 * @param work where archives are unpacked; null where none is
 */
function planningJob(work: string | null, report: (event: EngineEvent) => void): Job {
  const prepared = { work, refusal: null, leftovers: [], library: "plain" } as const;
  return new Job(quietHost({ prepared, report }), { action: "Cannot prune the backups" });
}

const JOB = planningJob(null, () => {});

/** A home with a library of some files, and another one. */
function makeHome(): { home: Home; other: string } {
  const home = new Home();
  const other = join(home.path, "other.db");
  for (const [path, name] of [[home.library, "Film"], [other, "Serie"]] as const) {
    execute(
      path,
      `CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO _meta VALUES ('schema_version', '27');
       CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT UNIQUE, size_bytes INTEGER, scanned_at TEXT);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
       INSERT INTO files SELECT i, '/srv/${name} ' || i || '.mkv', i, NULL FROM n`,
    );
  }
  return { home, other };
}

async function put(home: Home, other: string, { kind, days }: Made): Promise<string> {
  const time = new Date(Date.now() - days * DAY_MS);
  if (kind === "VPO's") return putTheirs(home, home.library, time);
  const database = kind === "container" || kind === "elsewhere" ? other : home.library;
  const libraryPath = kind === "elsewhere" || kind === "moved"
    ? `/${kind}/library.db`
    : Deno.realPathSync(home.library);
  const [name = ""] = await putBackupsOf(home, { database, libraryPath: libraryPath }, time);
  if (kind === "damaged") {
    flipBit(join(home.backups, name));
    age(join(home.backups, name), 5);
  }
  return name;
}

const histories = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    days: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: -900, max: 900 })),
  }),
  { selector: ({ days }) => days, minLength: 1, maxLength: 10 },
);
const rules = fc.record({
  last: fc.nat({ max: 2 }),
  hourly: fc.constant(0),
  daily: fc.nat({ max: 2 }),
  weekly: fc.nat({ max: 1 }),
  monthly: fc.constant(0),
  yearly: fc.constant(0),
  within: fc.option(fc.record({ months: fc.constant(0), seconds: fc.integer({ min: 3600, max: 30 * 86_400 }) })),
  maxTotalSize: fc.option(fc.nat({ max: 200_000 })),
});
const options = fc.record({
  damaged: fc.boolean(),
  force: fc.boolean(),
  allLibraries: fc.boolean(),
  unattended: fc.boolean(),
});

/** @returns null where nothing is removed because of an error */
async function tryPlanning(...args: Parameters<typeof planPrune>): Promise<PrunePlan | null> {
  try {
    return await planPrune(...args);
  } catch (error) {
    assert(error instanceof BackupError, `${error}`);
    assert(["invalid_archive", "general"].includes(error.code), error.message);
    return null;
  }
}

Deno.test("planPrune: removes nothing that may be of another library, from the future or all that is good (property)", async () => {
  const run = async (
    history: readonly Made[],
    keep: RetentionRules,
    how: Pick<PlanPruneRequest, "damaged" | "force" | "allLibraries" | "unattended">,
  ) => {
    const { home, other } = makeHome();
    using _ = home;
    const made = new Map<string, Made>();
    for (const one of history) made.set(await put(home, other, one), one);
    const library = Deno.realPathSync(home.library);
    const plan = await tryPlanning({ ...planRequest(home.backups, library), rules: keep, ...how }, JOB);
    if (plan === null) return;
    const removed = plan.removed.map(({ filename, reason }) => ({ ...made.get(filename), reason }));
    const kinds = (kind: Made["kind"]) => history.filter((one) => one.kind === kind);
    for (const { kind, days = 0, reason } of removed) {
      assert(kind !== "VPO's", "a VPO archive that nobody looked into stays");
      if (!how.allLibraries) assert(kind === "own" || kind === "damaged", kind);
      if (reason === "damaged") assert(how.damaged && kind === "damaged");
      // What is damaged in the middle counts as one of this library until it is read.
      const fellows = history.filter((one) =>
        one.kind === kind || [kind, one.kind].every((each) => each === "own" || each === "damaged")
      );
      const isAllFuture = fellows.every(({ days }) => days < -1);
      if (reason !== "damaged" && days < -1) assert(how.force && isAllFuture, "one from the future stays");
    }
    for (const kind of ["own", "container", "elsewhere", "moved"] as const) {
      const all = kinds(kind);
      if (all.length > 0) assert(removed.filter((one) => one.kind === kind).length < all.length, `one ${kind} stays`);
    }
  };
  await fc.assert(fc.asyncProperty(histories, rules, options, run), { numRuns: times(20) });
});

for (
  const [when, isNow, why] of [
    [
      "after it was unpacked and found sound",
      (archive: string) => basename(archive) === archive,
      /^it was sound a moment ago: /,
    ],
    ["when it is unpacked", (archive: string) => basename(archive) !== archive, /^it can be read now$/],
  ] as const
) {
  Deno.test(`planPrune: an archive that is read wrongly once, ${when}, is not removed as damaged`, async () => {
    using home = Home.withLibrary();
    const [newest = "", older = ""] = [8, 9].map((days) => {
      const name = putTheirs(home, home.library, new Date(Date.now() - days * DAY_MS));
      age(join(home.backups, name), 5);
      return name;
    });
    const path = join(home.backups, newest);
    const { mtime } = Deno.statSync(path);
    let wrong: "not yet" | "now" | "no more" = "not yet";
    const flip = () => {
      flipBit(path);
      Deno.utimeSync(path, mtime ?? 0, mtime ?? 0);
    };
    using work = WorkDirectory.create(home.path);
    const job = planningJob(work.path, (event) => {
      if (event.kind !== "step" || event.step !== "read archive") return;
      const archive = String(event.facts?.["archive"]);
      if (wrong === "now") {
        flip();
        wrong = "no more";
      } else if (wrong === "not yet" && archive.endsWith(newest) && isNow(archive)) {
        flip();
        wrong = "now";
      }
    });
    const request = { ...planRequest(home.backups, null), damaged: true, allLibraries: true, unpack: true };
    const { removed, kept, leftAlone } = await planPrune(request, job);
    assert.deepEqual([wrong, removed, kept.map(({ filename }) => filename)], ["no more", [], [older]]);
    assert.deepEqual(leftAlone.map(({ filename }) => filename), [newest]);
    assert.match(leftAlone[0]?.why ?? "", why);
  });
}

Deno.test("planPrune: an archive whose copy goes bad where it is unpacked is not removed as damaged", async () => {
  using home = Home.withLibrary();
  await putBackupsOf(home, {}, new Date(Date.now() - 9 * DAY_MS));
  const theirs = putTheirs(home, home.library, new Date(Date.now() - 8 * DAY_MS));
  age(join(home.backups, theirs), 5);
  using work = WorkDirectory.create(home.path);
  let spoilt = 0;
  const job = planningJob(work.path, (event) => {
    if (event.kind !== "step" || event.step !== "check database") return;
    using copy = Deno.openSync(join(work.path, "library.db"), { write: true });
    copy.seekSync(20 * 4096, Deno.SeekMode.Start);
    copy.writeSync(new Uint8Array(4096).fill(0xff));
    spoilt++;
  });
  const request = { ...planRequest(home.backups, null), damaged: true, allLibraries: true, unpack: true };
  const { removed, leftAlone } = await planPrune(request, job);
  assert(spoilt > 0, "it was unpacked");
  assert.deepEqual([removed, leftAlone.map(({ filename }) => filename)], [[], [theirs]]);
  assert.match(leftAlone[0]?.why ?? "", /: the copy of its library in ".*" is not what was written there$/);
});
