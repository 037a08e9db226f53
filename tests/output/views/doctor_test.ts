import assert from "node:assert/strict";
import { COLORED, PLAIN } from "../../../src/output/color.ts";
import { textWidth } from "../../../src/output/format.ts";
import { PLAIN_PAPER } from "../../../src/output/human.ts";
import { diagnosedView } from "../../../src/output/views/doctor.ts";
import { namingOptions } from "../../../src/program.ts";
import { DIAGNOSED } from "../../support/diagnoses.ts";

const TROUBLED = {
  ...DIAGNOSED,
  leftovers: [{ path: "/home/u/\x1b[31m.vpo/.vpo-backup-1", size: 2048, isSure: true }],
};

Deno.test("diagnosedView: a line for each thing that was looked at", () => {
  assert.deepEqual(diagnosedView.lines(DIAGNOSED, PLAIN_PAPER), [
    "ok       Program      vpo-backup 0.1.0, Deno 2.9.6, SQLite 3.53.2, linux x86_64",
    "ok       Permissions  the sandbox grants everything needed",
    "ok       Library      /home/u/.vpo/library.db: 52.4 MB, 1,523 files, schema 27; SQLite found no damage",
    "ok       In use       a program has it open, or was killed, and its log holds 4.1 MB",
    "ok       Directory    /home/u/.vpo/backups: it can be written to",
    "ok       Work         SQLite can work on a copy in /home/u/.vpo",
    "ok       Newest       the newest backup is sound and 9 hours old",
    "ok       Backups      2 backups, 36.4 MB; check the older ones with: vpo-backup verify --all",
    "ok       Space        12.0 GB free, enough for more backups",
    "ok       Settings     5 files here (12.1 KB), 5 in the newest backup",
    "ok       Access       only their owner can change the backups",
    "",
    "All is well.",
  ]);
  assert.equal(diagnosedView.verdict?.(DIAGNOSED), null);
});

Deno.test("diagnosedView: says what to do below what is wrong, and counts it", () => {
  const lines = diagnosedView.lines(TROUBLED, PLAIN_PAPER);
  assert.deepEqual(lines.slice(-4), [
    "warning  Leftovers    killed runs left /home/u/�[31m.vpo/.vpo-backup-1, 2.0 KB",
    "                      The next backup or restore there removes them.",
    "",
    "1 warning.",
  ]);
  assert.equal(diagnosedView.verdict?.(TROUBLED), "warning");
  const worse = { ...TROUBLED, missingPermissions: ["--allow-write=/a"] };
  assert.equal(diagnosedView.lines(worse, PLAIN_PAPER).at(-1), "1 problem and 1 warning.");
  assert.equal(diagnosedView.verdict?.(worse), "critical");
});

Deno.test("diagnosedView: on a terminal it fits its width, and is colored where colors are wanted", () => {
  for (const columns of [60, 80, 100]) {
    for (const line of diagnosedView.lines(TROUBLED, { isTerminal: true, columns, palette: PLAIN, verbose: 0 })) {
      assert(textWidth(line) < columns, line);
    }
  }
  const colored = diagnosedView.lines(TROUBLED, { isTerminal: true, columns: 200, palette: COLORED, verbose: 0 });
  assert(colored.some((line) => line.startsWith("\x1b[33mwarning  \x1b[0mLeftovers")));
});

Deno.test("diagnosedView: on a terminal an advised command stays in one line, so that it can be copied", () => {
  const toName = { library: "/home/u/my own library.db", directory: "/mnt/a disk/for the backups" };
  const options = namingOptions(toName);
  const bad = { ...DIAGNOSED, toName, work: { directory: null, refusal: "there is no place for it" } };
  const lines = diagnosedView.lines(bad, { isTerminal: true, columns: 60, palette: PLAIN, verbose: 0 });
  const commands = lines.map((line) => line.trim()).filter((line) => line.startsWith("vpo-backup"));
  assert.deepEqual(commands, [`vpo-backup backup --temp-dir DIR${options}`, `vpo-backup verify --all${options}`]);
  assert(lines.every((line) => line.includes("vpo-backup ") || textWidth(line) < 60));
  // Where it fits, it stands where it stood.
  const wide = diagnosedView.lines(DIAGNOSED, { isTerminal: true, columns: 100, palette: PLAIN, verbose: 0 });
  assert(wide.some((line) => line.endsWith("; check the older ones with: vpo-backup verify --all")));
});

Deno.test("diagnosedView: its document", () => {
  const document = diagnosedView.document(TROUBLED);
  const findings = document["findings"] as readonly Record<string, unknown>[];
  assert.equal(document["verdict"], "warning");
  assert.deepEqual(findings[1], {
    level: "ok",
    subject: "Permissions",
    message: "the sandbox grants everything needed",
    hint: null,
  });
  assert.deepEqual(findings.map(({ level }) => level).at(-1), "warning");
});
