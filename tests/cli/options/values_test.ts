import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import fc from "fast-check";
import { duration, size } from "../../../src/cli/options/values.ts";

/** What a parser makes of a text: the value, or the words of its refusal. */
function parsed(parser: ReturnType<typeof duration>, text: string): number | string {
  const result = parser.parse(text);
  return result.success ? result.value : formatMessage(result.error, { quotes: true, colors: false });
}

Deno.test("duration: minutes, hours, days and weeks", () => {
  const cases = { "30s": 30, "90m": 5400, "26h": 93_600, "3d": 259_200, "2w": 1_209_600 };
  for (const [text, seconds] of Object.entries(cases)) assert.equal(parsed(duration(), text), seconds);
});

Deno.test("duration: what it formats it reads (property)", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 999_999_999 }), (seconds) => {
    assert.equal(parsed(duration(), duration().format(seconds)), seconds);
  }));
});

Deno.test("duration: refuses what is none", () => {
  for (const text of ["", "26", "h", "0h", "-1d", "1.5h", "1 d", "1y", "1h30m", "9999999999d"]) {
    assert.equal(
      parsed(duration(), text),
      `Expected a duration such as 90m, 26h, 3d or 2w, but got ${JSON.stringify(text)}.`,
    );
  }
});

Deno.test("size: powers of 1024, as sizes are printed", () => {
  const cases = { "10B": 10, "500MB": 500 * 1024 ** 2, "2GB": 2 * 1024 ** 3, "1.5gb": 1.5 * 1024 ** 3 };
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parsed(size(), text), bytes);
  for (const text of ["", "10", "-1MB", "much"]) assert.equal(typeof parsed(size(), text), "string");
});
