import assert from "node:assert/strict";
import { ERRORS } from "../../../src/errors.ts";
import { GRANTS, NEVER_GRANTED } from "../../../src/grants.ts";
import { textWidth } from "../../../src/output/format.ts";
import { VERSION } from "../../../src/version.ts";
import { someOf } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import type { Outcome } from "../../support/program.ts";
import { runHere } from "../../support/run_here.ts";

const COMMANDS = [
  "backup",
  "restore",
  "undo",
  "backups",
  "verify",
  "prune",
  "status",
  "diff",
  "show",
  "extract",
  "doctor",
  "schedule",
  "config",
  "report",
  "completion",
  "version",
];
const RETENTION = [
  ...["last", "hourly", "daily", "weekly", "monthly", "yearly"].map((rule) => `--keep-${rule} N`),
  "--keep-within DURATION",
  "--max-total-size SIZE",
];
const MAX_COLUMNS = 80;

/** What help prints for these arguments. */
async function helpOf(home: Home, ...args: string[]): Promise<string> {
  return pageIn(await home.run(args), args);
}

function pageIn({ code, stdout, stderr }: Outcome, args: readonly string[]): string {
  assert.deepEqual([code, stderr], [0, ""], args.join(" "));
  assert.match(stdout, /\S\n$/);
  for (const line of stdout.split("\n")) {
    assert(textWidth(line) <= MAX_COLUMNS, `too wide: ${line}`);
    assert.equal(line, line.trimEnd());
    assert.doesNotMatch(line, /^\s*\W$/, "punctuation stands alone");
  }
  return stdout;
}

Deno.test("help: --help, -h, help and no arguments are one page with all commands, in 24 lines", async () => {
  using home = new Home();
  const page = await helpOf(home, "--help");
  for (const args of [["-h"], ["help"], [], ["--json", "--help"], ["help", "--json"]]) {
    assert.equal(pageIn(await runHere(args), args), page);
  }
  for (const command of COMMANDS) assert.match(page, new RegExp(`^  ${command} {2,}\\S`, "m"));
  assert(page.split("\n").length <= 24, page);
  for (const topic of ["options", "exit-codes", "sandbox", "format"]) assert.match(page, new RegExp(`\\b${topic}\\b`));
});

Deno.test("help: the options of every command have a page", async () => {
  using home = new Home();
  const page = await helpOf(home, "help", "options");
  const options = ["--library PATH", "--backup-dir DIR", "--json", "-q, --quiet", "-v, --verbose", "--log-file FILE"];
  for (const option of [...options, "--no-color", "--progress HOW", "--no-progress", "-h, --help", "--version"]) {
    assert.match(page, new RegExp(`^  ${option} {2,}\\S`, "m"));
  }
});

Deno.test("help: the exit codes are those of the table", async () => {
  using home = new Home();
  const page = await helpOf(home, "help", "exit-codes");
  const [, table = ""] = page.split("Exit codes:\n");
  let exit = "";
  const told = table.trimEnd().split("\n").map((line) => {
    const [, number = "", when] = /^ {2,4}(\d*) +(\S.*)$/.exec(line) ?? [];
    if (number !== "") exit = number;
    return `${exit} ${when}`;
  });
  assert.deepEqual(told, ["0 success", ...Object.values(ERRORS).map((entry) => `${entry.exit} ${entry.when}`)]);
});

Deno.test("help: the sandbox's grants are those of the table", async () => {
  using home = new Home();
  const told = await helpOf(home, "help", "sandbox");
  for (const { flag, what, values } of GRANTS) {
    assert.match(told, new RegExp(`^ {2}${flag} {2,}${what}$`, "m"));
    for (const value of values) assert.match(told, new RegExp(`\\b${value}\\b`));
  }
  assert.match(told, new RegExp(`\n {2}never {2,}${NEVER_GRANTED}\n$`));
});

Deno.test("help: the archive's format has a page", async () => {
  using home = new Home();
  assert.match(await helpOf(home, "help", "format"), /backup_metadata\.json .*\n[^]* tar -xzf /);
});

