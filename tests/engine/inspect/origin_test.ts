import assert from "node:assert/strict";
import { belongingOf, identify, judgeOrigins } from "../../../src/engine/inspect/origin.ts";
import type { StepLimit } from "../../../src/engine/protocol/mod.ts";
import { computingSecondsFor } from "../../../src/engine/worker/deadlines.ts";
import { Job } from "../../../src/engine/worker/job.ts";
import { areKin, mayHaveGrown } from "../../../src/library/content/lineage.ts";
import { Home } from "../../support/home.ts";
import { quietHost } from "../../support/host.ts";
import { lineageAt, lineageOf } from "../../support/lineage.ts";

const HERE = "/home/u/.vpo/library.db";
const ELSEWHERE = "/srv/library.db";
const [OURS, THEIRS] = ["Film", "Serie"].map((set) =>
  lineageOf(Array.from({ length: 200 }, (_, n) => `${set} ${n}.mkv`))
);

/** What an archive says of a library at a path. */
function from(libraryPath: string | null, lineage: string | null = OURS ?? null) {
  return { metadata: { library_path: libraryPath }, lineage };
}

/** The origins of archives, seen from a library at this path; null where it has no files, or where there is none. */
function judged(lineage: string | null, ...archives: readonly ReturnType<typeof from>[]) {
  return judgeOrigins(archives, { path: HERE, lineage, isUnreadable: false });
}

/** The origins of archives where something unreadable is at this path. */
function judgedByWreck(...archives: readonly ReturnType<typeof from>[]) {
  return judgeOrigins(archives, { path: HERE, lineage: null, isUnreadable: true });
}

Deno.test("identify: a small library with a large log gets the time that reading the log takes", () => {
  using home = Home.withLibrary();
  const lineage = lineageAt(home.library);
  const limits: (StepLimit | null)[] = [];
  const host = quietHost({ limitStep: (limit) => void limits.push(limit) });
  const logSize = 64 * 1024 * 1024;
  Deno.writeFileSync(`${home.library}-wal`, new Uint8Array());
  Deno.truncateSync(`${home.library}-wal`, logSize);
  const found = identify(home.library, 0, new Job(host, { action: "Cannot find the latest backup" }));
  assert.deepEqual(found, { path: home.library, lineage, isUnreadable: false });
  const size = Deno.statSync(home.library).size + logSize;
  assert.deepEqual(limits.map((limit) => limit?.computingSeconds ?? null), [computingSecondsFor(size), null]);
});

Deno.test("belongingOf: nothing is told of what is not known", () => {
  const library = { path: HERE, lineage: OURS ?? "" };
  assert.deepEqual(belongingOf(from(HERE), library), { samePath: true, kin: true });
  assert.deepEqual(belongingOf(from(ELSEWHERE, THEIRS), library), { samePath: false, kin: false });
  assert.deepEqual(belongingOf(from(null, null), library), { samePath: null, kin: null });
  assert.deepEqual(belongingOf(from(HERE), { path: null, lineage: null }), { samePath: null, kin: null });
});

/** A library of so few files that a sample of OURS does not reach as far as those of another one. */
const FEW = lineageOf(["a.mkv", "b.mkv"]);
/** OURS after it has grown. */
const GROWN = lineageOf(Array.from({ length: 800 }, (_, n) => `${n < 200 ? "Film" : "More"} ${n}.mkv`));
const PATHS = [HERE, ELSEWHERE, null] as const;

/** Origins by what is in place, what a backup's files are to it, and its path: the same, another one, none. */
const TABLE = [
  ["a library, kin", OURS, OURS, ["this", "this", "this"]],
  ["a library, strange files", OURS, THEIRS, ["other", "other", "other"]],
  ["a library, far fewer files", OURS, FEW, ["unknown", "unknown", "unknown"]],
  ["a library, a part of its files", GROWN, OURS, ["this", "unknown", "unknown"]],
  ["a library, no files", OURS, "", ["unknown", "unknown", "unknown"]],
  ["a library, no sample", OURS, null, ["this", "unknown", "unknown"]],
  ["nothing, any files", null, THEIRS, ["this", "this", "this"]],
  ["nothing, no files", null, "", ["this", "unknown", "unknown"]],
  ["nothing, no sample", null, null, ["this", "unknown", "unknown"]],
  ["a wreck, any files", "wreck", THEIRS, ["this", "unknown", "unknown"]],
  ["a wreck, no files", "wreck", "", ["this", "unknown", "unknown"]],
  ["a wreck, no sample", "wreck", null, ["this", "unknown", "unknown"]],
] as const;

for (const [what, inPlace, lineage, origins] of TABLE) {
  Deno.test(`judgeOrigins: the only backup; in place is ${what}`, () => {
    assert.equal(areKin(OURS ?? "", FEW), null);
    PATHS.forEach((path, index) => {
      const archive = from(path, lineage ?? null);
      const seen = inPlace === "wreck" ? judgedByWreck(archive) : judged(inPlace ?? null, archive);
      assert.deepEqual(seen, [origins[index]], `${path}`);
    });
  });
}

