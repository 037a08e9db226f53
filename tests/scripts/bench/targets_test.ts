import assert from "node:assert/strict";
import { Figures, growthLines, PEAK } from "../../../scripts/bench/targets.ts";

Deno.test("Figures.lines: before, now and at most side by side, by the names of the peers", () => {
  const figures = new Figures();
  figures.noteRatios("fresh", [
    { name: "vpo-backup backup", ratio: 1 },
    { name: "python3, as VPO", ratio: 0.4 },
    { name: ".backup + gzip -6", ratio: 0.3 },
    { name: ".backup + pigz -6", ratio: 0.96 },
  ]);
  const lines = figures.lines().map((line) => line.replace(/ +/g, " ").trim());
  assert(lines.includes("fresh / python3 0.61 0.40 0.42 reached"), lines.join("\n"));
  assert(lines.includes("fresh / pigz -6 1.39 0.96 0.95 missed"), lines.join("\n"));
  assert(lines.includes("fresh / restic 1.36 - 0.95"), lines.join("\n"));
});

Deno.test("growthLines: each size against the one before it", () => {
  const of = (fresh: number, restore: number, peak: number) => {
    const figures = new Figures();
    figures.note("fresh, seconds", null, fresh);
    figures.note("restore, seconds", null, restore);
    figures.note(PEAK, null, peak);
    return figures;
  };
  assert.deepEqual(growthLines([60_000, 600_000], [of(2, 1, 120), of(20, 10.4, 126)]), [
    "10 times the files: a fresh backup takes 10.0 times as long, a restore 10.4 (at most 10.5); peak memory 1.05 times (at most 1.10)",
  ]);
  assert.deepEqual(growthLines([60_000], [of(2, 1, 120)]), []);
});