Deno.test("help: COMMAND --help is help COMMAND, with its options and examples", async () => {
  using home = new Home();
  const own: Readonly<Record<string, readonly string[]>> = {
    backup: [
      "-o, --output PATH",
      "--make-dir",
      "--dry-run",
      "--force",
      "--wait SECONDS",
      "--level 1-9",
      "--any-database",
      ...RETENTION,
    ],
    restore: ["-y, --yes", "--dry-run", "--force", "--wait SECONDS", "--any-database", "BACKUP"],
    undo: ["-y, --yes", "--dry-run", "--wait SECONDS", "PATH"],
    backups: ["-p, --path DIR", "--sort KEY", "--limit N", "--verify"],
    verify: ["BACKUP", "--all", "--quick", "--temp-dir DIR", "--any-database"],
    prune: ["-y, --yes", "--dry-run", "--damaged", "--force", ...RETENTION],
    status: ["--max-age DURATION", "--wait SECONDS"],
    extract: ["-o, --output DIR", "--salvage", "--any-database", "BACKUP"],
    show: ["--quick", "--temp-dir DIR", "BACKUP"],
    diff: ["--files", "--limit N", "--temp-dir DIR", "--wait SECONDS", "BACKUP"],
    doctor: ["--wait SECONDS"],
    config: ["WHAT"],
    report: ["-o, --output FILE", "--force", "--verify", "--copy-to DIR", ...RETENTION],
    schedule: ["--at HH:MM", "--every PERIOD", ...RETENTION, "SYSTEM"],
    completion: ["SHELL"],
    version: [],
  };
  for (const command of COMMANDS) {
    const page = pageIn(await runHere([command, "--help"]), [command]);
    assert.equal((await runHere(["help", command])).stdout, page);
    if (someOf(COMMANDS, 2).includes(command)) {
      assert.equal(await helpOf(home, command, "--help"), page);
      assert.equal(await helpOf(home, "help", command), page);
    }
    for (const option of [...own[command] ?? [], "--library PATH", "--json", "-f, --format FORM"]) {
      assert.match(page, new RegExp(`^  ${option} {2,}\\S`, "m"));
    }
    const argument = {
      restore: " \\[BACKUP\\]",
      undo: " \\[PATH\\]",
      verify: " \\[BACKUP\\.\\.\\.\\]",
      show: " \\[BACKUP\\]",
      extract: " BACKUP",
      diff: " \\[BACKUP\\.\\.\\.\\]",
      schedule: " SYSTEM",
      config: " \\[WHAT\\]",
      completion: " SHELL",
    }[command] ??
      "";
    assert.match(page, new RegExp(`^Usage: vpo-backup ${command} \\[OPTIONS\\]${argument}$`, "m"));
    const [, examples = ""] = page.split("\nExamples:\n");
    assert(examples.startsWith(`  vpo-backup ${command}`));
    assert.doesNotMatch(examples, /^-/m, "an example was wrapped");
  }
  assert.equal(await helpOf(home, "list", "-h"), await helpOf(home, "backups", "-h"));
});

Deno.test("help: --version", async () => {
  using home = new Home();
  for (const args of [["--version"], ["backup", "--version"]]) {
    assert.deepEqual(await home.run(args), { code: 0, stdout: `vpo-backup ${VERSION}\n`, stderr: "" });
  }
});

/** Wrong usage, for a person. */
function usage(error: string, hint: string): Outcome {
  return { code: 2, stdout: "", stderr: `Error: ${error}\n${hint}\n` };
}

Deno.test("usage: what does not exist is refused with the nearest that does", async () => {
  const unknown = (what: string, hint: string) => usage(`Unknown ${what}`, hint);
  const cases: readonly (readonly [string[], Outcome])[] = [
    [["restor"], unknown('command "restor"', "Did you mean `restore`?")],
    [["bakcup"], unknown('command "bakcup"', "Did you mean `backup`?")],
    [["frobnicate"], unknown('command "frobnicate"', "See: vpo-backup --help")],
    [["help", "bakcup"], unknown('command "bakcup"', "Did you mean `backup`?")],
    [["backup", "--otput", "x"], unknown('option "--otput"', "Did you mean `--output`?")],
    [["--otput", "x", "backup"], unknown('option "--otput"', "Did you mean `--output`?")],
    [["--no-progres", "backup"], unknown('option "--no-progres"', "Did you mean `--no-progress`?")],
    [["--versoin"], unknown('option "--versoin"', "Did you mean `--version`?")],
    [["restore", "--yess", "latest"], unknown('option "--yess"', "Did you mean `--yes`?")],
    [["restore", "latest", "--yess"], unknown('option "--yess"', "Did you mean `--yes`?")],
    [["restore", "-?"], unknown('option "-?"', "If it is a file: ./-?")],
    [["verify", "--qick"], unknown('option "--qick"', "Did you mean `--quick`?")],
    [["prune", "--keep-dayly", "3"], unknown('option "--keep-dayly"', "Did you mean `--keep-daily`?")],
    [["status", "--maxage", "3d"], unknown('option "--maxage"', "Did you mean `--max-age`?")],
    [["backup", "-x"], unknown('option "-x"', "See: vpo-backup backup --help")],
    [["backups", "--wait", "1"], unknown('option "--wait"', "See: vpo-backup backups --help")],
    [["backup", "extra"], usage('Unexpected argument "extra"', "See: vpo-backup backup --help")],
    [["restore", "one", "two"], usage('Unexpected argument "two"', "See: vpo-backup restore --help")],
  ];
  for (const [args, outcome] of cases) assert.deepEqual(await runHere(args), outcome, args.join(" "));
});

