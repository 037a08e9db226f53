import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import fc from "fast-check";
import { calendarSpan, duration, path, size } from "../../../src/cli/options/values.ts";

/** What a parser makes of a text: the value, or the words of its refusal. */
function parsed<T>(parser: ValueParser<"sync", T>, text: string): T | string {
  const result = parser.parse(text);
  return result.success ? result.value : formatMessage(result.error, { quotes: true, colors: false });
}

Deno.test("duration: seconds, minutes, hours, days and weeks, and several of them", () => {
  const cases = { "30s": 30, "90min": 5400, "26h": 93_600, "3d": 259_200, "2w": 1_209_600, "1d12h": 129_600 };
  for (const [text, seconds] of Object.entries(cases)) assert.equal(parsed(duration(), text), seconds);
});

Deno.test("duration: what it formats it reads (property)", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 999_999_999 }), (seconds) => {
    assert.equal(parsed(duration(), duration().format(seconds)), seconds);
  }));
});

Deno.test("duration: refuses what is none", () => {
  for (const text of ["", "26", "h", "0h", "-1d", "1.5h", "1 d", "1y", "1h1h", "1D", "9999999999d"]) {
    assert.equal(
      parsed(duration(), text),
      `Expected a duration such as 90min, 26h, 3d or 2w, but got ${JSON.stringify(text)}.`,
    );
  }
});

Deno.test("duration: a bare m is refused, because it could be minutes or months", () => {
  for (const text of ["6m", "90m", "1h30m"]) {
    const why = `Expected a duration such as 90min, 26h, 3d or 2w, but got "${text}": an m could be minutes or months.`;
    assert.equal(parsed(duration(), text), why);
  }
});

Deno.test("calendarSpan: years, months, weeks, days, hours and minutes, as in restic", () => {
  const day = 86_400;
  const cases = {
    "6m": { months: 6, seconds: 0 },
    "1y5m7d2h": { months: 17, seconds: 7 * day + 7200 },
    "30d": { months: 0, seconds: 30 * day },
    "2w": { months: 0, seconds: 14 * day },
    "90min": { months: 0, seconds: 5400 },
    "6m6min": { months: 6, seconds: 360 },
  };
  for (const [text, span] of Object.entries(cases)) assert.deepEqual(parsed(calendarSpan(), text), span);
});

Deno.test("calendarSpan: what it formats it reads (property)", () => {
  const spans = fc.record({
    months: fc.nat({ max: 12_000 }),
    seconds: fc.nat({ max: 1_000_000 }).map((min) => min * 60),
  })
    .filter(({ months, seconds }) => months + seconds > 0);
  fc.assert(fc.property(spans, (span) => {
    assert.deepEqual(parsed(calendarSpan(), calendarSpan().format(span)), { ...span });
  }));
});

Deno.test("calendarSpan: refuses what is none", () => {
  for (const text of ["", "6", "m", "0d", "0y0m", "1.5m", "6M", "1m1m", "30s", "99999y", "6 m"]) {
    const why = "Expected a duration such as 1y6m, 30d or 48h, m for months and min for minutes, but got";
    assert.equal(parsed(calendarSpan(), text), `${why} ${JSON.stringify(text)}.`);
  }
});

Deno.test("path: a dash is refused where it is no pipe, for it would become the name of a directory or a file", () => {
  assert.equal(parsed(path("DIR"), "-"), 'Expected a directory, but got "-"; if that is its name, write "./-".');
  assert.equal(parsed(path("FILE"), "-"), 'Expected a file, but got "-"; if that is its name, write "./-".');
  for (const parser of [path("PATH"), path("BACKUP"), path("FILE", true)]) assert.equal(parsed(parser, "-"), "-");
  for (const name of ["./-", "--", "-x"]) assert.equal(parsed(path("DIR"), name), name);
  assert.equal(parsed(path("DIR"), ""), "Expected a path, but got nothing.");
});

Deno.test("size: powers of 1024, as sizes are printed", () => {
  const cases = {
    "10B": 10,
    "500MB": 500 * 1024 ** 2,
    "2GB": 2 * 1024 ** 3,
    "1.5gb": 1.5 * 1024 ** 3,
    "1.3GB": 1_395_864_371,
    "0.1 kib": 102,
    ".7t": 769_658_139_443,
    "5G": 5 * 1024 ** 3,
    "500 m": 500 * 1024 ** 2,
  };
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parsed(size(), text), bytes);
  for (const text of ["", "10", "G", "-1MB", "-1G", "-1.3G", "1.3.1G", "1.3EB", "much"]) {
    assert.equal(typeof parsed(size(), text), "string");
  }
});

Deno.test("size: 0 is refused, which elsewhere means without limit, and here would leave one backup alone", () => {
  for (const text of ["0B", "0GB", "0.0G", "0.0001KB"]) {
    assert.equal(parsed(size(), text), `Expected a size above 0, such as 500MB or 2GB, but got "${text}".`);
  }
});
