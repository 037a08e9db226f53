// deno-lint-ignore-file no-control-regex -- a list is drawn with them
import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../../support/bytes.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";
import { programCommand } from "../../support/program.ts";
import {
  type Action,
  CTRL_C,
  CTRL_D,
  hasTerminal,
  runOnTerminal,
  type TerminalOptions,
} from "../../support/terminal.ts";

const { present: PRESENT } = VPO_ARCHIVES;
const HELP = "Up, down or a number; Enter to choose, Esc to cancel";
const QUESTION = "Continue? [y/N] ";
const DECLINED = "Error: Cancelled; nothing was changed\n";
const DAMAGED = "vpo-library-2020-01-01T00-00-00Z.tar.gz";
const [UP, DOWN, ESC, ENTER] = ["\x1b[A", "\x1b[B", "\x1b", "\r"];
const HIDE = "\x1b[?25l";
const SHOW = "\x1b[?25h";

/** Says after the program how the terminal was left; signals are for the program alone. */
const THEN_MODES = ["sh", "-c", `trap : INT TERM HUP QUIT; "$@"; code=$?; stty -a; exit $code`, "sh"];

/** A test on a terminal, in a home with the sample library, the three archives and a damaged one. */
function test(name: string, body: (home: Home) => Promise<void>, declare = Deno.test): void {
  declare({
    name,
    ignore: !hasTerminal,
    async fn() {
      using home = Home.withLibrary();
      for (const archive of Object.values(VPO_ARCHIVES)) home.putArchive(archive);
      Deno.writeTextFileSync(join(home.backups, DAMAGED), "scrambled");
      await body(home);
    },
  });
}