Deno.test("judgeOrigins: the same files count wherever they were, and more than the same path", () => {
  const archives = [from(HERE, THEIRS), from(ELSEWHERE), from(ELSEWHERE, THEIRS), from(HERE, null)];
  assert.deepEqual(judged(OURS ?? "", ...archives), ["other", "this", "other", "this"]);
  assert.deepEqual(judged(GROWN, from(HERE, GROWN), from(HERE)), ["this", "unknown"]);
  assert.deepEqual(judged(FEW, from(HERE), from(HERE, FEW), from(ELSEWHERE)), ["unknown", "this", "unknown"]);
});

Deno.test("judgeOrigins: the backup of an emptied library stands in for none", () => {
  assert.deepEqual(judged(null, from(HERE, ""), from(HERE), from(ELSEWHERE, THEIRS)), ["this", "this", "other"]);
  assert.deepEqual(judged(null, from(ELSEWHERE, ""), from(ELSEWHERE)), ["unknown", "this"]);
});

Deno.test("judgeOrigins: a library that is nowhere may have grown out of a small one of the same path only", () => {
  assert.deepEqual(judged(null, from(ELSEWHERE), from(ELSEWHERE, FEW)), ["this", "unknown"]);
  assert.deepEqual(judged(null, from(ELSEWHERE), from("/old", FEW)), ["unknown", "unknown"]);
  assert.deepEqual(judged(null, from(null), from(null, FEW)), ["unknown", "unknown"]);
});

Deno.test("judgeOrigins: without a library the path counts, or that there is no other one", () => {
  assert.deepEqual(judged(null, from(HERE), from(ELSEWHERE, THEIRS), from(ELSEWHERE)), ["this", "other", "this"]);
  assert.deepEqual(judged(null, from(ELSEWHERE), from("/old/library.db")), ["this", "this"]);
  assert.deepEqual(judged(null, from(ELSEWHERE), from("/old", THEIRS)), ["unknown", "unknown"]);
});

Deno.test("judgeOrigins: without a library a path that several libraries share by turns tells nothing", () => {
  const [ours, theirs] = [from(HERE), from(HERE, THEIRS)];
  const nobodys = ["unknown", "unknown", "unknown"] as const;
  assert.deepEqual(judged(null, ours, theirs, ours), nobodys);
  assert.deepEqual(judgedByWreck(ours, theirs, ours), nobodys);
  assert.deepEqual(judged(OURS ?? "", ours, theirs, ours), ["this", "other", "this"]);
  const few = from(HERE, FEW);
  assert.deepEqual(judged(null, ours, few, ours), nobodys);
  assert.deepEqual(judged(null, ours, ours, few), ["this", "this", "this"]);
  // A disk may have been away for a night, or a library of last year was restored.
  const grown = from(HERE, GROWN);
  for (const turns of [[grown, ours, grown], [ours, grown, ours]]) {
    assert.deepEqual(judged(null, ...turns), ["this", "this", "this"]);
    assert.deepEqual(judgedByWreck(...turns), ["this", "this", "this"]);
  }
  assert.deepEqual(judged(null, grown, ours, theirs, grown), [...nobodys, "unknown"]);
  // All its files may have been renamed.
  assert.deepEqual(judged(null, ours, ours, theirs, theirs), ["this", "this", "other", "other"]);
});

/** A library of so many films, from one of them on. */
function films(count: number, from = 0): string {
  return lineageOf(Array.from({ length: count }, (_, n) => `Film ${from + n}.mkv`));
}

Deno.test("judgeOrigins: without a library, one odd backup among those of a library is no sign of another one", () => {
  const whole = films(200);
  // VPO had begun to scan it anew, and there are fewer hashes of it than it takes to tell.
  const begun = films(12);
  assert.deepEqual([areKin(begun, whole), mayHaveGrown(begun, whole)], [null, false]);
  assert.deepEqual(judged(null, ...[whole, begun, whole].map((one) => from(HERE, one))), ["this", "this", "this"]);
  // A disk was away, with files that are no longer in the library.
  const [before, away] = [films(300, 100), films(40, 250)];
  assert.deepEqual([areKin(before, whole), areKin(away, whole)], [true, false]);
  const history = [whole, before, away, before].map((one) => from(HERE, one));
  assert.deepEqual(judged(null, ...history), ["this", "this", "other", "this"]);
});

Deno.test("judgeOrigins: with something unreadable in place only the path counts", () => {
  assert.deepEqual(judgedByWreck(from(ELSEWHERE), from("/old/library.db")), ["unknown", "unknown"]);
  assert.deepEqual(judgedByWreck(from(ELSEWHERE, THEIRS), from(ELSEWHERE), from(HERE)), ["other", "this", "this"]);
  assert.deepEqual(judgedByWreck(from(ELSEWHERE), from(HERE, null), from(null, null)), ["unknown", "this", "unknown"]);
});
