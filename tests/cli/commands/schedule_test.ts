import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf, testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { BINARY, narrowPermissions } from "../../support/program.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

const SYSTEMS = ["systemd", "launchd", "cron", "windows"] as const;
const isWindows = Deno.build.os === "windows";
const PROGRAM = BINARY === undefined ? "vpo-backup" : isWindows ? `'${BINARY.replaceAll("\\", "/")}'` : BINARY;

/** A line for a shell, in which each separator of Windows is quoted by itself. */
function plain(text: string): string {
  return isWindows ? text.replaceAll("'\\\\'", "\\") : text;
}

Deno.test("schedule: a line for cron, with this program, library and directory", async () => {
  using home = Home.withLibrary();
  const { code, stdout, stderr } = await home.run(["schedule", "cron", "--at", "4:05", "--keep-last", "3"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const [backup, check] = home.masked(plain(stdout)).split("\n").filter((line) => /^\d/.test(line));
  const quote = isWindows ? "'" : "";
  const [library, backups] = [".vpo/library.db", ".vpo/backups"].map((path) => `${quote}HOME/${path}${quote}`);
  const places = `--library ${library} --backup-dir ${backups}`;
  const [, mark = ""] = /( # vpo-backup [0-9a-f]{8})$/.exec(backup ?? "") ?? [];
  assert.equal(backup, `5 4 * * * ${PROGRAM} backup --quiet ${places} --keep-last 3${mark}`);
  assert.equal(check, `5 5 * * * report=$(${PROGRAM} status ${places} --max-age 26h 2>&1) || echo "$report"${mark}`);
});

Deno.test({
  name: "schedule: the commands that it prints for systemd do what they say",
  ignore: isWindows,
  async fn() {
    using home = Home.withLibrary();
    const { stdout } = await home.run(["schedule", "systemd", "--every", "weekly", "--keep-within", "14d"]);
    const [backup = [], check = []] = Array.from(
      stdout.matchAll(/^ExecStart=(?!\/usr\/bin\/wall)(.*)$/gm),
      ([, line]) => line?.split(" ").slice(1) ?? [],
    );
    assert.deepEqual(await home.run(backup), { code: 0, stdout: "", stderr: "" });
    assert.equal(home.archives().length, 1);
    const { code, stdout: report } = await home.run(check);
    assert([0, 60].includes(code), report);
  },
});

Deno.test({
  name: "schedule: the command that it prints for Windows does what it says",
  ignore: !isWindows,
  async fn() {
    using home = Home.withLibrary();
    const { stdout } = await home.run(["schedule", "windows", "--keep-within", "14d"]);
    const [, backup = ""] = /<Arguments>(.*)<\/Arguments>/.exec(stdout) ?? [];
    assert.deepEqual(await home.run(backup.split(" ")), { code: 0, stdout: "", stderr: "" });
    assert.equal(home.archives().length, 1);
  },
});

testMore("schedule: all --keep options come back as they can be typed", async () => {
  using home = Home.withLibrary();
  const keep = [
    ...["--keep-last", "1", "--keep-hourly", "2", "--keep-daily", "3", "--keep-weekly", "4", "--keep-monthly", "5"],
    ...["--keep-yearly", "6", "--keep-within", "2w", "--max-total-size", "1536MB"],
  ];
  const { stdout } = await home.run(["schedule", "cron", ...keep]);
  const [, told = ""] = /backups'? (--keep-last .*) # vpo-backup/m.exec(stdout) ?? [];
  assert.equal((await home.run(["schedule", "cron", ...told.split(" ")])).stdout, stdout);
  assert.match(
    told,
    /--keep-hourly 2 --keep-daily 3 --keep-weekly 4 --keep-monthly 5 --keep-yearly 6 --keep-within 14d /,
  );
});

Deno.test("schedule: each system, and JSON", async () => {
  using home = Home.withLibrary();
  for (const system of SYSTEMS) {
    const { code, stdout, stderr } = await home.run(["schedule", system]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(home.masked(plain(stdout)), /HOME\/\.vpo\/library\.db/);
    if (!someOf(SYSTEMS, 1).includes(system)) continue;
    const { stdout: json } = await home.run(["schedule", system, "--json"]);
    assert.deepEqual(JSON.parse(json), { success: true, [system]: stdout, warnings: [] });
  }
});

testMore("schedule: the settings that variables name are backed up at night as well", async () => {
  using home = Home.withLibrary();
  const env = { VPO_CONFIG_PATH: join(home.path, "vpo.toml"), VPO_DATA_DIR: "~/data", VPO_BACKUP_CONFIG: "~/my.toml" };
  for (const name of ["vpo.toml", "my.toml"]) Deno.writeTextFileSync(join(home.path, name), "", { mode: 0o600 });
  for (const system of SYSTEMS) {
    const { stdout, stderr } = await home.run(["schedule", system], { env });
    const said = home.masked(system === "windows" ? stderr : stdout);
    assert.match(said, /VPO_CONFIG_PATH[^\n]*\n?[^\n]*HOME\/vpo\.toml/, system);
    assert.match(said, /VPO_BACKUP_CONFIG[^\n]*\n?[^\n]*HOME\/my\.toml/, system);
    assert.match(said, /VPO_DATA_DIR[^\n]*\n?[^\n]*HOME\/data/, system);
  }
});

testWithSymlinks("schedule: real paths behind links", async () => {
  using home = Home.withLibrary();
  makeSymlink(home.vpo, join(home.path, "link"), "dir");
  for (const system of SYSTEMS) {
    const { stdout } = await home.run(["schedule", system, "--library", join(home.path, "link", "library.db")]);
    assert.match(home.masked(stdout), /HOME\/\.vpo\/library\.db/);
  }
}, testMore);

Deno.test({
  name: "schedule: the library's owner is the user that systemd starts it as",
  ignore: isWindows,
  async fn() {
    using home = Home.withLibrary();
    const { stdout } = await home.run(["schedule", "systemd"]);
    assert.match(stdout, new RegExp(`^User=${Deno.statSync(home.library).uid}$`, "m"));
    assert.match(stdout, new RegExp(`^# {3}install -d -m 700 -o \\d+ ${home.backups}$`, "m"));
  },
});

Deno.test("schedule: needs to read the library's directory only, and writes nothing", async () => {
  using home = Home.withLibrary();
  const before = home.state();
  const { code } = await home.run(["schedule", "cron"], {
    permissions: narrowPermissions([home.path], [join(home.path, "elsewhere")]),
  });
  assert.equal(code, 0);
  assert.deepEqual(home.state(), before);
});

testMore("schedule: what cannot be scheduled is refused", async () => {
  using home = Home.withLibrary();
  const refusals: readonly (readonly [string[], number, string])[] = [
    [["cron", "--at", "24:00"], 2, '`--at`: Expected a time of day such as 03:30, but got "24:00"'],
    [["cron", "--at", "3:5"], 2, '`--at`: Expected a time of day such as 03:30, but got "3:5"'],
    [
      ["cron", "--every", "yearly"],
      2,
      '`--every`: Expected one of "daily", "hourly", and "weekly", but got "yearly"',
    ],
    [
      ["crom"],
      2,
      '`SYSTEM`: Expected one of "systemd", "launchd", "cron", and "windows", but got "crom"',
    ],
    [["cron", "--library", "gone.db"], 20, 'Cannot schedule backups: there is no library at "gone.db"'],
    ...["\n", "\x7f", "\ufffe", "\uffff", "\ufdd0", "\u{1ffff}"].map((character): [string[], number, string] => [
      ["systemd", "--backup-dir", `a${character}b`],
      2,
      'Cannot schedule backups: "HOME/a�b" contains a character that no schedule can hold',
    ]),
  ];
  for (const [args, code, error] of someOf(refusals, 3)) {
    const outcome = await home.run(["schedule", ...args], { cwd: home.path });
    assert.equal(outcome.code, code);
    assert.equal(home.masked(outcome.stderr).split("\n")[0], `Error: ${error}`);
  }
});
