import assert from "node:assert/strict";
import fc from "fast-check";
import { type Candidate, groupByLibrary, isSure, mayBeOurs } from "../../../src/engine/prune/candidates.ts";
import { areKin } from "../../../src/library/content/lineage.ts";
import { lineageOf } from "../../support/lineage.ts";

const LINEAGES = ["Film", "Serie"].map((set) => lineageOf(Array.from({ length: 100 }, (_, n) => `${set} ${n}.mkv`)));

const candidates: fc.Arbitrary<Candidate[]> = fc.array(
  fc.record({
    libraryPath: fc.constantFrom("/a/library.db", "/b/library.db", null),
    lineage: fc.constantFrom(...LINEAGES, null),
    samePath: fc.constantFrom(true, false, null),
    kin: fc.constantFrom(true, false, null),
  }),
  { maxLength: 15 },
).map((all) =>
  all.map(({ samePath, kin, ...facts }, index) => {
    const filename = `${index}`;
    const file = { filename, createdAt: "2026-01-01T00:00:00Z", archiveSize: 1, identity: filename, content: filename };
    return { file, path: filename, ...facts, belonging: { samePath, kin } };
  })
);

Deno.test("groupByLibrary: each is in one group, and a group has one path and one library's files (property)", () => {
  fc.assert(fc.property(candidates, (all) => {
    const groups = groupByLibrary(all);
    assert.deepEqual(new Set(groups.flat()), new Set(all));
    assert.equal(groups.flat().length, all.length);
    for (const [first, ...rest] of groups) {
      assert(first !== undefined);
      for (const one of rest) {
        assert.equal(one.libraryPath, first.libraryPath);
        assert.equal(areKin(one.lineage ?? "", first.lineage ?? ""), true);
      }
    }
  }));
});

Deno.test("isSure: takes the same path and the same files; mayBeOurs: nothing that speaks against it (property)", () => {
  fc.assert(fc.property(candidates, (all) => {
    for (const one of all) {
      const { samePath, kin } = one.belonging;
      assert.equal(isSure(one), samePath === true && kin === true);
      if (isSure(one)) assert(mayBeOurs(one));
      if (kin === false) assert(!mayBeOurs(one));
      if (samePath === false && kin !== true) assert(!mayBeOurs(one));
    }
  }));
});
