import assert from "node:assert/strict";
import {
  cutTo,
  escapeControls,
  formatAge,
  formatAmount,
  formatBar,
  formatCount,
  formatDuration,
  formatMinute,
  formatPlural,
  formatSeconds,
  formatSize,
  formatTable,
  formatTime,
  savedShare,
  stripControls,
  textWidth,
  wrapText,
} from "../../src/output/format.ts";

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;
const TB = 1024 * GB;

Deno.test("formatSize: takes the largest unit that leaves a one before the point, with one decimal", () => {
  const sizes: readonly (readonly [number, string])[] = [
    [0, "0 B"],
    [1, "1 B"],
    [1023, "1023 B"],
    [KB, "1.0 KB"],
    [1536, "1.5 KB"],
    [1000 * KB, "1000.0 KB"],
    [54_945_382, "52.4 MB"],
    [2.25 * GB, "2.3 GB"],
    [TB, "1.0 TB"],
    [5000 * TB, "5000.0 TB"],
  ];
  for (const [bytes, text] of sizes) assert.equal(formatSize(bytes), text);
});

Deno.test("formatSize: never rounds up to 1024 of a unit", () => {
  assert.equal(formatSize(MB - 1), "1.0 MB");
  assert.equal(formatSize(GB - 1), "1.0 GB");
  assert.equal(formatSize(1023.9 * KB), "1023.9 KB");
});

Deno.test("formatSize: says of what can be no size that it is unknown", () => {
  for (const bytes of [Infinity, -Infinity, NaN, -1, Number.MAX_SAFE_INTEGER, 1e300]) {
    assert.equal(formatSize(bytes), "unknown");
  }
});

Deno.test("formatBar: of an unknown share is empty", () => {
  assert.deepEqual([formatBar(NaN, 3), formatBar(Infinity, 3)], ["░░░", "███"]);
});

Deno.test("formatCount: separates thousands", () => {
  assert.deepEqual([0, 999, 1523, 1234567].map(formatCount), ["0", "999", "1,523", "1,234,567"]);
  assert.deepEqual([-999, -1523, -123456].map(formatCount), ["-999", "-1,523", "-123,456"]);
});

Deno.test("formatPlural: one is singular, all else is plural", () => {
  assert.deepEqual([0, 1, 2, 1523].map((count) => formatPlural(count, "backup")), [
    "0 backups",
    "1 backup",
    "2 backups",
    "1,523 backups",
  ]);
});

Deno.test("formatTime, formatMinute: print UTC and leave alone what is no time", () => {
  assert.equal(formatTime("2026-02-05T14:30:22Z"), "2026-02-05 14:30:22 UTC");
  assert.equal(formatTime("2026-02-05T14:30:22.987+00:00"), "2026-02-05 14:30:22 UTC");
  assert.equal(formatTime("2026-02-05T23:30:22-02:00"), "2026-02-06 01:30:22 UTC");
  assert.equal(formatMinute("2026-02-05T14:30:59Z"), "2026-02-05 14:30");
  for (const text of ["yesterday", ""]) {
    assert.equal(formatTime(text), text);
    assert.equal(formatMinute(text), text);
  }
});

Deno.test("formatSeconds: one decimal", () => {
  assert.deepEqual([0, 0.04, 2.349, 75].map(formatSeconds), [
    "0.0 seconds",
    "0.0 seconds",
    "2.3 seconds",
    "75.0 seconds",
  ]);
});

Deno.test("formatAge: the largest unit of which there are two", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 seconds"],
    [1, "1 second"],
    [119, "119 seconds"],
    [120, "2 minutes"],
    [119 * 60, "119 minutes"],
    [26 * 3600, "26 hours"],
    [47.99 * 3600, "47 hours"],
    [48 * 3600, "2 days"],
    [14 * 86_400, "2 weeks"],
    [60 * 86_400, "2 months"],
    [365 * 86_400, "12 months"],
    [1500 * 365 * 86_400, "1,500 years"],
  ];
  for (const [seconds, text] of cases) assert.equal(formatAge(seconds), text);
});

Deno.test("formatDuration: the two units that matter", () => {
  assert.deepEqual([0, 0.4, 59.4, 59.6, 125, 3599.7, 3725, 360_000].map(formatDuration), [
    "0 s",
    "0 s",
    "59 s",
    "1 min 00 s",
    "2 min 05 s",
    "1 h 00 min",
    "1 h 02 min",
    "100 h 00 min",
  ]);
});

Deno.test("formatAmount: bytes as a size, all else with its noun", () => {
  assert.deepEqual([formatAmount(1536.2, "bytes"), formatAmount(1, "files"), formatAmount(1234.4, "backups")], [
    "1.5 KB",
    "1 file",
    "1,234 backups",
  ]);
});

Deno.test("formatBar: is as wide as it should be and filled by its share", () => {
  assert.deepEqual([0, 0.04, 0.5, 1].map((share) => formatBar(share, 10)), [
    "░░░░░░░░░░",
    "░░░░░░░░░░",
    "█████░░░░░",
    "██████████",
  ]);
});

Deno.test("savedShare: what part saves of whole, rounded", () => {
  assert.equal(savedShare(52_400_000, 18_200_000, 3), 0.653);
  assert.equal(savedShare(100, 150, 3), -0.5);
  assert.equal(savedShare(3, 1, 1), 0.7);
  assert.equal(savedShare(0, 100, 3), 0);
});

