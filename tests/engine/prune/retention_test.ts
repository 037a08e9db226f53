import assert from "node:assert/strict";
import fc from "fast-check";
import type { CalendarSpan, KeepReason, RetentionRules } from "../../../src/engine/protocol/mod.ts";
import { type Dated, decide, hasRules, leapsAhead } from "../../../src/engine/prune/retention.ts";
import { times } from "../../support/extent.ts";

const NO_RULES: RetentionRules = {
  last: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  within: null,
  maxTotalSize: null,
};
const COUNTED = ["last", "hourly", "daily", "weekly", "monthly", "yearly"] as const;

/** Backups of a megabyte each, the newest first. */
function made(...times: readonly string[]): Dated[] {
  return times.map((createdAt) => ({ createdAt, archiveSize: 1_000_000 }));
}

function days(count: number): CalendarSpan {
  return { months: 0, seconds: count * 86_400 };
}

/** For each backup why it is kept, or why it goes. */
function fates(backups: readonly Dated[], rules: Partial<RetentionRules>): string[] {
  return decide(backups, { ...NO_RULES, ...rules })
    .map((fate) => fate.keep ? fate.reasons.join("+") : `-${fate.reason}`);
}

Deno.test("decide: last keeps the newest so many", () => {
  const backups = made("2024-03-03T00:00:00Z", "2024-03-02T00:00:00Z", "2024-03-01T00:00:00Z");
  assert.deepEqual(fates(backups, { last: 2 }), ["last", "last", "-unneeded"]);
  assert.deepEqual(fates(backups, { last: 9 }), ["last", "last", "last"]);
});

Deno.test("decide: a rule for periods keeps the newest of each period in which there is one, in UTC", () => {
  const days = made(
    "2024-03-03T23:59:59Z",
    "2024-03-03T00:00:00Z",
    "2024-03-02T23:59:59Z",
    "2024-02-28T12:00:00Z",
    "2024-02-28T11:59:59Z",
  );
  assert.deepEqual(fates(days, { daily: 2 }), ["daily", "-unneeded", "daily", "-unneeded", "-unneeded"]);
  assert.deepEqual(fates(days, { daily: 3 }), ["daily", "-unneeded", "daily", "daily", "-unneeded"]);
  assert.deepEqual(fates(days, { hourly: 4 }), ["hourly", "hourly", "hourly", "hourly", "-unneeded"]);
  assert.deepEqual(fates(days, { monthly: 2 }), ["monthly", "-unneeded", "-unneeded", "monthly", "-unneeded"]);
});

Deno.test("decide: the oldest of all stays while a rule has not kept as many as it may", () => {
  const days = made("2024-03-03T12:00:00Z", "2024-03-03T11:00:00Z", "2024-03-03T10:00:00Z");
  assert.deepEqual(fates(days, { daily: 1 }), ["daily", "-unneeded", "-unneeded"]);
  assert.deepEqual(fates(days, { daily: 2 }), ["daily", "-unneeded", "oldest"]);
  assert.deepEqual(fates(days, { daily: 2, weekly: 2 }), ["daily+weekly", "-unneeded", "oldest"]);
});

Deno.test("decide: weeks begin on Monday and belong to the year of their Thursday", () => {
  const weeks = made(
    "2025-01-06T00:00:00Z",
    "2025-01-05T23:59:59Z",
    "2024-12-30T00:00:00Z",
    "2024-12-29T23:59:59Z",
    "2021-01-03T00:00:00Z",
    "2020-12-28T00:00:00Z",
    "2020-12-27T00:00:00Z",
  );
  assert.deepEqual(fates(weeks, { weekly: 4 }), [
    "weekly",
    "weekly",
    "-unneeded",
    "weekly",
    "weekly",
    "-unneeded",
    "-unneeded",
  ]);
});

Deno.test("decide: years", () => {
  const years = made("2025-01-01T00:00:00Z", "2024-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2023-06-01T00:00:00Z");
  assert.deepEqual(fates(years, { yearly: 2 }), ["yearly", "yearly", "-unneeded", "-unneeded"]);
});

Deno.test("decide: within counts from the newest backup and not from now", () => {
  const backups = made("2001-01-10T00:00:00Z", "2001-01-08T00:00:01Z", "2001-01-08T00:00:00Z");
  assert.deepEqual(fates(backups, { within: days(2) }), ["within", "within", "-unneeded"]);
});

Deno.test("decide: within counts months by the calendar, and from the last day where a month has no such day", () => {
  const halfYear = made("2026-07-15T12:00:00Z", "2026-03-01T00:00:00Z", "2026-01-15T12:00:01Z", "2026-01-15T12:00:00Z");
  const within = { months: 6, seconds: 0 };
  assert.deepEqual(fates(halfYear, { within }), ["within", "within", "within", "-unneeded"]);
  const march = made("2026-03-31T00:00:00Z", "2026-03-05T00:00:00Z", "2026-02-28T00:00:01Z", "2026-02-28T00:00:00Z");
  assert.deepEqual(fates(march, { within: { months: 1, seconds: 0 } }), ["within", "within", "within", "-unneeded"]);
});

