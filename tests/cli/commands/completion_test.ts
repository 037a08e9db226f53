import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { suggestionsFor } from "../../../src/cli/help/suggestions.ts";
import { someOf, testMore, triesAll } from "../../support/extent.ts";
import { isInstalled, run } from "../../support/commands.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { BINARY, narrowPermissions } from "../../support/program.ts";
import { ShellHome } from "../../support/shell_home.ts";
import { ENTER, hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const PROMPT = "ready> ";
/** Sets the prompt without showing it as it is typed. */
const SET_PROMPT = "PS1='rea''dy> '";
const TAB = "\t";
/** Ctrl-U. */
const CLEAR_LINE = "\x15";
const NAME = VPO_ARCHIVES.present;
/** Enough of the name to tell it from the other one. */
const BEGINNING = "vpo-library-2026-02-05";

/** Texts of what is suggested; `<file>` and the like for what the shell finds itself. */
function suggested(words: readonly string[], env: (name: string) => string | undefined = () => undefined): string[] {
  return suggestionsFor(words, env).map((suggestion) =>
    suggestion.kind === "literal" ? suggestion.text : `<${suggestion.type}>`
  );
}

/** A home with two archives, and the program under its name. */
function shellHome(): ShellHome {
  const home = new ShellHome();
  for (const name of [VPO_ARCHIVES.old, NAME]) home.putArchive(name);
  return home;
}

/** Path of the shell's script. */
async function scriptOf(home: ShellHome, shell: string): Promise<string> {
  const { code, stdout, stderr } = await home.run(["completion", shell]);
  assert.deepEqual([code, stderr], [0, ""]);
  return home.file(`completion.${shell}`, new TextEncoder().encode(stdout));
}

Deno.test("suggestionsFor: commands, their options, and options of every command", () => {
  for (const command of ["backup", "restore", "backups", "completion", "help"]) {
    assert(suggested([""]).includes(command));
  }
  assert.deepEqual(suggested(["rest"]), ["restore"]);
  assert.deepEqual(suggested(["hel"]), ["help"]);
  assert.deepEqual(suggested(["help"]), ["help"]);
  assert.deepEqual(suggested(["help", "rest"]), ["restore"]);
  assert.deepEqual(suggested(["help", "exit"]), ["exit-codes"]);
  assert.deepEqual(suggested(["backup", "--le"]), ["--level"]);
  assert.deepEqual(suggested(["undo", "--he"]), ["--help"]);
  assert.deepEqual(suggested(["--js"]), ["--json"]);
  assert.deepEqual(suggested(["completion", "z"]), ["zsh"]);
  assert.deepEqual(suggested(["backup", "frobnicate", ""]), []);
});

Deno.test("suggestionsFor: the value of an option, and nothing that could stand there without it", () => {
  assert.deepEqual(suggested(["backups", "--path", ""]), ["<directory>"]);
  assert.deepEqual(suggested(["--library", ""]), ["<any>"]);
  assert.deepEqual(suggested(["restore", "--library", ""]), ["<any>"]);
  assert.deepEqual(suggested(["restore", "--wait", ""]), []);
});

Deno.test("suggestionsFor: archives of the backup directory, wherever it is told", () => {
  using home = new Home();
  home.putArchive(VPO_ARCHIVES.old);
  home.putArchive(NAME);
  Deno.writeTextFileSync(join(home.backups, "notes.txt"), "");
  const env = (name: string) => name === "HOME" ? home.path : undefined;
  assert.deepEqual(suggested(["restore", ""], env).sort(), ["<file>", "latest", VPO_ARCHIVES.old, NAME]);
  assert.deepEqual(suggested(["restore", BEGINNING], env), ["<file>", NAME]);
  for (const before of [["show"], ["extract"], ["diff"], ["diff", NAME]]) {
    assert.deepEqual(suggested([...before, BEGINNING], env), ["<file>", NAME]);
  }
  assert.deepEqual(suggested(["restore", "l"], env), ["latest", "<file>"]);
  for (const words of [["verify"], ["verify", NAME], ["show"], ["diff"], ["diff", NAME]]) {
    assert.deepEqual(suggested([...words, BEGINNING], env), ["<file>", NAME], words.join(" "));
  }
  assert.deepEqual(suggested(["restore", BEGINNING], () => undefined), ["<file>"]);
  for (const option of [["--backup-dir", home.backups], [`--backup-dir=${home.backups}`]]) {
    assert.deepEqual(suggested(["restore", ...option, BEGINNING]), ["<file>", NAME]);
  }
});

Deno.test("suggestionsFor: of thousands of archives the newest hundred, and none whose name is not of the known shape", () => {
  using home = new Home();
  Deno.mkdirSync(home.backups);
  const names = Array.from({ length: 2000 }, (_, hour) => {
    const time = new Date(Date.UTC(2026, 0, 1, hour)).toISOString().slice(0, 19).replaceAll(":", "-");
    return `vpo-library-${time}Z.tar.gz`;
  });
  const lineBreak = Deno.build.os === "windows" ? [] : ["\nx"];
  const odd = ["$(touch PWNED)", "`touch PWNED`", ";touch PWNED", " x", ...lineBreak, "'", "-0x"].map((part) =>
    `vpo-library-2030-11-22T20-38-01Z${part}.tar.gz`
  );
  const others = ["vpo-library-2030-13-22T20-38-01Z.tar.gz", "vpo-library-.tar.gz", "vpo-library-2030.tar.gz"];
  const second = "vpo-library-2031-01-01T00-00-00Z-2.tar.gz";
  const old = "vpo-library-2031-01-01T000000Z.tar.gz";
  for (const name of [...names, ...odd, ...others, second, old]) Deno.writeTextFileSync(join(home.backups, name), "");
  const env = (name: string) => name === "HOME" ? home.path : undefined;
  const expected = [second, old, ...names.toReversed().slice(0, 98)];
  assert.deepEqual(suggested(["verify", "vpo-"], env), expected);
});

Deno.test("completion: a sandbox without the backup directory has nothing to suggest from it, and no error", async () => {
  using home = new Home();
  home.putArchive(NAME);
  const permissions = narrowPermissions([join(home.path, "elsewhere")], [join(home.path, "elsewhere")]);
  const outcome = await home.run(["__complete", "bash", "restore", BEGINNING], { permissions });
  const fromTheShell = "__FILE__:file:tar.gz:vpo-library-2026-02-05:0";
  assert.deepEqual([outcome.code, outcome.stderr], [0, ""]);
  assert.deepEqual(outcome.stdout.split("\n").filter(Boolean), [fromTheShell, ...(BINARY === undefined ? [] : [NAME])]);
});

testMore("completion: what is no request of a script gets no answer", async () => {
  using home = new Home();
  for (const args of [["__complete"], ["__complete", "tcsh", "re"], ["__complete", "bash", "no-such", "x"]]) {
    assert.deepEqual(await home.run(args), { code: 0, stdout: "", stderr: "" });
  }
});

Deno.test("completion: each shell's script, and JSON", async () => {
  using home = new Home();
  const scripts = await Promise.all(
    ["bash", "zsh", "fish", "pwsh", "nu"].map(async (shell) => (await home.run(["completion", shell])).stdout),
  );
  assert.equal(new Set(scripts).size, scripts.length);
  for (const script of scripts) assert.match(script, /__complete/);
  const { stdout } = await home.run(["completion", "bash", "--json"]);
  assert.deepEqual(JSON.parse(stdout), { success: true, completion: scripts[0], warnings: [] });
  assert.deepEqual(await home.run(["completion", "tcsh"]), {
    code: 2,
    stdout: "",
    stderr: 'Error: `SHELL`: Expected one of "bash", "zsh", "fish", "pwsh", and "nu", but got "tcsh"\n' +
      "See: vpo-backup completion --help\n",
  });
});

/** Types commands into an interactive shell and completes them. */
async function typeInto(home: ShellHome, program: string, args: readonly string[], setup: string): Promise<void> {
  const { code, terminal } = await runOnTerminal(
    { program, args, env: home.env, cwd: home.path },
    [
      { await: "", send: setup + ENTER },
      { await: PROMPT, send: `vpo-backup resto${TAB}` },
      { await: "restore ", send: BEGINNING + TAB },
      { await: `${NAME} `, send: `${CLEAR_LINE}vpo-backup backup --outp${TAB}` },
      { await: "--output ", send: `${CLEAR_LINE}exit 7${ENTER}` },
    ],
  );
  assert.equal(code, 7, terminal);
}

Deno.test({
  name: "completion: in bash, on a terminal",
  ignore: !hasTerminal || !isInstalled("bash", "--version"),
  async fn() {
    using home = shellHome();
    const script = await scriptOf(home, "bash");
    await typeInto(home, "bash", ["--norc", "--noprofile", "-i"], `source '${script}'; ${SET_PROMPT}`);
  },
});

testMore({
  name: "completion: in zsh, on a terminal",
  ignore: !hasTerminal || !isInstalled("zsh", "--version"),
  async fn() {
    using home = shellHome();
    Deno.renameSync(await scriptOf(home, "zsh"), join(home.path, "_vpo-backup"));
    const setup = `fpath=('${home.path}' $fpath); autoload -Uz compinit; compinit -u; ${SET_PROMPT}`;
    await typeInto(home, "zsh", ["-f", "-i"], setup);
  },
});

testMore({
  name: "completion: in fish",
  ignore: !isInstalled("fish", "--version"),
  async fn() {
    using home = shellHome();
    const script = await scriptOf(home, "fish");
    const complete = async (line: string) => {
      const { stdout } = await run("env", [
        "-i",
        ...Object.entries(home.env).map(([name, value]) => `${name}=${value}`),
        "fish",
        "--no-config",
        "-c",
        `source '${script}'; complete -C '${line}'`,
      ]);
      return stdout.trim().split("\n").map((line) => line.split("\t")[0]);
    };
    assert.deepEqual(await complete("vpo-backup resto"), ["restore"]);
    assert.deepEqual(await complete(`vpo-backup restore ${BEGINNING}`), [NAME]);
    assert.deepEqual(await complete("vpo-backup backup --outp"), ["--output"]);
  },
});

/** What a shell would do if it took a name for more than one. */
const HOSTILE = [
  "$(touch PWNED)",
  "`touch PWNED`",
  "a;touch PWNED;b",
  "a b&touch PWNED",
  "a'\"$(touch PWNED)",
  "|touch PWNED",
];
/** The beginnings of lines that a name ends: an argument, the value of an option, and in quotes. */
const LINES = ["verify N", "--library N", "--library=N", "--backup-dir N", "verify ./N", 'verify "N'];

/**
 * A home with hostile names, each beginning in its own way: files and directories here, and what looks like an archive in
 * the backup directory. The program completes, and does nothing else.
 */
function hostileHome(): ShellHome {
  const home = new ShellHome();
  Deno.mkdirSync(home.backups);
  for (const [number, part] of HOSTILE.entries()) {
    Deno.writeTextFileSync(join(home.path, `f${number}${part}.tar.gz`), "");
    Deno.mkdirSync(join(home.path, `d${number}${part}`));
    Deno.writeTextFileSync(join(home.backups, `vpo-library-2026-11-2${number}T20-38-01Z${part}.tar.gz`), "");
  }
  const program = join(home.path, "bin", "vpo-backup");
  const script = Deno.readTextFileSync(program).replace("\nexec", '\n[ "$1" = __complete ] || exit 0\nexec');
  Deno.writeTextFileSync(program, script);
  return home;
}

async function completeHostile(program: string, args: readonly string[], setup: (script: string) => string) {
  using home = hostileHome();
  const lines = someOf([...HOSTILE.keys()], 2).flatMap((number) => [
    `verify vpo-library-2026-11-2${number}`,
    ...LINES.filter((_, line) => line % 2 === number % 2).map((line) =>
      line.replace("N", `${line.includes("--backup-dir") ? "d" : "f"}${number}`)
    ),
  ]);
  const script = [
    { await: "", send: setup(await scriptOf(home, program)) + ENTER },
    ...lines.map((line) => ({ await: PROMPT, send: `vpo-backup ${line}${TAB}${ENTER}` })),
    { await: PROMPT, send: `exit 7${ENTER}` },
  ];
  const command = { program, args, env: home.env, cwd: home.path };
  const { code, terminal } = await runOnTerminal(command, script, { columns: 200 });
  assert.equal(code, 7, terminal);
  assert.deepEqual(Array.from(Deno.readDirSync(home.path), ({ name }) => name).filter((name) => name === "PWNED"), []);
  // It completed, and quoted.
  assert.match(terminal, /f0\\\$\\\(touch/);
}

const HOSTILE_SHELLS = {
  bash: { args: ["--norc", "--noprofile", "-i"], setup: (script: string) => `source '${script}'; ${SET_PROMPT}` },
  zsh: {
    args: ["-f", "-i"],
    setup(script: string): string {
      const directory = dirname(script);
      Deno.renameSync(script, join(directory, "_vpo-backup"));
      return `fpath=('${directory}' $fpath); autoload -Uz compinit; compinit -u; ${SET_PROMPT}`;
    },
  },
  fish: {
    args: ["--no-config", "-i"],
    setup: (script: string) => `source '${script}'; function fish_prompt; printf 'rea''dy> '; end`,
  },
} as const;

for (const [shell, { args, setup }] of Object.entries(HOSTILE_SHELLS)) {
  Deno.test({
    name: `completion: in ${shell}, hostile names of files and directories are names and nothing more`,
    ignore: !hasTerminal || !isInstalled(shell, "--version") || !(triesAll || shell === "bash"),
    fn: () => completeHostile(shell, args, setup),
  });
}
