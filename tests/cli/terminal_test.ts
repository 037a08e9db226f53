import assert from "node:assert/strict";
import { ERRORS } from "../../src/errors.ts";
import { sha256 } from "../support/bytes.ts";
import { someOf, testMore } from "../support/extent.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../support/home.ts";
import { programCommand, type Surroundings } from "../support/program.ts";
import {
  type Action,
  CTRL_C,
  CTRL_D,
  ENTER,
  hasTerminal,
  runOnTerminal,
  type TerminalOptions,
  type TerminalOutcome,
} from "../support/terminal.ts";

const { old: OLD, present: PRESENT } = VPO_ARCHIVES;
const QUESTION = "This will replace your current library database. Continue? [y/N] ";
const SAME = `Compared with the current library:
  Lost:    0 files only in the library
  Gained:  0 files only in the backup
  Changed: 0 files; unchanged: 400 files
  Newest scan in the library: 2026-02-28 21:30:42 UTC
  Newest scan in the backup:  2026-02-28 21:30:42 UTC
`;
const CHOICE = "Which one? [1-3, Enter for none] ";
const DECLINED = "Error: Cancelled; nothing was changed\n";
const INTERRUPTED = "Error: Interrupted: nothing was changed, temporary files were removed\n";
const CLEAR = "\r\x1b[2K";

/** A test on a terminal, in a home with the sample library and the three archives. */
function test(name: string, body: (home: Home) => Promise<void>, declare = Deno.test): void {
  declare({
    name,
    ignore: !hasTerminal,
    async fn() {
      using home = Home.withLibrary();
      for (const archive of Object.values(VPO_ARCHIVES)) home.putArchive(archive);
      await body(home);
    },
  });
}

/** Runs the program on a terminal; what came there has the usual parts masked. */
async function run(
  home: Home,
  args: readonly string[],
  script: readonly Action[],
  options: TerminalOptions & Partial<Surroundings> = {},
): Promise<TerminalOutcome> {
  const { code, terminal } = await runOnTerminal(
    programCommand(args, { home: home.path, ...options }),
    script,
    options,
  );
  return { code, terminal: home.masked(terminal) };
}

/** Where a line was typed and where not, there may be an empty line more or less. */
function oneBreak(text: string): string {
  return text.replace(/\n+/g, "\n");
}

function plain(args: readonly string[]): string[] {
  return [...args, "--no-color", "--no-progress"];
}

test("restore: asks, and a yes replaces the library", async (home) => {
  const { code, terminal } = await run(home, plain(["restore", PRESENT]), [{ await: QUESTION, send: `y${ENTER}` }]);
  assert.equal(
    terminal,
    `Restoring from: HOME/.vpo/backups/${PRESENT}
  Created: 2026-11-22 19:41:12 UTC
  Files: 400
  Schema: v27

${SAME}
${QUESTION}y

Restore complete.
  Database restored to: HOME/.vpo/library.db
  Previous library kept: HOME/.vpo/library.db.before-restore-NOW
  Undo with: vpo-backup undo
  Duration: SECONDS seconds
`,
  );
  assert.equal(code, 0);
  assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(PRESENT).library_db_sha256);
});

test("restore: with no library in place the question does not speak of replacing", async (home) => {
  Deno.removeSync(home.library);
  const question = "There is no library in place. Restore this one? [y/N] ";
  const { code, terminal } = await run(home, plain(["restore", PRESENT]), [{ await: question, send: `y${ENTER}` }]);
  assert.doesNotMatch(terminal, /replace|Previous/);
  assert.equal(code, 0);
}, testMore);

test("restore: whatever is not a yes is a no; nothing changes", async (home) => {
  const before = home.state();
  const answers: readonly (readonly [Action, string, number])[] = [
    [{ await: QUESTION, send: `no${ENTER}` }, `no\n\n${DECLINED}`, 1],
    [{ await: QUESTION, send: ENTER }, `\n\n${DECLINED}`, 1],
    [{ await: QUESTION, send: CTRL_D }, `\n\n${DECLINED}`, 1],
    [{ await: QUESTION, send: CTRL_C }, `\n${INTERRUPTED}`, ERRORS.interrupted.exit],
    [{ await: QUESTION, signal: "SIGTERM" }, `\n${INTERRUPTED.replace("Interrupted", "Terminated")}`, 143],
  ];
  const current = "27, that of the library in place";
  const warning =
    `Warning: schema 25 is older than ${current}: only vpo scan and vpo serve migrate it; vpo db info fails until then\n`;
  for (const [answer, said, exit] of someOf(answers, 1)) {
    const { code, terminal } = await run(home, plain(["restore", OLD]), [answer]);
    const end = oneBreak(terminal.slice(terminal.indexOf("Warning: ")));
    assert.deepEqual([code, end], [exit, oneBreak(`${warning}${QUESTION}${said}`)]);
  }
  assert.deepEqual(home.state(), before);
});