Deno.test("usage: wrong and missing values", async () => {
  const cases: readonly (readonly [string[], string])[] = [
    [["backup", "--level", "0"], '`--level`: Expected a value greater than or equal to 1, but got "0"'],
    [["backup", "--level", "10"], '`--level`: Expected a value less than or equal to 9, but got "10"'],
    [["backup", "--level", "6.5"], '`--level`: Expected a whole number, but got "6.5"'],
    [
      ["prune", "--keep-daily", "99999999999999999999"],
      '`--keep-daily`: Expected a number of at most 15 digits, but got "99999999999999999999"',
    ],
    [["completion"], "No shell was given: name bash, zsh, fish, pwsh or nu"],
    [["backup", "--wait", "-1"], '`--wait`: Expected a value greater than or equal to 0, but got "-1"'],
    [["undo", "--wait=soon"], '`--wait`: Expected a valid number, but got "soon"'],
    [
      ["status", "--max-age", "soon"],
      '`--max-age`: Expected a duration such as 90min, 26h, 3d or 2w, but got "soon"',
    ],
    [["prune", "--keep-last", "-1"], '`--keep-last`: Expected a value greater than or equal to 0, but got "-1"'],
    [["backups", "--limit", "0"], '`--limit`: Expected a value greater than or equal to 1, but got "0"'],
    [["backup", "--output"], "`--output` requires `PATH`"],
    [["backup", "--library", "a", "--library", "b"], "`--library` cannot be used multiple times"],
    [["-v"], "No command was given"],
  ];
  for (const [args, error] of cases) {
    const hint = args[0] === "-v" ? "See: vpo-backup --help" : `See: vpo-backup ${args[0]} --help`;
    assert.deepEqual(await runHere(args), usage(error, hint), args.join(" "));
  }
});

Deno.test("usage: with --json errors are JSON, too, wherever it stands", async () => {
  using home = Home.withLibrary();
  const document = {
    success: false,
    error: 'Unknown option "--otput"',
    code: "usage",
    hint: "Did you mean `--output`?",
    warnings: [],
  };
  for (const args of [["--json", "backup", "--otput", "x"], ["backup", "--otput", "x", "--json"]]) {
    const { code, stdout, stderr } = await home.run(args);
    assert.deepEqual([code, stderr, JSON.parse(stdout)], [2, "", document]);
  }
  const { stdout, stderr } = await home.run(["backup", "--", "--json"]);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: Unexpected argument "--json"\n/);
});

Deno.test("usage: after -- an argument may begin with a dash", async () => {
  using home = Home.withLibrary();
  const path = home.putArchive("vpo-library-2026-02-05T14-30-22Z.tar.gz", "--odd.tar.gz");
  const { code, stdout } = await home.run(["restore", "--dry-run", "--json", "--", "--odd.tar.gz"]);
  assert.equal((JSON.parse(stdout) as { backup_path: string }).backup_path, path);
  assert.equal(code, 0);
  assert.equal((await home.run(["restore", "--dry-run", "--odd.tar.gz"])).code, 2);
});

Deno.test("usage: options of every command go before and after the command, and with =", async () => {
  using home = new Home();
  const library = home.putLibrary(`${home.path}/named.db`);
  const forms = [
    ["--library", library, "--json", "backup", "--dry-run"],
    ["backup", "--dry-run", "--json", `--library=${library}`],
    ["--json", "backup", "--library", library, "--dry-run", "--wait=0.5", "--no-color"],
  ];
  for (const args of forms) {
    const { code, stdout } = await home.run(args);
    assert.equal(code, 0);
    assert.equal((home.document(stdout) as { database_path: string }).database_path, "HOME/named.db");
  }
});

Deno.test("help format: names all that is in an archive, the settings too", async () => {
  using home = new Home();
  const page = await helpOf(home, "help", "format");
  for (const entry of ["backup_metadata.json", "settings/", "library.db"]) assert(page.includes(`  ${entry} `), entry);
});
