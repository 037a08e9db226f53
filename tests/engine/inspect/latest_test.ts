import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseLatest, LatestSearch } from "../../../src/engine/inspect/latest.ts";
import { judgeOrigins } from "../../../src/engine/inspect/origin.ts";
import type { BackupEntry } from "../../../src/engine/protocol/mod.ts";
import { Job } from "../../../src/engine/worker/job.ts";
import { execute } from "../../support/database.ts";
import { Home } from "../../support/home.ts";
import { quietHost } from "../../support/host.ts";
import { lineageAt } from "../../support/lineage.ts";
import { DAMAGED_ENTRY, ENTRY } from "../../support/results.ts";

const NOW = new Date("2026-02-08T00:00:00Z");

/** A backup that was made so many days ago. */
function made(days: number, facts: Partial<BackupEntry> = {}): BackupEntry {
  const createdAt = new Date(NOW.getTime() - days * 86_400_000).toISOString();
  return { ...ENTRY, filename: `${days}`, createdAt, ...facts };
}

function chosen(...archives: readonly BackupEntry[]) {
  const { latest, future, foreign, isClockWrong, passedOver } = chooseLatest(archives, NOW, false);
  return {
    latest: latest?.filename ?? null,
    future: future?.filename ?? null,
    foreign: foreign?.filename ?? null,
    isClockWrong,
    passedOver: passedOver.map(({ filename }) => filename),
  };
}

/** A backup that does not say which library it is of, as VPO's do not. */
function untold(days: number): BackupEntry {
  assert(ENTRY.metadata !== null);
  return made(days, { origin: "unknown", metadata: { ...ENTRY.metadata, library_path: null } });
}

const NOTHING = { latest: null, future: null, foreign: null, isClockWrong: false, passedOver: [] };

Deno.test("chooseLatest: the newest of this library that can be used; what is newer is named", () => {
  const other = made(1, { origin: "other" });
  const damaged = { ...DAMAGED_ENTRY, createdAt: made(2).createdAt, filename: "2" };
  assert.deepEqual(chosen(other, damaged, made(3), made(4)), { ...NOTHING, latest: "3", passedOver: ["1", "2"] });
  assert.deepEqual(chosen(), NOTHING);
  assert.deepEqual(chosen(damaged), NOTHING);
});

Deno.test("chooseLatest: of which nobody can tell whose it is counts, but not beside others' backups", () => {
  const passing = { ...NOTHING, latest: "2", passedOver: ["1"] };
  assert.equal(chosen(untold(1), made(2)).latest, "1");
  assert.deepEqual(chosen(untold(1), made(2), made(3, { origin: "other" })), passing);
  // One that names another path is not just silent.
  assert.deepEqual(chosen(made(1, { origin: "unknown" }), made(2)), passing);
});

Deno.test("chooseLatest: of which nobody can tell whose it is is only offered if what is in place is unreadable", () => {
  const found = (...archives: readonly BackupEntry[]) => {
    const { latest, foreign } = chooseLatest(archives, NOW, true);
    return [latest?.filename ?? null, foreign?.filename ?? null];
  };
  assert.deepEqual(found(untold(1), untold(2)), [null, "1"]);
  assert.deepEqual(found(untold(1), made(2)), ["2", null]);
});

Deno.test("chooseLatest: where none is of this library the newest of all is only offered", () => {
  const others = [made(-5, { origin: "other" }), made(1, { origin: "other" }), made(2, { origin: "unknown" })];
  assert.deepEqual(chosen(...others), { ...NOTHING, foreign: "1", passedOver: ["-5"] });
});

Deno.test("chooseLatest: where the latest holds no files, the newest that does is named", () => {
  const holding = (days: number, file_count: number, facts: Partial<BackupEntry> = {}) => {
    assert(ENTRY.metadata !== null);
    return made(days, { metadata: { ...ENTRY.metadata, file_count }, ...facts });
  };
  const filled = (...archives: readonly BackupEntry[]) => chooseLatest(archives, NOW, false).filled?.filename ?? null;
  const other = holding(3, 400, { origin: "other" });
  assert.equal(filled(holding(1, 0), holding(2, 0), other, holding(4, 400), holding(5, 300)), "4");
  assert.equal(filled(holding(1, 1), holding(2, 400)), null);
  assert.equal(filled(holding(1, 0), other, DAMAGED_ENTRY), null);
});

Deno.test("chooseLatest: some from the future are told apart; where all are it is the clock", () => {
  assert.deepEqual(chosen(made(-9), made(-2), made(-0.9), made(3)), {
    ...NOTHING,
    latest: "-0.9",
    future: "-9",
    passedOver: ["-9", "-2"],
  });
  assert.deepEqual(chosen(made(-9), made(-2)), { ...NOTHING, latest: "-9", isClockWrong: true });
});

Deno.test("chooseLatest: never what cannot be used or is of another library (property)", () => {
  const entries = fc.array(
    fc.record({
      days: fc.double({ min: -400, max: 400, noNaN: true }),
      origin: fc.constantFrom("this", "other", "unknown"),
      fault: fc.constantFrom(null, "damaged", "unreadable"),
    }),
    { maxLength: 12 },
  ).map((all) => all.toSorted((a, b) => a.days - b.days).map(({ days, ...facts }) => made(days, facts)));
  fc.assert(fc.property(entries, (archives) => {
    const { latest, future, foreign, passedOver } = chooseLatest(archives, NOW, false);
    for (const one of [latest, future]) assert(one === null || (one.fault === null && one.origin !== "other"));
    assert(foreign === null || foreign.fault === null);
    assert(latest === null || foreign === null);
    if (latest !== null) {
      const newer = archives.slice(0, archives.indexOf(latest));
      assert.deepEqual(passedOver.map(({ filename }) => filename), newer.map(({ filename }) => filename));
    }
  }));
});

/** The shortest of some times that something takes, in milliseconds. */
async function shortest(act: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}

Deno.test("LatestSearch: backups that nobody can tell whose they are, are judged once, not once for each", async () => {
  using home = Home.withLibrary();
  const lineage = lineageAt(home.library);
  // Nothing tells, for VPO has just begun to scan its lost library anew.
  execute(home.library, "DELETE FROM files WHERE id > 3");
  assert(ENTRY.metadata !== null);
  const metadata = { ...ENTRY.metadata, library_path: home.library };
  const archives = Array.from({ length: 120 }, (_, days) => ({ ...made(days + 1, { metadata }), lineage }));
  const job = new Job(quietHost(), { action: "Cannot find the latest backup" });
  const request = {
    verb: "find latest",
    directory: home.backups,
    library: home.library,
    waitSeconds: 0,
    unpack: false,
  } as const;
  const run = () => new LatestSearch({ ...request, except: [] }, archives, job).run();
  const { latest, foreign } = await run();
  assert.deepEqual([latest, foreign?.filename], [null, "1"]);
  const library = { path: home.library, lineage: lineageAt(home.library), isUnreadable: false };
  const once = await shortest(() => judgeOrigins(archives, library));
  const all = await shortest(run);
  assert(all < 30 * once, `it took ${all} ms, though all are judged in ${once} ms`);
});
