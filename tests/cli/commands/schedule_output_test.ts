import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf, testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { ODD_ADDRESS } from "../../support/plans.ts";
import { BINARY } from "../../support/program.ts";

const isWindows = Deno.build.os === "windows";
const UNITS = [
  "vpo-backup-alert.service",
  "vpo-backup-check.service",
  "vpo-backup-check.timer",
  "vpo-backup-heartbeat.service",
  "vpo-backup-then.service",
  "vpo-backup.service",
  "vpo-backup.timer",
];

function namesIn(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
}

Deno.test("schedule --output: writes what it would print, and says what to type", async () => {
  using home = Home.withLibrary();
  const sequel = ["--then", "rclone copy a b", "--ping", "https://example.org/1"];
  const { code, stdout, stderr } = await home.run(["schedule", "systemd", ...sequel, "--output", "units"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const directory = join(home.path, "units");
  assert.deepEqual(namesIn(directory), UNITS);
  const lines = home.masked(stdout).split("\n");
  assert.deepEqual(lines.slice(1, 8).sort(), UNITS.map((name) => `  HOME/units/${name}`));
  assert.match(stdout, /^ {2}systemctl daemon-reload$/m);
  assert.match(stdout, /^ {2}cp .* \/etc\/systemd\/system\/$/m);
  const { stdout: printed } = await home.run(["schedule", "systemd", ...sequel]);
  for (const name of UNITS) {
    const text = Deno.readTextFileSync(join(directory, name));
    assert(printed.includes(`# File: /etc/systemd/system/${name}\n${text}`), name);
  }

  for (const [system, file] of [["cron", "vpo-backup.cron"], ["launchd", "vpo-backup.plist"]] as const) {
    const { stdout: json } = await home.run(["schedule", system, "-o", system, "--json"]);
    const { success, files, next } = JSON.parse(json) as { success: boolean; files: string[]; next: string[] };
    assert.deepEqual([success, files, next.length > 0], [true, [join(home.path, system, file)], true]);
    const { stdout: text } = await home.run(["schedule", system]);
    assert.equal(Deno.readTextFileSync(join(home.path, system, file)), text);
  }
});

Deno.test("schedule --output: never over a file that is there, unless --force is given, and then all are new", async () => {
  using home = Home.withLibrary();
  const directory = join(home.path, "units");
  Deno.mkdirSync(directory);
  Deno.writeTextFileSync(join(directory, "vpo-backup-alert.service"), "mine\n");
  const before = home.state();
  const refused = await home.run(["schedule", "systemd", "-o", "units"]);
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.equal(
    home.masked(refused.stderr),
    'Error: Cannot schedule backups: "HOME/units/vpo-backup-alert.service" already exists\n' +
      "Move it away, or replace it with --force.\n",
  );
  assert.deepEqual(home.state(), before);
  assert.deepEqual(await home.run(["schedule", "systemd", "-o", "units", "--force", "-q"]), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  assert.match(Deno.readTextFileSync(join(directory, "vpo-backup-alert.service")), /^\[Unit\]/);
  assert.equal(namesIn(directory).length, 5);
  Deno.removeSync(join(directory, "vpo-backup.timer"));
  Deno.mkdirSync(join(directory, "vpo-backup.timer"));
  const state = home.state();
  assert.equal((await home.run(["schedule", "systemd", "-o", "units", "--force"])).code, 2);
  assert.deepEqual(home.state(), state);
});

testMore("schedule --then, --ping: what no schedule can hold is refused", async () => {
  using home = Home.withLibrary();
  const refusals: readonly (readonly [string[], string])[] = [
    [["cron", "--ping", "ftp://example.org"], "`--ping`: Expected an address such as https://hc-ping.com/..., but got"],
    [["cron", "--ping", "-o/etc/passwd"], "`--ping`: Expected an address such as https://hc-ping.com/..., but got"],
    [["cron", "--then", " "], "`--then`: Expected a command, but got nothing"],
    [
      ["cron", "--then", "a\nb"],
      "Cannot schedule backups: your command contains a character that no schedule can hold",
    ],
    [
      ["windows", "--then", 'a" & b'],
      "Cannot schedule backups: the quotation marks or parentheses of your command are not balanced",
    ],
  ];
  for (const [args, error] of someOf(refusals, 4)) {
    const { code, stdout, stderr } = await home.run(["schedule", ...args]);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert(stderr.startsWith(`Error: ${error}`), stderr);
  }
});

Deno.test("schedule --ping: an address comes into the schedule with nothing but ASCII in it", async () => {
  using home = Home.withLibrary();
  const { stdout } = await home.run(["schedule", "cron", "--ping", "https://exämple.org/a b\u202e"]);
  assert.match(stdout, /--url 'https:\/\/xn--exmple-cua\.org\/a'\\%'20b'\\%'E2/);
  assert.equal((await home.run(["schedule", "windows", "--ping", ODD_ADDRESS])).code, 0);
});

Deno.test("schedule cron: a line that is too long for some crons is said", async () => {
  using home = Home.withLibrary();
  const { code, stderr } = await home.run(["schedule", "cron", "--then", "x".repeat(900)]);
  assert.equal(code, 0);
  assert.match(stderr, /^Warning: some crons take no lines of more than 998 characters/);
});

testMore({
  name: "schedule: an owner whom nothing names, and directories that he may not write to, are said",
  // Nobody else can give files away.
  ignore: isWindows || Deno.uid() !== 0,
  async fn() {
    using home = Home.withLibrary();
    const stranger = 54_321;
    Deno.chmodSync(home.path, 0o755);
    Deno.mkdirSync(home.backups, { mode: 0o755 });
    Deno.chownSync(home.library, stranger, stranger);
    Deno.chownSync(home.vpo, stranger, stranger);
    for (const system of ["systemd", "cron"]) {
      const { code, stderr } = await home.run(["schedule", system]);
      assert.equal(code, 0);
      // A binary may be where he cannot reach it, which is said, too.
      const isOfProgram = (line: string) => BINARY !== undefined && line.includes(BINARY);
      const warnings = home.masked(stderr).trimEnd().split("\n").filter((line) => !isOfProgram(line));
      assert.match(warnings[0] ?? "", /^Warning: the library belongs to user 54321, whom \/etc\/passwd does not name/);
      assert.equal(
        warnings[1],
        'Warning: "HOME/.vpo/backups" belongs to user 0, but the schedule runs as user 54321, who owns the library ' +
          "and may not write there",
      );
      assert.equal(warnings.length, 2);
    }
    Deno.chownSync(home.backups, stranger, stranger);
    Deno.chownSync(home.library, 0, 0);
    assert.equal((await home.run(["schedule", "cron"])).stderr, "");
    assert.equal((await home.run(["schedule", "systemd"])).stderr.match(/belongs to user 54321/g)?.length, 2);
    Deno.chmodSync(home.backups, 0o777);
    assert.equal((await home.run(["schedule", "systemd"])).stderr.match(/belongs to user 54321/g)?.length, 1);
  },
});
