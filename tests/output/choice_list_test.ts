import assert from "node:assert/strict";
import { ChoiceList } from "../../src/output/choice_list.ts";
import { PLAIN } from "../../src/output/color.ts";
import { textWidth } from "../../src/output/format.ts";
import { DAMAGED_ENTRY, DIRECTORY, ENTRY } from "../support/results.ts";

function listOf(count: number, directory = DIRECTORY): ChoiceList {
  const entries = Array.from({ length: count }, (_, index) => index % 2 === 0 ? ENTRY : DAMAGED_ENTRY);
  return new ChoiceList({
    kind: "listed",
    directory,
    entries,
    totalCount: count,
    totalSize: 0,
    setAside: [],
    listedAt: "2026-02-08T14:30:22Z",
  });
}

function markOf(list: ChoiceList): number {
  const line = list.lines(80, 200, PLAIN).find((text) => text.startsWith(">"));
  return Number(line?.trim().split(/ +/)[1]);
}

Deno.test("ChoiceList: number, time, age, size and files of each backup", () => {
  assert.deepEqual(listOf(2).lines(80, 24, PLAIN), [
    "Backups in /home/u/.vpo/backups:",
    "",
    "  No   Created (UTC)          Age      Size     Files",
    "  ───────────────────────────────────────────────────",
    ">  1   2026-02-05 14:30    3 days   18.2 MB     1,523",
    "   2   2026-01-05 14:30   4 weeks     512 B   damaged",
    "",
    "Up, down or a number; Enter to choose, Esc to cancel",
  ]);
});

Deno.test("ChoiceList: the mark goes no further than there are backups; a number goes on as long as it can", () => {
  const list = listOf(25);
  const marks = [];
  for (const by of [-1, 1, 100, -1, -100]) {
    list.move(by);
    marks.push(markOf(list));
  }
  assert.deepEqual(marks, [1, 2, 25, 24, 1]);
  for (const digit of ["0", "2", "5", "3", "7"]) {
    list.type(digit);
    marks.push(markOf(list));
  }
  assert.deepEqual(marks.slice(5), [1, 2, 25, 3, 7]);
});

Deno.test("ChoiceList: fits into any terminal, with the marked backup in it", () => {
  const list = listOf(40, `/home/映画/${"x".repeat(200)}`);
  for (const rows of [1, 8, 24, 60]) {
    for (const columns of [10, 40, 80]) {
      for (const by of [-100, 20, 100]) {
        list.move(by);
        const lines = list.lines(columns, rows, PLAIN);
        assert(lines.length <= Math.max(7, rows - 1), `${lines.length} lines in ${rows}`);
        assert(lines.some((text) => text.startsWith(">")));
        for (const text of lines) assert(textWidth(text) < columns, text);
      }
    }
  }
});

Deno.test("ChoiceList: the way out is told in a narrow terminal, too", () => {
  assert.equal(listOf(3).lines(53, 24, PLAIN).at(-1), "Up, down or a number; Enter to choose, Esc to cancel");
  for (const columns of [52, 40]) {
    assert.equal(listOf(3).lines(columns, 24, PLAIN).at(-1), "Enter to choose, Esc to cancel");
  }
  assert.equal(listOf(3).lines(30, 24, PLAIN).at(-1), "Esc to cancel");
});

Deno.test("ChoiceList: what was said is gone with the next key", () => {
  const list = listOf(3);
  list.say("Damaged");
  assert.equal(list.lines(80, 24, PLAIN).at(-1), "Damaged");
  list.move(1);
  assert.match(list.lines(80, 24, PLAIN).at(-1) ?? "", /^Up, down/);
});
