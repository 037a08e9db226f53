import assert from "node:assert/strict";
import { BackupError } from "../../src/errors.ts";
import { COLORED } from "../../src/output/color.ts";
import { HumanReporter, PLAIN_PAPER } from "../../src/output/human.ts";
import { choices } from "../../src/output/views/backups.ts";
import { describeReplacement } from "../../src/output/views/replacement.ts";
import type { Loudness } from "../../src/output/reporter.ts";
import {
  BACKED_UP,
  CHECKED,
  DAMAGED_ENTRY,
  ENTRY,
  FROM_ARCHIVE,
  FROM_SET_ASIDE,
  listed,
  PLANNED,
  RESTORED,
  SKIPPED,
  UNDONE,
} from "../support/results.ts";
import { Sayings } from "../support/sayings.ts";

const NORMAL: Loudness = { quiet: false, verbose: 0 };
const QUIET: Loudness = { quiet: true, verbose: 0 };

function say(speak: (reporter: HumanReporter) => void, loudness: Loudness = NORMAL): Sayings {
  const said = new Sayings();
  speak(new HumanReporter(said, loudness));
  return said;
}

function printed(speak: (reporter: HumanReporter) => void): string {
  const { stdout, stderr } = say(speak);
  assert.equal(stderr, "");
  return stdout;
}

Deno.test("backedUpView: as specified", () => {
  assert.equal(
    printed((reporter) => reporter.result(BACKED_UP)),
    `Backup created: /home/u/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz
  Database size: 52.4 MB
  Archive size:  18.2 MB (65% compression)
  Files in library: 1,523
  Settings: 5 files (12.1 KB)
  Verified: database structure intact, archive read back
`,
  );
});

Deno.test("backedUpView: what is saved is told of the settings, too", () => {
  const created = { ...BACKED_UP.created, databaseSize: 1_000_000, archiveSize: 2_000_000 };
  const told = printed((reporter) =>
    reporter.result({ ...BACKED_UP, created: { ...created, settings: { count: 3, totalBytes: 7_000_000 } } })
  );
  assert.match(told, /\(75% compression\)/);
});

Deno.test("skippedView: a backup that was not needed", () => {
  assert.equal(
    printed((reporter) => reporter.result(SKIPPED)),
    `Unchanged since 2026-02-05 14:30:22 UTC: no new backup
  Newest backup: /home/u/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz
  Files in library: 1,523
  Verified: holds what the library holds, read to its end
`,
  );
});

Deno.test("plannedView: as specified", () => {
  assert.equal(
    printed((reporter) => reporter.result(PLANNED)),
    `Would create backup:
  Database: /home/u/.vpo/library.db (52.4 MB)
  Output: /home/u/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz
  Estimated archive size: ~18.0 MB-26.0 MB
  Files in library: 1,523
  Settings: 5 files (12.1 KB)
  Schema version: 27
`,
  );
});

Deno.test("restoredView: as specified; without a previous library there is nothing to undo", () => {
  assert.equal(
    printed((reporter) => reporter.result(RESTORED)),
    `Restore complete.
  Database restored to: /home/u/.vpo/library.db
  Previous library kept: /home/u/.vpo/library.db.before-restore-2026-02-06T09-12-44Z
  Undo with: vpo-backup undo
  Duration: 2.3 seconds
`,
  );
  assert.equal(
    printed((reporter) => reporter.result({ ...RESTORED, previousLibrary: null })),
    "Restore complete.\n  Database restored to: /home/u/.vpo/library.db\n  Duration: 2.3 seconds\n",
  );
});

Deno.test("restoredView: says which of the two commands is done", () => {
  assert.match(printed((reporter) => reporter.result(UNDONE)), /^Undo complete\.\n/);
});

Deno.test("checkedView: as specified, for an archive and for a set-aside library", () => {
  assert.equal(
    printed((reporter) => reporter.result(CHECKED)),
    `Archive valid: /home/u/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz
  Created: 2026-02-05 14:30:22 UTC
  VPO version: 0.2.0
  Schema version: 27 (current: 27)
  Database size: 52.4 MB
  Files: 1,523

No changes made (dry run).
`,
  );
  assert.equal(
    printed((reporter) => reporter.result({ kind: "checked", replacement: FROM_SET_ASIDE })),
    `Previous library valid: /home/u/.vpo/library.db.before-restore-2026-02-06T09-12-44Z
  Last changed: 2026-02-05 14:30:22 UTC
  Schema version: 27 (current: 27)
  Database size: 52.4 MB
  Files: 1,523

No changes made (dry run).
`,
  );
});

Deno.test("listedView: as specified", () => {
  assert.equal(
    printed((reporter) => reporter.result(listed(ENTRY))),
    `Backups in /home/u/.vpo/backups:

Filename                                  Created (UTC)         Size   Files
────────────────────────────────────────────────────────────────────────────
vpo-library-2026-02-05T14-30-22Z.tar.gz   2026-02-05 14:30   18.2 MB   1,523

Total: 1 backup (18.2 MB)
`,
  );
});

Deno.test("listedView: a damaged archive stays in the list; -v says why", () => {
  const both = listed(ENTRY, DAMAGED_ENTRY);
  const quietly = say((reporter) => reporter.result(both));
  assert.equal(
    quietly.stdout,
    `Backups in /home/u/.vpo/backups:

Filename                                  Created (UTC)         Size     Files
──────────────────────────────────────────────────────────────────────────────
vpo-library-2026-02-05T14-30-22Z.tar.gz   2026-02-05 14:30   18.2 MB     1,523
vpo-library-2026-01-05T14-30-22Z.tar.gz   2026-01-05 14:30     512 B   damaged

Total: 2 backups (18.2 MB)
`,
  );
  assert.equal(quietly.stderr, "");
  const verbosely = say((reporter) => reporter.result(both), { quiet: false, verbose: 1 });
  assert.deepEqual(verbosely.stderr.split("\n"), [
    "vpo-library-2026-02-05T14-30-22Z.tar.gz: made by VPO, which counts before it copies; verify says what is in it",
    "vpo-library-2026-01-05T14-30-22Z.tar.gz: it ends too early",
    "",
  ]);
});

