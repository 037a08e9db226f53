import assert from "node:assert/strict";
import fc from "fast-check";
import { sparkline } from "../../src/output/sparkline.ts";

Deno.test("sparkline: from the least to the greatest", () => {
  assert.equal(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 40), "▁▂▃▄▅▆▇█");
  assert.equal(sparkline([1000, 1000, 1001], 40), "▁▁█");
  assert.equal(sparkline([5, 5, 5], 40), "▄▄▄");
  assert.equal(sparkline([], 40), "");
});

Deno.test("sparkline: of more values than columns it shows the last of each part", () => {
  assert.equal(sparkline([9, 0, 9, 7, 9, 3.5], 3), "▁█▅");
  assert.equal(sparkline([1, 2, 3], 1), "▄");
});

Deno.test("sparkline: a bar for each value, at most as many as there are columns, and higher for more (property)", () => {
  const values = fc.array(fc.nat(), { minLength: 1, maxLength: 100 });
  fc.assert(fc.property(values, fc.integer({ min: 1, max: 60 }), (values, columns) => {
    const line = sparkline(values, columns);
    assert.equal(line.length, Math.min(values.length, columns));
    if (values.length > columns) return;
    for (const [index, value] of values.entries()) {
      const next = values[index + 1];
      if (next !== undefined && next > value) assert((line[index + 1] ?? "") >= (line[index] ?? ""));
    }
  }));
});