Deno.test("decide: one backup of a wrong clock does not push out what within kept before it", () => {
  const nights = Array.from({ length: 40 }, (_, night) => new Date(Date.UTC(2026, 10, 26 - night, 3)).toISOString());
  const before = fates(made(...nights), { within: days(30) });
  assert.deepEqual(before, [...Array(30).fill("within"), ...Array(10).fill("-unneeded")]);
  const after = fates(made("2034-06-01T03:00:00Z", ...nights), { within: days(30) });
  assert.deepEqual(after, ["within", ...Array(30).fill("gap"), ...Array(10).fill("-unneeded")]);
});

Deno.test("decide: what stands before a gap goes once the backups after it fill the span", () => {
  const gapped = made(
    "2026-06-10T00:00:00Z",
    "2026-06-09T00:00:00Z",
    "2026-01-02T00:00:00Z",
    "2026-01-01T00:00:00Z",
    "2025-12-20T00:00:00Z",
  );
  assert.deepEqual(fates(gapped, { within: days(7) }), ["within", "within", "gap", "gap", "gap"]);
  const filled = made("2026-06-17T00:00:00Z", "2026-06-14T00:00:00Z", ...gapped.map(({ createdAt }) => createdAt));
  assert.deepEqual(fates(filled, { within: days(7) }), ["within", "within", ...Array(5).fill("-unneeded")]);
});

Deno.test("decide: backups that are rarer than the span are not kept for ever", () => {
  const weekly = made(
    ...Array.from({ length: 9 }, (_, week) => new Date(Date.UTC(2026, 5, 1 - 7 * week)).toISOString()),
  );
  assert.deepEqual(fates(weekly, { within: days(2) }), ["within", "gap", "gap", "gap", ...Array(5).fill("-unneeded")]);
});

Deno.test("decide: rules add up", () => {
  const backups = made("2024-03-03T01:00:00Z", "2024-03-03T00:00:00Z", "2024-03-02T00:00:00Z", "2024-01-01T00:00:00Z");
  assert.deepEqual(fates(backups, { last: 2, daily: 2, monthly: 2 }), [
    "last+daily+monthly",
    "last",
    "daily",
    "monthly",
  ]);
});

Deno.test("decide: maxTotalSize takes the oldest away that the rules keep, and never the newest", () => {
  const backups = made("2024-03-03T00:00:00Z", "2024-03-02T00:00:00Z", "2024-03-01T00:00:00Z");
  assert.deepEqual(fates(backups, { maxTotalSize: 3_000_000 }), ["size", "size", "size"]);
  assert.deepEqual(fates(backups, { maxTotalSize: 2_999_999 }), ["size", "size", "-too_large"]);
  assert.deepEqual(fates(backups, { maxTotalSize: 1 }), ["size", "-too_large", "-too_large"]);
  assert.deepEqual(fates(backups, { last: 2, maxTotalSize: 9_000_000 }), ["last", "last", "-unneeded"]);
  assert.deepEqual(fates(backups, { last: 2, maxTotalSize: 1_500_000 }), ["last", "-too_large", "-unneeded"]);
});

Deno.test("decide: the newest stays even where nothing else keeps it; of no backups nothing is kept", () => {
  const backups = made("2024-03-03T00:00:00Z", "2024-03-02T00:00:00Z");
  const zero: Partial<RetentionRules> = { within: days(0) };
  assert.deepEqual(fates(backups, zero), ["newest", "-unneeded"]);
  assert.deepEqual(fates([], { last: 1 }), []);
});

