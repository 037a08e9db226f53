import assert from "node:assert/strict";
import { join } from "node:path";
import { NULL_DEVICE } from "../../../src/engine/text_file.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { ago, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;
const isWindows = Deno.build.os === "windows";

function putConfig(home: Home, ...lines: string[]): string {
  const path = join(home.vpo, "backup.toml");
  Deno.writeTextFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

interface Setting {
  readonly name: string;
  readonly value: string | number | null;
  readonly origin: string;
  readonly source: string | null;
  readonly line: number | null;
}

async function settings(home: Home, args: string[] = [], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await home.run(["config", "--json", ...args], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  const document = home.document(stdout) as { settings: Setting[]; config_found: boolean; config_path: string };
  return {
    ...document,
    of: (name: string) => {
      const { value, origin, source, line } = document.settings.find((setting) => setting.name === name) ?? {};
      return [value, origin, source, line];
    },
  };
}

Deno.test("config: what is in force, and where each comes from", async () => {
  using home = new Home();
  const none = await settings(home);
  assert.deepEqual([none.config_path, none.config_found], ["HOME/.vpo/backup.toml", false]);
  assert.deepEqual(none.of("backup_dir"), ["HOME/.vpo/backups", "default", null, null]);
  assert.deepEqual(none.of("level"), [3, "default", null, null]);
  assert.deepEqual(none.of("keep_daily"), [null, "default", null, null]);

  putConfig(home, "# rules", 'backup_dir = "~/far"', "keep_daily = 7");
  const some = await settings(home);
  assert.equal(some.config_found, true);
  assert.deepEqual(some.of("backup_dir"), ["~/far", "file", "HOME/.vpo/backup.toml", 2]);
  assert.deepEqual(some.of("keep_daily"), [7, "file", "HOME/.vpo/backup.toml", 3]);
  const variable = await settings(home, [], { VPO_BACKUP_DIR: "/there" });
  assert.deepEqual(variable.of("backup_dir"), ["/there", "variable", "VPO_BACKUP_DIR", null]);
  const flag = await settings(home, ["--backup-dir", "/here"], { VPO_BACKUP_DIR: "/there" });
  assert.deepEqual(flag.of("backup_dir"), ["/here", "option", "--backup-dir", null]);

  const { stdout } = await home.run(["config"]);
  assert.match(home.masked(stdout), /^Configuration: HOME\/\.vpo\/backup\.toml\n\nSetting +Value +From\n/);
  assert.match(stdout, /^keep_daily +7 +line 3$/m);
  assert.match(stdout, /^max_age +26h +default$/m);
  assert.match(stdout, /^then +- +default$/m);
});

Deno.test("config init: a file in which nothing counts yet, never over one that is there", async () => {
  using home = new Home();
  const { code, stdout, stderr } = await home.run(["config", "init"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(home.masked(stdout), /^Configuration written: HOME\/\.vpo\/backup\.toml\n/);
  const path = join(home.vpo, "backup.toml");
  const text = Deno.readTextFileSync(path);
  if (!isWindows) assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  const names = (await settings(home)).settings.map(({ name }) => name);
  for (const line of text.split("\n")) assert.match(line, /^(#.*)?$/);
  // Each line counts when its # is taken away.
  Deno.writeTextFileSync(path, text.replace(/^#(?! )/gm, ""));
  const all = await settings(home);
  for (const name of names) assert.equal(all.of(name)[1], "file", name);

  const before = home.state();
  const again = await home.run(["config", "init"]);
  assert.deepEqual([again.code, again.stdout], [2, ""]);
  assert.match(home.masked(again.stderr), /"HOME\/\.vpo\/backup\.toml" already exists/);
  assert.deepEqual(home.state(), before);
  const elsewhere = await home.run(["config", "init", "--config", "new.toml", "--json"], { cwd: home.path });
  assert.deepEqual(home.document(elsewhere.stdout), { success: true, config_path: "HOME/new.toml", warnings: [] });
});

Deno.test("backup.toml: a mistake in it ends every command that goes by it, and names the line", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(HOUR));
  putConfig(home, "keep_dayly = 7");
  const before = home.state();
  const commands = [["backup"], ["prune", "--yes"], ["status"], ["doctor"], ["schedule", "cron"], ["config"]];
  for (const args of someOf(commands, 3)) {
    const { code, stdout, stderr } = await home.run(args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.equal(
      home.masked(stderr),
      'Error: Cannot use the configuration "HOME/.vpo/backup.toml": line 1: unknown key "keep_dayly"\n' +
        'Did you mean "keep_daily"?\n',
    );
  }
  assert.deepEqual(home.state(), before);
  // On the bad day it does not stand in the way of who names the directory.
  assert.equal((await home.run(["restore", "latest", "--dry-run", "--backup-dir", home.backups])).code, 0);
  assert.equal((await home.run(["status", "--config", NULL_DEVICE])).code, 0);
});

Deno.test("backup.toml: directory and rules hold for backup and prune, and rules add up with options", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(HOUR), ago(2 * DAY), ago(4 * DAY), ago(6 * DAY));
  putConfig(home, "keep_last = 2", "level = 1");
  const plan = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.run(["prune", "--dry-run", "--json", ...args]);
    assert.deepEqual([code, stderr], [0, ""]);
    const { kept, removed } = JSON.parse(stdout) as { kept: unknown[]; removed: unknown[] };
    return [kept.length, removed.length];
  };
  assert.deepEqual(await plan(), [2, 2]);
  assert.deepEqual(await plan("--keep-last", "1"), [1, 3]);
  assert.deepEqual(await plan("--keep-daily", "3"), [3, 1]);
  const { code, stdout } = await home.run(["backup", "--json"]);
  assert.equal(code, 0);
  const { pruned } = JSON.parse(stdout) as { pruned: { removed: unknown[] } };
  assert.equal(pruned.removed.length, 3);
  assert.equal(home.archives().length, 2);
  assert.match((await home.run(["show", "latest", "--quick"])).stdout, /gzip, level 1\)/);
});

testMore("backup.toml: its rules remove nothing in a directory or a file that was named for one run", async () => {
  using home = Home.withLibrary();
  const names = await putBackups(home, ago(HOUR), ago(2 * DAY), ago(4 * DAY));
  const usb = join(home.path, "usb");
  Deno.renameSync(home.backups, usb);
  putConfig(home, "keep_last = 1");
  const count = () => Array.from(Deno.readDirSync(usb)).filter(({ name }) => name.endsWith(".tar.gz")).length;
  const named = await home.run(["backup", "--backup-dir", usb]);
  assert.equal(named.code, 0);
  assert.equal(
    home.masked(named.stderr),
    'Warning: the rules in "HOME/.vpo/backup.toml" are not for "HOME/usb": they remove nothing there\n',
  );
  assert.equal(count(), names.length + 1);
  assert.equal((await home.run(["backup", "--output", usb])).code, 0);
  assert.equal((await home.run(["backup", "--output", join(usb, "one.tar.gz")])).code, 0);
  assert.equal(count(), names.length + 3);
  const prune = await home.run(["prune", "--yes", "--backup-dir", usb]);
  assert.equal(prune.code, 2);
  assert.match(prune.stderr, /Cannot prune: no retention rule given/);
  assert.equal(count(), names.length + 3);

  // Where the file itself names a directory its rules are for it, and not for the one in the variable.
  putConfig(home, "keep_last = 1", `backup_dir = ${JSON.stringify(join(home.path, "other"))}`);
  const variable = await home.run(["backup"], { env: { VPO_BACKUP_DIR: usb } });
  assert.deepEqual([variable.code, / are not for "/.test(variable.stderr)], [0, true]);
  assert.equal(count(), names.length + 4);
  putConfig(home, "keep_last = 1", `backup_dir = ${JSON.stringify(usb)}`);
  assert.equal((await home.run(["prune", "--yes", "--backup-dir", usb])).code, 0);
  assert.equal(count(), 2, "one, and the one that has a name of its own");
});

testMore(
  "backup.toml: further places get copies, and are pruned by its rules; one that an option names is not",
  async () => {
    using home = Home.withLibrary();
    const names = await putBackups(home, ago(2 * DAY), ago(4 * DAY));
    const placeOf = (name: string) => {
      const place = join(home.path, name);
      Deno.mkdirSync(place);
      for (const each of names) Deno.copyFileSync(join(home.backups, each), join(place, each));
      return place;
    };
    const count = (place: string) => Array.from(Deno.readDirSync(place)).filter(({ name }) => /gz$/.test(name)).length;
    const [second, third] = [placeOf("second"), placeOf("third")];
    putConfig(home, `copy_to = [${JSON.stringify(second)}]`, "keep_last = 2", 'copy_max_age = "1d"');
    assert.deepEqual((await settings(home)).of("copy_to"), [["HOME/second"], "file", "HOME/.vpo/backup.toml", 1]);
    const other = (await settings(home, [], { VPO_BACKUP_COPY_TO: third })).of("copy_to");
    assert.deepEqual(other, [["HOME/third"], "variable", "VPO_BACKUP_COPY_TO", null]);
    assert.equal((await home.run(["status"])).code, 61);
    assert.equal((await home.run(["status", "--copy-max-age", "9d", "--max-age", "9d"])).code % 60, 0);

    assert.equal((await home.run(["backup", "-q", "--copy-to", third])).code, 0);
    assert.deepEqual([count(home.backups), count(second), count(third)], [2, 2, 3]);
    assert.equal((await home.run(["backup", "-q"])).code, 0);
    assert.deepEqual([count(home.backups), count(second), count(third)], [2, 2, 3]);
    const instead = await home.run(["backup"], { env: { VPO_BACKUP_COPY_TO: third } });
    assert.match(instead.stderr, /the rules in ".*" are not for the places in VPO_BACKUP_COPY_TO/);
    assert.deepEqual([count(home.backups), count(second), count(third)], [2, 2, 4]);
    assert.match((await home.run(["config"])).stdout, /^copy_to +\S*second +line 1$/m);
  },
);

testMore({
  name: "schedule: the night goes by the places for copies, wherever they were named (units have paths of Unix)",
  ignore: isWindows,
  async fn() {
    using home = Home.withLibrary();
    await putBackups(home, ago(HOUR));
    const second = join(home.path, "second");
    Deno.mkdirSync(second);
    putConfig(home, `backup_dir = ${JSON.stringify(home.backups)}`, `copy_to = [${JSON.stringify(second)}]`);
    const units = async (...args: string[]) => home.masked((await home.run(["schedule", "systemd", ...args])).stdout);
    const named = await units();
    assert.match(named, /^ReadWritePaths=.* -HOME\/second$/m);
    assert.doesNotMatch(named, /--copy-to/);
    const other = await units("--copy-to", join(home.path, "third"));
    assert.match(other, /^ReadWritePaths=.* -HOME\/third$/m);
    assert.equal(other.match(/^ExecStart=.* --copy-to HOME\/third/gm)?.length, 2);
  },
});

testMore("backup.toml: whether settings go into backups; an option comes first", async () => {
  using home = Home.withLibrary();
  putConfig(home, "settings = false");
  const hasSettings = async (...args: string[]) => {
    const { code, stdout } = await home.run(["backup", "--json", ...args]);
    assert.equal(code, 0);
    return (JSON.parse(stdout) as { settings: unknown }).settings !== null;
  };
  assert.equal(await hasSettings(), false);
  assert.equal(await hasSettings("--settings"), true);
  putConfig(home, "settings = true");
  assert.equal(await hasSettings("--no-settings"), false);
  assert.equal(await hasSettings(), true);
});

testMore("backup.toml: the greatest age holds for status and doctor, a flag comes first", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(10 * DAY));
  assert.equal((await home.run(["status"])).code, 61);
  putConfig(home, 'max_age = "2w"');
  assert.notEqual((await home.run(["status"])).code, 61);
  assert.equal((await home.run(["status", "--max-age", "9d"])).code, 61);
  const newest = async () => /^(\S+) +Newest/m.exec((await home.run(["doctor"])).stdout)?.[1];
  assert.equal(await newest(), "ok");
  putConfig(home, 'max_age = "9d"');
  assert.equal(await newest(), "problem");
});

testMore("backup.toml: schedule goes by it, and has the commands of the night go by it", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(HOUR));
  const config = putConfig(
    home,
    `backup_dir = ${JSON.stringify(home.backups)}`,
    "keep_daily = 7",
    'at = "4:05"',
    'max_age = "3d"',
    'ping = "https://example.org/1"',
  );
  const lines = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.run(["schedule", "cron", ...args]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^# It keeps: .*--keep-daily 7/m);
    return stdout.split("\n").filter((line) => /^\d/.test(line));
  };
  const [backup = "", check = ""] = await lines("--keep-last", "3");
  assert(backup.startsWith("5 4 * * * "), backup);
  assert.match(backup, /--keep-last 3 && curl .*--url https:\/\/example\.org\/1 #/);
  assert.doesNotMatch(backup, /--keep-daily/);
  if (!isWindows) assert(backup.includes(` --config ${config} `), backup);
  assert.doesNotMatch(check, /--max-age/);
  assert.match((await lines("--at", "5:00", "--ping", "https://example.org/2"))[0] ?? "", /^0 5 .*example\.org\/2 #/);
  // Where the file does not name the directory, the night might take its rules for another one's.
  putConfig(home, "keep_daily = 7");
  assert.match((await lines())[0] ?? "", /--keep-daily 7 #/);
});
