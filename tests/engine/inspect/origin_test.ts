import assert from "node:assert/strict";
import { belongingOf, judgeOrigins } from "../../../src/engine/inspect/origin.ts";
import { lineageOf } from "../../support/lineage.ts";

const HERE = "/home/u/.vpo/library.db";
const ELSEWHERE = "/srv/library.db";
const [OURS, THEIRS] = ["Film", "Serie"].map((set) =>
  lineageOf(Array.from({ length: 200 }, (_, n) => `${set} ${n}.mkv`))
);

/** What an archive says of a library at a path. */
function from(libraryPath: string | null, lineage: string | null = OURS ?? null) {
  return { metadata: { library_path: libraryPath }, lineage };
}

/** The origins of archives, seen from a library at this path, and whether it had to be looked into. */
function judged(lineage: string | null, ...archives: readonly ReturnType<typeof from>[]) {
  let isLookedInto = false;
  const origins = judgeOrigins(archives, HERE, () => {
    isLookedInto = true;
    return { lineage, isUnreadable: false };
  });
  return { origins, isLookedInto };
}

/** The origins of archives where something unreadable is at this path. */
function judgedByWreck(...archives: readonly ReturnType<typeof from>[]) {
  return judgeOrigins(archives, HERE, () => ({ lineage: null, isUnreadable: true }));
}

Deno.test("belongingOf: nothing is told of what is not known", () => {
  const library = { path: HERE, lineage: OURS ?? "" };
  assert.deepEqual(belongingOf(from(HERE), library), { samePath: true, kin: true });
  assert.deepEqual(belongingOf(from(ELSEWHERE, THEIRS), library), { samePath: false, kin: false });
  assert.deepEqual(belongingOf(from(null, null), library), { samePath: null, kin: null });
  assert.deepEqual(belongingOf(from(HERE), { path: null, lineage: null }), { samePath: null, kin: null });
});

Deno.test("judgeOrigins: where all are alike the library is not looked into", () => {
  assert.deepEqual(judged(THEIRS ?? "", from(HERE), from(HERE), from(null, null)), {
    origins: ["this", "this", "unknown"],
    isLookedInto: false,
  });
});

Deno.test("judgeOrigins: the same files count wherever they were, and more than the same path", () => {
  const archives = [from(HERE, THEIRS), from(ELSEWHERE), from(ELSEWHERE, THEIRS), from(HERE, null)];
  assert.deepEqual(judged(OURS ?? "", ...archives).origins, ["other", "this", "other", "this"]);
  // Without any of the same files the same path is enough.
  const without = [from(HERE, THEIRS), from(ELSEWHERE, THEIRS)];
  assert.deepEqual(judged(OURS ?? "", ...without).origins, ["this", "other"]);
});

Deno.test("judgeOrigins: without a library the path counts, or that there is no other one", () => {
  assert.deepEqual(judged(null, from(HERE), from(ELSEWHERE, THEIRS), from(ELSEWHERE)).origins, [
    "this",
    "other",
    "this",
  ]);
  assert.deepEqual(judged(null, from(ELSEWHERE), from("/old/library.db")).origins, ["this", "this"]);
  assert.deepEqual(judged(null, from(ELSEWHERE), from("/old", THEIRS)).origins, ["unknown", "unknown"]);
});

Deno.test("judgeOrigins: without a library a path that several libraries share by turns tells nothing", () => {
  const [ours, theirs] = [from(HERE), from(HERE, THEIRS)];
  const nobodys = { origins: ["unknown", "unknown", "unknown"], isLookedInto: true };
  assert.deepEqual(judged(null, ours, theirs, ours), nobodys);
  assert.deepEqual(judgedByWreck(ours, theirs, ours), nobodys.origins);
  assert.deepEqual(judged(OURS ?? "", ours, theirs, ours).origins, ["this", "other", "this"]);
  // All its files may have been renamed.
  assert.deepEqual(judged(null, ours, ours, theirs, theirs).origins, ["this", "this", "other", "other"]);
});

Deno.test("judgeOrigins: with something unreadable in place only the path counts", () => {
  assert.deepEqual(judgedByWreck(from(ELSEWHERE), from("/old/library.db")), ["unknown", "unknown"]);
  assert.deepEqual(judgedByWreck(from(ELSEWHERE, THEIRS), from(ELSEWHERE), from(HERE)), ["other", "this", "this"]);
  assert.deepEqual(judgedByWreck(from(ELSEWHERE), from(HERE, null), from(null, null)), ["unknown", "this", "unknown"]);
});