Deno.test("listedView: none", () => {
  assert.equal(
    printed((reporter) => reporter.result(listed())),
    "No backups found in /home/u/.vpo/backups\n\nCreate a backup with: vpo-backup backup\n",
  );
});

Deno.test("HumanReporter.failed: message, then hint; a stack trace only under -v -v", () => {
  const error = new BackupError("not_found", "Cannot do it: it is not there", "Look elsewhere.");
  error.stack = "BackupError: it\n    at here\x1b[31m (file.ts:1:1)";
  for (const verbose of [0, 1]) {
    const { stdout, stderr } = say((reporter) => reporter.failed(error), { quiet: false, verbose });
    assert.equal(stdout, "");
    assert.equal(stderr, "Error: Cannot do it: it is not there\nLook elsewhere.\n");
  }
  assert.equal(
    say((reporter) => reporter.failed(error), { quiet: false, verbose: 2 }).stderr,
    "Error: Cannot do it: it is not there\nLook elsewhere.\nBackupError: it\n    at here�[31m (file.ts:1:1)\n",
  );
  const plain = new BackupError("general", "No");
  assert.equal(say((reporter) => reporter.failed(plain), QUIET).stderr, "Error: No\n");
});

Deno.test("HumanReporter.event: prints warnings and nothing else", () => {
  const said = say((reporter) => {
    reporter.event({ kind: "warning", message: "mind\x1b[2J this" });
    reporter.event({ kind: "step", step: "compress", facts: {} });
    reporter.event({ kind: "progress", done: 1, total: 2 });
  });
  assert.deepEqual([said.stdout, said.stderr], ["", "Warning: mind�[2J this\n"]);
});

Deno.test("HumanReporter: -q leaves the list and the errors", () => {
  const said = say((reporter) => {
    reporter.event({ kind: "warning", message: "mind this" });
    reporter.result(BACKED_UP);
    reporter.result(PLANNED);
    reporter.result(RESTORED);
    reporter.result(CHECKED);
  }, QUIET);
  assert.deepEqual([said.stdout, said.stderr], ["", ""]);
  assert.notEqual(
    say((reporter) => reporter.result(listed(ENTRY)), QUIET).stdout,
    "",
  );
});

Deno.test("HumanReporter: colors just the first words, and just where it is told to", () => {
  const said = new Sayings();
  const paper = { ...PLAIN_PAPER, palette: COLORED };
  const reporter = new HumanReporter(said, NORMAL, { out: paper, err: paper });
  reporter.event({ kind: "warning", message: "mind this" });
  reporter.failed(new BackupError("general", "No", "Try again."));
  reporter.result(BACKED_UP);
  assert.equal(said.stderr, "\x1b[33mWarning:\x1b[0m mind this\n\x1b[1;31mError:\x1b[0m No\nTry again.\n");
  assert(!said.stdout.includes("\x1b"));
});

Deno.test("HumanReporter: text from files cannot steer the terminal or add a line", () => {
  const evil = "a\x1b[2J\r\nb\u202ec\x9b";
  const { stdout, stderr } = say((reporter) => {
    reporter.result({ ...BACKED_UP, created: { ...BACKED_UP.created, path: evil } });
    reporter.result({ ...PLANNED, library: evil, path: evil });
    const replacement = { ...FROM_ARCHIVE, source: evil, library: evil, vpoVersion: evil };
    reporter.result({ ...RESTORED, replacement, previousLibrary: evil });
    reporter.result({ kind: "checked", replacement });
    const entry = { ...DAMAGED_ENTRY, filename: evil, error: evil };
    reporter.result({ ...listed(entry), directory: evil, setAside: [{ path: evil, size: 1 }] });
    reporter.result({ ...listed(), directory: evil });
    reporter.event({ kind: "warning", message: evil });
    reporter.failed(new BackupError("general", evil, evil));
  }, { quiet: false, verbose: 1 });
  const description = describeReplacement({ ...FROM_ARCHIVE, source: evil });
  for (const text of [stdout, stderr, description]) {
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
    assert.doesNotMatch(text, /^b/m);
    assert.match(text, /a�\[2J�b�c�/);
  }
});

Deno.test("describeReplacement: as specified, for an archive and for a set-aside library", () => {
  assert.equal(
    describeReplacement(FROM_ARCHIVE),
    `Restoring from: /home/u/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz
  Created: 2026-02-05 14:30:22 UTC
  Files: 1,523
  Schema: v27
`,
  );
  assert.equal(
    describeReplacement(FROM_SET_ASIDE),
    `Putting back: /home/u/.vpo/library.db.before-restore-2026-02-06T09-12-44Z
  Last changed: 2026-02-05 14:30:22 UTC
  Files: 1,523
  Schema: v27
`,
  );
});

Deno.test("choices: numbered, the numbers in line", () => {
  assert.deepEqual(choices([ENTRY, DAMAGED_ENTRY]), [
    "  1  2026-02-05 14:30  18.2 MB  1,523 files",
    "  2  2026-01-05 14:30  512 B  damaged",
  ]);
  const many = choices(Array.from({ length: 10 }, () => ENTRY));
  assert.equal(many[0], "   1  2026-02-05 14:30  18.2 MB  1,523 files");
  assert.equal(many[9], "  10  2026-02-05 14:30  18.2 MB  1,523 files");
});
