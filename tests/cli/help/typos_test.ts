import assert from "node:assert/strict";
import type { Usage } from "@optique/core/usage";
import { correct, nearestTo } from "../../../src/cli/help/typos.ts";

const USAGE: Usage = [
  {
    type: "exclusive",
    terms: [
      [{ type: "command", name: "make", aliases: ["create"] }, {
        type: "optional",
        terms: [{ type: "option", names: ["-l", "--level"] }],
      }],
      [{ type: "exclusive", terms: [[{ type: "command", name: "take" }, { type: "option", names: ["--lever"] }]] }],
    ],
  },
  { type: "multiple", terms: [{ type: "option", names: ["-v", "--verbose"] }], min: 0 },
];

Deno.test("nearestTo: a letter changed, lost, added or swapped is one mistake, in either case", () => {
  for (const word of ["restote", "restre", "resstore", "rsetore", "Restore"]) {
    assert.deepEqual(nearestTo(word, ["backup", "restore"]), ["restore"], word);
  }
});

Deno.test("nearestTo: takes one mistake in three letters, and of several words those with the fewest", () => {
  const candidates = ["abc", "abd", "abcdef", "abc"];
  assert.deepEqual(nearestTo("abe", candidates), ["abc", "abd"]);
  assert.deepEqual(nearestTo("axy", candidates), []);
  assert.deepEqual(nearestTo("abxyef", candidates), ["abcdef"]);
  assert.deepEqual(nearestTo("abxyzf", candidates), []);
  assert.deepEqual(nearestTo("", []), []);
});

Deno.test("correct: suggests what the command takes, and nothing of another one", () => {
  const hints = (wrong: string, args: string[]) => correct(wrong, args, USAGE).hint;
  assert.equal(hints("--lvel", ["make", "--lvel"]), "Did you mean `--level`?");
  assert.equal(hints("--leve", ["take", "--leve"]), "Did you mean `--lever`?");
  assert.equal(hints("--leve", ["--leve"]), "Did you mean `--level` or `--lever`?");
  assert.equal(hints("--levl=3", ["create", "--levl=3"]), "Did you mean `--level`?");
  assert.equal(hints("--verbos", ["take", "--verbos"]), "Did you mean `--verbose`?");
  assert.equal(hints("-x", ["take", "-x"]), "See: vpo-backup take --help");
});

Deno.test("correct: tells commands, options and arguments apart", () => {
  assert.deepEqual(correct("mkae", ["mkae"], USAGE), {
    message: 'Unknown command "mkae"',
    hint: "Did you mean `make`?",
  });
  assert.deepEqual(correct("mkae", ["take", "mkae"], USAGE), {
    message: 'Unexpected argument "mkae"',
    hint: "See: vpo-backup take --help",
  });
  assert.equal(correct("--x", ["take", "--", "--x"], USAGE).message, 'Unexpected argument "--x"');
  assert.equal(correct("--x", ["--x"], USAGE).message, 'Unknown option "--x"');
});

Deno.test("correct: what VPO calls db is told as it is typed here, options and all", () => {
  const db = (...args: string[]) => correct("db", args, USAGE);
  const message = 'Unknown command "db", which is VPO\'s';
  const quoted = Deno.build.os === "windows" ? '"a b.tar.gz"' : "'a b.tar.gz'";
  assert.deepEqual(db("db", "make", "a b.tar.gz", "-v"), { message, hint: `Type: vpo-backup make ${quoted} -v` });
  assert.deepEqual(db("-v", "db", "create"), { message, hint: "Type: vpo-backup create -v" });
  for (const args of [["db"], ["db", "info"]]) {
    assert.deepEqual(db(...args), { message, hint: "See: vpo-backup --help, or vpo db --help" });
  }
});

Deno.test("correct: what restic and borg call their commands is told as it is here", () => {
  const cases = { snapshots: "backups", check: "verify", forget: "prune", ls: "show", mount: "show", init: "backup" };
  for (const [word, here] of Object.entries(cases)) {
    const { message, hint } = correct(word, [word], USAGE);
    assert.equal(message, `Unknown command "${word}"`);
    assert.match(hint, new RegExp(`^Here .*: vpo-backup ${here}\\b`), word);
  }
  assert.equal(
    correct("ls", ["make", "ls"], USAGE).message,
    'Unexpected argument "ls"',
    "after a command it is a word",
  );
});
