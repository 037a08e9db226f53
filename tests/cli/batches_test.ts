import assert from "node:assert/strict";
import fc from "fast-check";
import { batchesOf, type Subject } from "../../src/cli/batches.ts";

const MIB = 1024 * 1024;

Deno.test("batchesOf: 1,300 small archives take 41 workers, and each large one has its own", () => {
  const small = Array.from({ length: 1300 }, (_, index): Subject => ({ path: `/backups/${index}`, size: 200_000 }));
  assert.equal(batchesOf(small).length, 41);
  const large = small.map((subject) => ({ ...subject, size: 4 * MIB }));
  assert.equal(batchesOf(large).length, 1300);
});

Deno.test("batchesOf: each archive is in one batch, with small ones of its directory only (property)", () => {
  const subjects = fc.uniqueArray(
    fc.record({
      path: fc.tuple(fc.constantFrom("/a", "/b"), fc.nat()).map(([directory, name]) => `${directory}/${name}`),
      size: fc.nat({ max: 8 * MIB }),
    }),
    { selector: ({ path }) => path, maxLength: 100 },
  );
  fc.assert(fc.property(subjects, (all) => {
    const batches = batchesOf(all);
    assert.deepEqual(new Set(batches.flat()), new Set(all));
    assert.equal(batches.flat().length, all.length);
    for (const batch of batches) {
      assert(batch.length <= 32);
      assert.equal(new Set(batch.map(({ path }) => path.slice(0, 2))).size, 1);
      if (batch.some(({ size }) => size >= 4 * MIB)) assert.equal(batch.length, 1);
    }
  }));
});
