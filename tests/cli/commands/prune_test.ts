import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf, testMore } from "../../support/extent.ts";
import { ago, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { programCommand } from "../../support/program.ts";
import { CTRL_C, ENTER, hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const DAYS = ["2024-03-04", "2024-03-03", "2024-03-02", "2024-02-01", "2023-01-01"];
const NAMES = DAYS.map((day) => `vpo-library-${day}T03-00-00Z.tar.gz`);
const [FIRST, SECOND, THIRD, FOURTH, FIFTH] = NAMES;

/** A home with backups of five days and their common size, as it is printed. */
async function filledHome(): Promise<{ home: Home; size: string; bytes: number; [Symbol.dispose](): void }> {
  const home = Home.withLibrary();
  await putBackups(home, ...DAYS.map((day) => `${day}T03:00:00Z`));
  const bytes = Deno.statSync(join(home.backups, FIRST ?? "")).size;
  const size = `${(bytes / 1024).toFixed(1)} KB`;
  return { home, size, bytes, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

/** The rules of this test: the first is kept by two of them, the third goes. */
const RULES = ["--keep-last", "2", "--keep-monthly", "2"];

function planOf(size: string): string {
  return `Backups in HOME/.vpo/backups:

Filename                                      Size   Kept because of
────────────────────────────────────────────────────────────────────
${FIRST}   ${size}   last, monthly
${SECOND}   ${size}   last
${FOURTH}   ${size}   monthly

Filename                                      Size   Removed because
─────────────────────────────────────────────────────────────────────
${THIRD}   ${size}   no rule keeps it
${FIFTH}   ${size}   no rule keeps it
`;
}

function total(bytes: number, count: number): string {
  return `${(bytes * count / 1024).toFixed(1)} KB`;
}

Deno.test("prune --dry-run: says what is kept, why, and what goes; removes nothing", async () => {
  using filled = await filledHome();
  const { home, size, bytes } = filled;
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["prune", ...RULES, "--dry-run"]);
  assert.equal(
    home.masked(stdout),
    `${planOf(size)}\nNothing was removed (dry run); 3 backups (${total(bytes, 3)}) kept\n`,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(home.state(), before);
});

Deno.test("prune --yes: removes what no rule keeps; a second time there is nothing to remove", async () => {
  using filled = await filledHome();
  const { home, size, bytes } = filled;
  const { code, stdout, stderr } = await home.run(["prune", ...RULES, "--yes"]);
  const kept = `3 backups (${total(bytes, 3)}) kept\n`;
  assert.equal(home.masked(stdout), `${planOf(size)}\nRemoved 2 backups (${total(bytes, 2)}); ${kept}`);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(home.archives(), [FOURTH, SECOND, FIRST]);
  const again = await home.run(["prune", ...RULES, "--yes"]);
  assert(again.stdout.endsWith(`\n\nNothing was removed; ${kept}`), again.stdout);
  assert.equal((await home.run(["prune", ...RULES, "--yes", "-q"])).stdout, "");
});

Deno.test("prune --json: one document", async () => {
  using filled = await filledHome();
  const { home, bytes } = filled;
  const fact = (index: number) => ({
    filename: NAMES[index],
    path: `HOME/.vpo/backups/${NAMES[index]}`,
    created_at: `${DAYS[index]}T03:00:00Z`,
    archive_size_bytes: bytes,
  });
  const document = (dryRun: boolean) => ({
    success: true,
    dry_run: dryRun,
    directory: "HOME/.vpo/backups",
    kept_count: 3,
    removed_count: 2,
    kept_size_bytes: 3 * bytes,
    removed_size_bytes: 2 * bytes,
    kept: [
      { ...fact(0), reasons: ["last", "monthly"] },
      { ...fact(1), reasons: ["last"] },
      { ...fact(3), reasons: ["monthly"] },
    ],
    removed: [{ ...fact(2), reason: "unneeded" }, { ...fact(4), reason: "unneeded" }],
    left_alone: [],
    warnings: [],
  });
  for (const flag of ["--dry-run", "--yes"]) {
    const { code, stdout, stderr } = await home.run(["prune", ...RULES, flag, "--json"]);
    assert.deepEqual(home.document(stdout), document(flag === "--dry-run"));
    assert.deepEqual([code, stderr], [0, ""]);
  }
});

testMore("prune: --keep-within and --max-total-size", async () => {
  using filled = await filledHome();
  const { home, bytes } = filled;
  const size = `${Math.ceil(bytes * 2 / 1024)}KB`;
  const { stdout } = await home.run(["prune", "--keep-within", "40d", "--max-total-size", size, "--json", "--dry-run"]);
  const { kept, removed } = JSON.parse(stdout) as Record<"kept" | "removed", { filename: string; reason: string }[]>;
  assert.deepEqual(kept.map(({ filename }) => filename), [FIRST, SECOND]);
  assert.deepEqual(removed.map(({ reason }) => reason), ["too_large", "too_large", "too_large"]);
  assert.equal((await home.run(["prune", "--max-total-size", "1B", "--yes"])).code, 0);
  assert.deepEqual(home.archives(), [FIRST], "the newest good one stays");
});

testMore(
  "retention: options that are all 0 are refused by backup and schedule, and one above 0 is enough",
  async () => {
    using home = Home.withLibrary();
    for (const [command, action] of [["backup", "back up"], ["schedule cron", "schedule backups"]] as const) {
      const words = command.split(" ");
      assert.deepEqual(await home.run([...words, "--keep-daily", "0", "--keep-last", "0"]), {
        code: 2,
        stdout: "",
        stderr: `Error: Cannot ${action}: every retention rule given is 0
Give a number above 0, such as --keep-last 10, or drop these rules.
`,
      });
      assert.equal((await home.run([...words, "--keep-daily", "0", "--keep-last", "1"])).code, 0, command);
    }
    home.file(".vpo/backup.toml", new TextEncoder().encode("keep_daily = 0\n"));
    const { code, stderr } = await home.run(["backup"]);
    assert.deepEqual([code, /every retention rule given is 0/.test(stderr)], [2, true]);
  },
);

Deno.test("prune: without a rule, without a terminal and without backups", async () => {
  using filled = await filledHome();
  const { home } = filled;
  const before = home.state();
  for (const args of someOf([["--yes"], ["--keep-last", "0", "--yes"], ["--damaged", "--yes"]], 1)) {
    assert.deepEqual(await home.run(["prune", ...args]), {
      code: 2,
      stdout: "",
      stderr:
        "Error: Cannot prune: no retention rule given\nGive one, such as --keep-last 10, or write it down once: vpo-backup config init\n",
    });
  }
  const unasked = await home.run(["prune", "--keep-last", "1"]);
  assert.deepEqual(unasked, {
    code: 2,
    stdout: "",
    stderr: `Error: Cannot prune without confirmation: no terminal, or --json was given
Use --yes to remove backups without asking, or --dry-run to preview.
`,
  });
  assert.deepEqual(home.state(), before);
  const missing = await home.run(["prune", "--keep-last", "1", "--yes", "--backup-dir", "lost"]);
  assert.deepEqual([missing.code, missing.stdout], [20, ""]);
  Deno.mkdirSync(join(home.path, "empty"));
  const empty = await home.run(["prune", "--keep-last", "1", "--yes", "--backup-dir", "empty"]);
  assert.equal(
    home.masked(empty.stdout),
    "No backups found in HOME/empty\n\nNothing was removed; 0 backups (0 B) kept\n",
  );
  assert.equal(empty.code, 0);
});

testMore({
  name: "prune: on a terminal it asks; a no and Ctrl-C remove nothing, a yes does",
  ignore: !hasTerminal,
  async fn() {
    using filled = await filledHome();
    const { home, size, bytes } = filled;
    const question = `This will remove 2 backups (${total(bytes, 2)}). Continue? [y/N] `;
    const run = async (send: string) => {
      const command = programCommand(["prune", ...RULES, "--no-color", "--no-progress"], { home: home.path });
      const { code, terminal } = await runOnTerminal(command, [{ await: question, send }]);
      return [code, home.masked(terminal).replace(/\n+/g, "\n")] as const;
    };
    const before = home.state();
    const shown = `${planOf(size)}${question}`.replace(/\n+/g, "\n");
    assert.deepEqual(await run(ENTER), [1, `${shown}\nError: Cancelled; nothing was changed\n`]);
    const [code, said] = await run(CTRL_C);
    assert.equal(code, 130);
    assert(said.endsWith("Error: Interrupted: nothing was changed, temporary files were removed\n"), said);
    assert.deepEqual(home.state(), before);
    const removed = `Removed 2 backups (${total(bytes, 2)}); 3 backups (${total(bytes, 3)}) kept\n`;
    assert.deepEqual(await run(`y${ENTER}`), [0, `${shown}y\n${removed}`]);
    assert.deepEqual(home.archives(), [FOURTH, SECOND, FIRST]);
  },
});

Deno.test("backup --keep-…: removes old backups after the new one is there", async () => {
  using filled = await filledHome();
  const { home } = filled;
  await putBackups(home, ago(3600));
  const { code, stdout, stderr } = await home.run(["backup", "--keep-last", "2"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const [, made = "", ...more] = home.archives();
  assert.deepEqual(more, []);
  assert(home.masked(stdout).startsWith("Backup created: HOME/.vpo/backups/vpo-library-NOW.tar.gz\n"), stdout);
  assert.match(stdout, /\nRemoved 5 backups \(\d+\.\d (?:KB|MB)\); 2 backups \(\d+\.\d KB\) kept\n$/);
  const json = await home.run(["backup", "--keep-last", "2", "--json"]);
  const document = JSON.parse(json.stdout) as { success: boolean; path: string; pruned: { removed: unknown[] } };
  assert.deepEqual([document.success, document.pruned.removed.length], [true, 1]);
  assert.deepEqual(home.archives().toSorted(), [made, document.path.split(/[/\\]/).at(-1)].toSorted());
});

Deno.test("backup --keep-…: a backup that fails or is a dry run removes nothing", async () => {
  using filled = await filledHome();
  const { home } = filled;
  const before = home.state();
  assert.equal((await home.run(["backup", "--keep-last", "1", "--library", "lost.db"])).code, 20);
  assert.equal((await home.run(["backup", "--keep-last", "1", "--dry-run"])).code, 0);
  const named = await home.run(["backup", "--keep-last", "1", "--output", join(home.backups, "mine.tar.gz")]);
  assert.deepEqual(named, {
    code: 2,
    stdout: "",
    stderr: `Error: Cannot apply --keep options to a backup with a file name of its own
Give --output a directory, or drop the --keep options.
`,
  });
  assert.deepEqual(home.state(), before);
});