Deno.test("stripControls: puts a sign in place of what steers a terminal, breaks a line, turns the writing or hides", () => {
  assert.equal(stripControls("a\x1b[31mred\x1b[0m\x07\b"), "a�[31mred�[0m�");
  assert.equal(stripControls("one\r\ntwo\tthree\u2028four\u2029five\x85six"), "one�two�three�four�five�six");
  assert.equal(stripControls("\x00\x7f\x9b2Jx"), "�2Jx");
  assert.equal(stripControls("\u202egnp.exe\u202c \u2066a\u2069 \u061c"), "�gnp.exe� �a� �");
  assert.equal(stripControls("a\u200bb\ufeffc\u2060d\u3164e\ufffff\ud800g"), "a�b�c�d�e�f�g");
  assert.equal(stripControls("x\u{e0001}\u{e0041}\u{e007f}\u{e0fff}\u{fffff}y"), "x�y");
  assert.equal(stripControls("Amélie – 映画 🎬 \ue000"), "Amélie – 映画 🎬 \ue000");
});

Deno.test("stripControls: takes what is not seen in words out without a sign", () => {
  assert.equal(
    stripControls("co\u00adop \u200e\u200f می\u200cخواهم 👨\u200d👩 ❤\ufe0f 葛\u{e0100} a\u034fb"),
    "coop  میخواهم 👨👩 ❤ 葛 ab",
  );
});

Deno.test("escapeControls: escapes all that is not seen, beyond U+FFFF too, and no line break between values", () => {
  const text = "\x9b\u00ad\u061c\u200b\u200d\u202e\ufeff\u{e0041}\uffff";
  const escaped = escapeControls(JSON.stringify({ text }, null, 2));
  assert.match(escaped, /^[\x20-\x7e\n]+$/);
  assert.deepEqual(JSON.parse(escaped), { text });
});

Deno.test("stripControls: cuts what is longer than any path, and piles of marks; the end of an error stays", () => {
  const long = stripControls(`Cannot restore "${"x".repeat(1_000_000)}": it is not there`);
  assert.equal(long.length, 4097);
  assert.match(long, /^Cannot restore "x{3000,}…x+": it is not there$/);
  assert.equal(stripControls(`e${"\u0301".repeat(4000)}nd`), `e${"\u0301".repeat(8)}�nd`);
  assert.equal(stripControls("e\u0301\u0323\u0302"), "e\u0301\u0323\u0302");
});

Deno.test("cutTo, textWidth: the time they take grows with the text and not with its square", () => {
  const marks = `a${"\u0301".repeat(100_000)}`;
  const started = performance.now();
  assert.equal(textWidth(marks), 1);
  assert.equal(cutTo(`${marks}${"b".repeat(50)}`, 40), `${marks}${"b".repeat(39)}`);
  assert.equal(cutTo("映".repeat(100_000), 7), "映映映");
  // The square of it would be minutes.
  assert(performance.now() - started < 20_000);
});

Deno.test("cutTo: keeps what has room, marks with their letter, and no half of a wide character", () => {
  assert.equal(cutTo("library", 7), "library");
  assert.equal(cutTo("library", 3), "lib");
  assert.equal(cutTo("e\u0301\u0302x", 1), "e\u0301\u0302");
  assert.equal(cutTo("映画", 3), "映");
  assert.equal(cutTo("🎬x", 2), "🎬");
});

Deno.test("formatTable: of more rows than a call has room for arguments", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
  assert.equal(formatTable([{ title: "No", align: "right" }], rows).length, rows.length + 2);
});

Deno.test("textWidth: wide characters count twice, marks not at all", () => {
  assert.equal(textWidth("library"), 7);
  assert.equal(textWidth("映画"), 4);
  assert.equal(textWidth("Ame\u0301lie"), 6);
  assert.equal(textWidth("Amélie"), 6);
  assert.equal(textWidth(""), 0);
});

Deno.test("formatTable: columns as wide as their widest cell, a rule over all of them, no spaces at line ends", () => {
  const columns = [{ title: "Name", align: "left" }, { title: "Size", align: "right" }] as const;
  assert.deepEqual(formatTable(columns, [["映画.db", "1.0 KB"], ["b", "12 B"]]), [
    "Name        Size",
    "────────────────",
    "映画.db   1.0 KB",
    "b           12 B",
  ]);
  const left = [{ title: "Number", align: "right" }, { title: "Name", align: "left" }] as const;
  assert.deepEqual(formatTable(left, [["1", "long name"], ["22"]]), [
    "Number   Name",
    "──────────────────",
    "     1   long name",
    "    22",
  ]);
  assert.deepEqual(formatTable(columns, []), ["Name   Size", "───────────"]);
});

Deno.test("wrapText: breaks between words, and leaves long words whole", () => {
  assert.deepEqual(wrapText("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapText("one two three", 13), ["one two three"]);
  assert.deepEqual(wrapText("a /long/path/name b", 5), ["a", "/long/path/name", "b"]);
  assert.deepEqual(wrapText("one two", Infinity), ["one two"]);
  assert.deepEqual(wrapText("", 5), [""]);
});