Deno.test("leapsAhead: by more than a month, and by far more than before", () => {
  const leaps = (...times: string[]) => leapsAhead(made(...times));
  assert.equal(leaps("2034-01-02T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), true);
  assert.equal(leaps("2026-02-02T00:00:01Z", "2026-01-02T00:00:00Z"), true);
  assert.equal(leaps("2026-02-02T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), false);
  assert.equal(leaps("2026-07-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-01-01T00:00:00Z"), false);
  assert.equal(leaps("2026-07-01T00:00:00Z"), false);
  assert.equal(leaps(), false);
});

Deno.test("hasRules: nothing and noughts are none", () => {
  assert.equal(hasRules(NO_RULES), false);
  for (const rule of COUNTED) assert.equal(hasRules({ ...NO_RULES, [rule]: 1 }), true);
  assert.equal(hasRules({ ...NO_RULES, within: days(1) }), true);
  assert.equal(hasRules({ ...NO_RULES, maxTotalSize: 0 }), true);
});

const YEARS_MS = 3 * 365 * 86_400_000;
const counts = fc.nat({ max: 6 });
const keepRules: fc.Arbitrary<RetentionRules> = fc.record({
  last: counts,
  hourly: counts,
  daily: counts,
  weekly: counts,
  monthly: counts,
  yearly: counts,
  within: fc.option(fc.record({ months: fc.nat({ max: 15 }), seconds: fc.nat({ max: YEARS_MS / 10_000 }) })),
  maxTotalSize: fc.constant(null),
});
const anyRules = fc.tuple(keepRules, fc.option(fc.nat({ max: 3000 })))
  .map(([rules, maxTotalSize]): RetentionRules => ({ ...rules, maxTotalSize }))
  .filter(hasRules);
/** Some close together and some far apart, the newest first. */
const histories = fc.tuple(
  fc.array(fc.nat({ max: YEARS_MS / 1000 }), { maxLength: 30 }),
  fc.array(fc.nat({ max: 200_000 }), { maxLength: 30 }),
  fc.nat({ max: 500 }),
).map(([far, near, size]) =>
  [...far, ...near].sort((a, b) => a - b).map((seconds, index): Dated => ({
    createdAt: new Date(Date.UTC(2024, 5, 1) - seconds * 1000).toISOString(),
    archiveSize: size + index,
  }))
);

function keptOf(backups: readonly Dated[], rules: RetentionRules): Dated[] {
  const decided = decide(backups, rules);
  return backups.filter((_, index) => decided[index]?.keep);
}

Deno.test("decide: the newest is always kept (property)", () => {
  fc.assert(fc.property(histories, anyRules, (backups, rules) => {
    const kept = keptOf(backups, rules);
    assert.equal(kept[0], backups[0]);
  }));
});

Deno.test("decide: pruning twice removes nothing more (property)", () => {
  fc.assert(
    fc.property(histories, anyRules, (backups, rules) => {
      const kept = keptOf(backups, rules);
      assert.deepEqual(keptOf(kept, rules), kept);
    }),
    { numRuns: times(1000) },
  );
});

Deno.test("decide: where more may be kept, nothing goes that stayed before (property)", () => {
  const more = fc.record({ rule: fc.constantFrom(...COUNTED), by: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(histories, keepRules.filter(hasRules), more, (backups, rules, { rule, by }) => {
      const after = new Set(keptOf(backups, { ...rules, [rule]: rules[rule] + by }));
      for (const backup of keptOf(backups, rules)) assert(after.has(backup), backup.createdAt);
    }),
    { numRuns: times(1000) },
  );
});

Deno.test("decide: a size only takes away, the oldest first, and what stays fits (property)", () => {
  fc.assert(
    fc.property(histories, keepRules.filter(hasRules), fc.nat({ max: 9000 }), (backups, rules, maxTotalSize) => {
      const without = keptOf(backups, rules);
      const kept = keptOf(backups, { ...rules, maxTotalSize });
      assert.deepEqual(kept, without.slice(0, kept.length));
      const sizes = kept.map(({ archiveSize }) => archiveSize);
      if (kept.length > 1) assert(sizes.reduce((sum, size) => sum + size) <= maxTotalSize);
    }),
  );
});

Deno.test("decide: keeps what each rule says, and no more (property)", () => {
  fc.assert(fc.property(histories, fc.constantFrom(...COUNTED), fc.integer({ min: 1, max: 6 }), (backups, rule, n) => {
    const kept = decide(backups, { ...NO_RULES, [rule]: n }).filter((fate) => fate.keep);
    assert(kept.length <= n);
    const whys: readonly KeepReason[][] = [[rule], ["oldest"]];
    for (const { reasons: [...reasons] } of kept) assert(whys.some((why) => why.join() === reasons.join()));
    if (rule === "last") assert.equal(kept.length, Math.min(n, backups.length));
  }));
});

Deno.test("decide: one more backup, however far ahead, pushes out nothing that within keeps (property)", () => {
  const spans = fc.record({ months: fc.nat({ max: 15 }), seconds: fc.integer({ min: 1, max: YEARS_MS / 10_000 }) });
  fc.assert(
    fc.property(histories, spans, fc.integer({ min: 1, max: 20 }), (backups, within, years) => {
      const rules = { ...NO_RULES, within };
      const kept = keptOf(backups, rules);
      const ahead = { createdAt: new Date(Date.UTC(2024 + 2 * years, 5, 1)).toISOString(), archiveSize: 1 };
      const gone = kept.filter((backup) => !keptOf([ahead, ...kept], rules).includes(backup));
      // What the last gap of several kept has one gap too many before it now.
      const last = decide(kept, rules).findLast((fate) => fate.keep && fate.reasons.includes("gap"));
      if (last === undefined) assert.deepEqual(gone, []);
    }),
    { numRuns: times(1000) },
  );
});