test("restore: without BACKUP it lets the person choose", async (home) => {
  const list = `Backups in HOME/.vpo/backups:
  1  2026-11-22 19:41  50.3 KB  120 files
  2  2026-11-22 19:41  157.3 KB  400 files
  3  2026-11-22 19:41  50.7 KB  120 files
`;
  const before = home.state();
  const refusals: readonly (readonly [string, string, number])[] = [
    [ENTER, `\n${DECLINED}`, 1],
    [CTRL_D, `\n${DECLINED}`, 1],
    [`4${ENTER}`, `4\nError: No backup has number "4"; nothing was changed\n`, 2],
  ];
  for (const [send, said, exit] of someOf(refusals, 1)) {
    const { code, terminal } = await run(home, plain(["restore"]), [{ await: CHOICE, send }]);
    assert.deepEqual([code, terminal], [exit, `${list}${CHOICE}${said}`]);
  }
  assert.deepEqual(home.state(), before);

  const chosen = await run(home, plain(["restore"]), [
    { await: CHOICE, send: `2${ENTER}` },
    { await: QUESTION, send: `YES${ENTER}` },
  ]);
  assert.equal(chosen.code, 0);
  assert.match(chosen.terminal, new RegExp(`none\\] 2\nRestoring from: HOME/\\.vpo/backups/${PRESENT}\n`));
  assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(PRESENT).library_db_sha256);
}, testMore);

test("undo: asks in the same way", async (home) => {
  assert.equal((await home.run(["restore", PRESENT, "--yes", "-q"])).code, 0);
  const before = home.state();
  const question = `Putting back: HOME/.vpo/library.db.before-restore-NOW
  Last changed: NOW UTC
  Files: 400
  Schema: v27

${
    SAME.replaceAll("in the backup\n", "in the previous library\n")
      .replace("the backup: ", "the previous library:").replace("in the library:", "in the library:         ")
  }
${QUESTION}`;
  const no = await run(home, plain(["undo"]), [{ await: QUESTION, send: ENTER }]);
  assert.deepEqual(no, { code: 1, terminal: `${question}\n\n${DECLINED}` });
  assert.deepEqual(home.state(), before);
  const yes = await run(home, plain(["undo"]), [{ await: QUESTION, send: `y${ENTER}` }]);
  assert.equal(yes.code, 0);
  assert(yes.terminal.startsWith(`${question}y\n\nUndo complete.\n`), yes.terminal);
}, testMore);

test("restore: a declined one gives a stack trace under -v -v", async (home) => {
  const verbose = await run(home, ["restore", PRESENT, "-v", "-v"], [{ await: QUESTION, send: ENTER }]);
  assert.equal(verbose.code, 1);
  assert.match(verbose.terminal, /^BackupError: Cancelled; nothing was changed\n {4}at /m);
}, testMore);

test("restore: what is shown goes with the question where standard output is a file", async (home) => {
  const stdout = home.file("out.txt");
  const script = [{ await: QUESTION, send: `y${ENTER}` }];
  const { code, terminal } = await run(home, plain(["restore", PRESENT]), script, { files: { stdout } });
  assert.equal(code, 0);
  assert.match(terminal, new RegExp(`^Restoring from: HOME/.*\n[^]*\n${QUESTION.replace(/[?[\]]/g, "\\$&")}y\n\n$`));
  assert.match(Deno.readTextFileSync(stdout), /^Restore complete\.\n/);
}, testMore);

test("--json and a standard input that is no terminal need --yes", async (home) => {
  const before = home.state();
  const json = await run(home, ["restore", PRESENT, "--json"], []);
  assert.equal(json.code, 2);
  assert.equal((JSON.parse(json.terminal) as { code: string }).code, "confirmation_required");
  const choice = await run(home, ["restore", "--json"], []);
  assert.equal(choice.code, 2);
  const stdin = home.file("in.txt", new TextEncoder().encode("y\n"));
  const piped = await run(home, plain(["restore", PRESENT]), [], { files: { stdin } });
  assert.equal(piped.code, 2);
  assert.match(piped.terminal, /^Error: Cannot restore without confirmation/);
  const { "in.txt": _, ...after } = home.state();
  assert.deepEqual(after, before);
});

test("progress: drawn on one line, and gone at the end", async (home) => {
  const { code, terminal } = await run(home, ["backup"], []);
  assert.equal(code, 0);
  const lines = terminal.split(CLEAR);
  // How often a step is drawn, and with how many seconds, depends on how long it takes.
  const steps = lines.slice(0, -1).filter((line) => !/[█░]/.test(line)).map((line) => line.replace(/ {2}\d.*$/, ""));
  assert.deepEqual([...new Set(steps)], [
    "",
    "Waiting for the library",
    "Copying the library",
    "Checking the copy",
    "Compressing",
    "Reading the archive back",
  ]);
  assert(lines.some((line) => line.startsWith(`Reading the archive back ${"█".repeat(24)} 100%`)), terminal);
  assert.match(lines.at(-1) ?? "", /^Backup created: HOME\/.*\n {2}Database size: 776\.0 KB\n/);
});