/** Runs `restore` without BACKUP; what is drawn comes screen by screen, without its title and head. */
async function choose(home: Home, script: readonly Action[], options: TerminalOptions & { args?: string[] } = {}) {
  const args = ["restore", "--no-color", ...options.args ?? []];
  const command = programCommand(args, { home: home.path, through: THEN_MODES });
  const { code, terminal } = await runOnTerminal(command, script, options);
  assert.match(terminal, / icanon .* echo /s, "the terminal takes lines again, and shows them");
  assert.equal(terminal.lastIndexOf("\x1b[?25") - terminal.lastIndexOf(SHOW), 0, "the cursor is there again");
  const screens = terminal.split(/(?:\x1b\[\d+A\r)?\x1b\[\?25l\x1b\[J/).slice(1);
  const last = screens.pop() ?? "";
  const [shown = "", rest = ""] = last.split(/\x1b\[\d+A\r\x1b\[J/);
  const drawn = [...screens, shown].map((text) => home.masked(text.replace(SHOW, "")));
  return { code, screens: drawn, rest: home.masked(rest) };
}

/** Presses keys one after the other, each when the list has been drawn again. */
function press(...keys: string[]) {
  return keys.map((send) => ({ await: HELP, send }));
}

/** The number of the backup that is marked on a screen. */
function marked(screen: string | undefined): number {
  return Number(/^> +(\d+) /m.exec(screen ?? "")?.[1]);
}

test("chooseBackup: a list with numbers, ages, sizes and files; Esc leaves, and nothing has changed", async (home) => {
  const before = home.state();
  const { code, screens, rest } = await choose(home, press(ESC));
  const [screen = ""] = screens;
  const ages = screen.replaceAll(/\d+ (second|minute|hour|day|week|month|year)s?/g, "AGE").replaceAll(/ {2,}/g, "  ")
    .replace(/─+/, "──");
  assert.equal(
    ages,
    `Backups in HOME/.vpo/backups:

  No  Created (UTC)  Age  Size  Files
  ──
>  1  2026-11-22 19:41  AGE  50.3 KB  120
  2  2026-11-22 19:41  AGE  157.3 KB  400
  3  2026-11-22 19:41  AGE  50.7 KB  120
  4  2020-01-01 00:00  AGE  9 B  damaged

${HELP}
`,
  );
  assert.deepEqual([code, rest.slice(0, DECLINED.length)], [1, DECLINED]);
  assert.deepEqual(home.state(), before);
});

test("chooseBackup: Ctrl-D and q leave, too; Ctrl-C and SIGTERM end it with their own codes", async (home) => {
  const before = home.state();
  const endings: readonly (readonly [Action, number, string])[] = [
    [{ await: HELP, send: CTRL_D }, 1, DECLINED],
    [{ await: HELP, send: "q" }, 1, DECLINED],
    [{ await: HELP, send: CTRL_C }, 130, "Error: Interrupted: nothing was changed"],
    [{ await: HELP, signal: "SIGTERM" }, 143, "Error: Terminated: nothing was changed"],
    [{ await: HELP, signal: "SIGINT" }, 130, "Error: Interrupted: nothing was changed"],
  ];
  for (const [action, exit, error] of someOf(endings, 1)) {
    const { code, rest } = await choose(home, [action]);
    assert.deepEqual([code, rest.includes(error)], [exit, true], rest);
  }
  assert.deepEqual(home.state(), before);
}, testMore);

test("chooseBackup: arrow keys move the mark and Enter takes it", async (home) => {
  const script = [...press(DOWN, DOWN, UP, ENTER), { await: QUESTION, send: "y\n" }];
  const { code, screens, rest } = await choose(home, script);
  assert.deepEqual(screens.map(marked), [1, 2, 3, 2]);
  assert.match(rest, new RegExp(`Restoring from: HOME/\\.vpo/backups/${PRESENT}\n`));
  assert.equal(code, 0);
  assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(PRESENT).library_db_sha256);
});

test("chooseBackup: the mark stays in the list, whatever the keys", async (home) => {
  const keys = [UP, "\x1b[F", DOWN, "\x1b[5~", "\x1b[6~", "\x1b[H", "j", "k", "x", "\x1b[Z", ESC];
  const { screens } = await choose(home, press(...keys));
  assert.deepEqual(screens.map(marked), [1, 1, 4, 4, 1, 4, 1, 2, 1, 1, 1]);
}, testMore);

test("chooseBackup: a number marks, Enter takes it", async (home) => {
  const keys = ["2", "3", "\x7f", "4", "9", ESC];
  const { screens } = await choose(home, press(...keys.slice(0, 5)).concat({ await: "number 49", send: ESC }));
  assert.deepEqual(screens.map(marked), [1, 2, 3, 3, 4, 4]);
  assert.match(screens.at(-1) ?? "", /\nThere is no backup number 49\n$/);
  const chosen = await choose(home, press("2", ENTER).concat({ await: QUESTION, send: "n\n" }));
  assert.match(chosen.rest, new RegExp(`Restoring from: HOME/\\.vpo/backups/${PRESENT}\n`));
  assert.equal(chosen.code, 1);
}, testMore);

test("chooseBackup: a damaged backup is not taken, and it is said why", async (home) => {
  const { code, screens } = await choose(home, press("4", ENTER).concat({ await: "Damaged: ", send: ESC }));
  assert.match(screens.at(-1) ?? "", /\nDamaged: the archive is damaged: .*\n$/);
  assert.equal(code, 1);
}, testMore);

test("chooseBackup: damaged backups are faint, the marked one stands out", async (home) => {
  const args = ["restore"];
  const { terminal } = await runOnTerminal(programCommand(args, { home: home.path }), press(ESC));
  assert.match(terminal, /\n\x1b\[7m> +1 .*\x1b\[0m\n/);
  assert.match(terminal, /\n\x1b\[2m +4 .*damaged\x1b\[0m\n/);
}, testMore);

test("chooseBackup: a long list shows what there is room for, the marked one among it", async (home) => {
  for (let day = 10; day < 29; day++) home.putArchive(VPO_ARCHIVES.old, `vpo-library-2025-01-${day}T00-00-00Z.tar.gz`);
  const { screens } = await choose(home, press("\x1b[F", ESC));
  for (const screen of screens) assert(screen.split("\n").length <= 24, screen);
  assert.deepEqual(screens.map(marked), [1, 23]);
}, testMore);

test("chooseBackup: in a narrow terminal no line wraps", async (home) => {
  const { screens } = await choose(home, [{ await: "Esc to cancel", send: ESC }], { columns: 30 });
  for (const line of (screens[0] ?? "").split("\n")) assert(line.length < 30, line);
}, testMore);

test("chooseBackup: with --no-progress nothing is drawn over: a number is asked for", async (home) => {
  const command = programCommand(["restore", "--no-progress", "--no-color"], { home: home.path });
  const { code, terminal } = await runOnTerminal(command, [{ await: "Enter for none] ", send: "\n" }]);
  assert.equal(code, 1);
  assert(!terminal.includes("\x1b"), terminal);
  assert.match(home.masked(terminal), /^Backups in HOME\/\.vpo\/backups:\n {2}1 {2}2026/);
  assert(!terminal.includes(HIDE));
}, testMore);

test("chooseBackup: keys that were pressed before it was drawn choose nothing", async (home) => {
  const before = home.state();
  const { code, screens } = await choose(home, [{ await: "", send: `${DOWN}${ENTER}${ENTER}y\n` }, ...press(ESC)]);
  assert.deepEqual([code, screens.map(marked)], [1, [1]]);
  assert.deepEqual(home.state(), before);
});

test("chooseBackup: SIGQUIT leaves the terminal as it was found", async (home) => {
  const { code } = await choose(home, [{ await: HELP, signal: "SIGQUIT" }]);
  assert.equal(code, 131);
}, testMore);

test(
  "chooseBackup: of a terminal that was shrunk the screen is cleared, and the list has no more lines than it",
  async (home) => {
    const script: Action[] = [{ await: HELP, resize: [4, 60] }, { await: HELP, send: DOWN }, {
      await: HELP,
      send: ESC,
    }];
    const { terminal } = await runOnTerminal(programCommand(["restore", "--no-color"], { home: home.path }), script);
    const [, shrunk = ""] = terminal.split("\x1b[H\x1b[2J");
    const [first = "", second = ""] = shrunk.split(SHOW);
    assert.match(first, /^\x1b\[\?25l\x1b\[J> +1 .*\n +2 .*\nUp, down or a number/);
    assert.match(second, /^\x1b\[3A\r\x1b\[\?25l\x1b\[J +1 .*\n> +2 .*\nUp, down or a number/);
  },
  testMore,
);

test("chooseBackup: drawn anew when it goes on after a stop, and takes keys again", async (home) => {
  const script: Action[] = [
    { await: "$ ", send: `${shellLine(home, ["restore", "--no-color"])}\n` },
    { await: HELP, send: DOWN },
    { await: HELP, send: "\x1a" },
    { await: "Stopped", send: "stty -a | tr -s ' ;' '\\n\\n' | grep -x -e icanon -e echo; fg\n" },
    { await: HELP, send: DOWN },
    { await: HELP, send: ENTER },
    { await: QUESTION, send: "n" },
    { await: "n", send: "\x1a" },
    { await: "Stopped", send: "fg\n" },
    { await: `${QUESTION}n`, send: "\n" },
    { await: DECLINED.trim(), send: "exit\n" },
  ];
  const bash = ["--noprofile", "--norc", "--noediting", "-i"];
  const { terminal } = await runOnTerminal({ program: "bash", args: bash, env: { PS1: "$ " }, cwd: home.path }, script);
  assert.match(terminal, /[^-]icanon\necho\n/, "while it is stopped the terminal is as it was found");
  const [, resumed = ""] = terminal.split("\nfg\n");
  const screens = terminal.split(HIDE).slice(1).map(marked);
  assert.deepEqual(screens, [1, 2, 2, 3], resumed);
}, testMore);

test("chooseBackup: where the terminal takes no escape sequences a number is asked for", async (home) => {
  for (const TERM of someOf(["dumb", ""], 1)) {
    const command = programCommand(["restore"], { home: home.path, env: { TERM } });
    const { code, terminal } = await runOnTerminal(command, [{ await: "Enter for none] ", send: "\n" }]);
    assert.deepEqual([code, terminal.includes("\x1b")], [1, false], terminal);
  }
}, testMore);

/** The program as it is typed in a shell, with the environment that it has in the other tests. */
function shellLine(home: Home, args: readonly string[]): string {
  const { program, args: words, env } = programCommand(args, { home: home.path });
  const variables = Object.entries({ TERM: "xterm", ...env }).map(([name, value]) => `${name}=${value}`);
  return ["env", "-i", ...variables, program, ...words].map((word) => `'${word}'`).join(" ");
}