test("progress: --progress json says it in JSON lines, wherever standard error goes", async (home) => {
  const stderr = home.file("err.txt");
  const onTerminal = await run(home, ["backup", "--progress", "json", "--json"], [], { files: { stdout: stderr } });
  assert.equal(onTerminal.code, 0);
  assert.equal((JSON.parse(Deno.readTextFileSync(stderr)) as { success: boolean }).success, true);
  const inFile = await run(home, ["backup", "--progress=json", "-q"], [], { files: { stderr } });
  assert.deepEqual(inFile, { code: 0, terminal: "" });
  for (const text of [onTerminal.terminal, Deno.readTextFileSync(stderr)]) {
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    const phases = [...new Set(lines.map(({ phase }) => phase))];
    assert.deepEqual(phases, ["lock_library", "copy_library", "check_copy", "compress", "read_back"]);
    const last = lines.at(-1) ?? {};
    assert.deepEqual([last["type"], last["unit"], last["percent"], last["done"]], [
      "progress",
      "bytes",
      100,
      last["total"],
    ]);
  }
});

test("progress: none with -q or -v, with --progress none, and none where standard error is a file", async (home) => {
  for (const flag of someOf(["-q", "-v", "--no-progress", "--progress=none"], 2)) {
    const { code, terminal } = await run(home, ["backup", "--dry-run", flag], []);
    assert.equal(code, 0);
    assert(!terminal.includes("\x1b"), terminal);
  }
  const stderr = home.file("err.txt");
  const { code, terminal } = await run(home, ["backup", "--dry-run"], [], { files: { stderr } });
  assert.equal(code, 0);
  assert(terminal.startsWith("Would create backup:\n"), terminal);
  assert.equal(Deno.readTextFileSync(stderr), "");
}, testMore);

test("colors: the first word of an error, unless --no-color or NO_COLOR says no", async (home) => {
  const message = 'Cannot restore "lost": ';
  const args = ["restore", "lost", "--dry-run"];
  const colored = await run(home, args, []);
  assert(colored.terminal.startsWith(`\x1b[1;31mError:\x1b[0m ${message}`), colored.terminal);
  for (
    const plain of [
      await run(home, [...args, "--no-color"], []),
      await run(home, args, [], { env: { NO_COLOR: "1" } }),
    ]
  ) assert(plain.terminal.startsWith(`Error: ${message}`), plain.terminal);
  const warned = await run(home, ["restore", OLD, "--dry-run"], []);
  assert(warned.terminal.includes(`${CLEAR}\x1b[33mWarning:\x1b[0m schema 25 is older`), warned.terminal);
}, testMore);

test("restore: what was typed before the question does not answer it", async (home) => {
  const before = home.state();
  for (const early of someOf([`y${ENTER}`, "y", `y${ENTER}y${ENTER}`, `${"x".repeat(3000)}${ENTER}y${ENTER}y`], 1)) {
    const script = [{ await: "", send: early }, { await: QUESTION, send: ENTER }];
    const { code, terminal } = await run(home, plain(["restore", PRESENT]), script);
    assert.deepEqual([code, terminal.endsWith(`${QUESTION}\n\n${DECLINED}`)], [1, true], terminal);
  }
  assert.deepEqual(home.state(), before);
});

test("restore: the answer can be corrected before Enter is pressed", async (home) => {
  const script = [{ await: QUESTION, send: `nö\x7f\x7f\x1b[Dyxx\x15y${ENTER}` }];
  const { code, terminal } = await run(home, plain(["restore", PRESENT]), script);
  assert.equal(code, 0, terminal);
  const erased = "\b \b";
  assert(terminal.includes(`${QUESTION}nö${erased.repeat(2)}yxx${erased.repeat(3)}y\n\nRestore complete`), terminal);
}, testMore);

test("progress, colors: none where the terminal takes no escape sequences", async (home) => {
  for (const TERM of someOf(["dumb", ""], 1)) {
    const { terminal } = await run(home, ["restore", "lost", "--dry-run"], [], { env: { TERM } });
    assert(terminal.startsWith("Error: Cannot restore"), terminal);
    const backup = await run(home, ["backup"], [], { env: { TERM } });
    assert.deepEqual([backup.code, backup.terminal.includes("\x1b")], [0, false], backup.terminal);
  }
}, testMore);

test("stop: Ctrl-Z and Ctrl-\\ work as ever when the list is gone", async (home) => {
  const { code } = await run(home, plain(["restore", PRESENT]), [{ await: QUESTION, signal: "SIGQUIT" }]);
  assert.equal(code, 131);
}, testMore);
