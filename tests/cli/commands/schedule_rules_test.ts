import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { makeSymlink } from "../../support/symlinks.ts";
import { NULL_DEVICE } from "../../../src/engine/text_file.ts";
import { PROGRAM } from "../../../src/program.ts";

const isWindows = Deno.build.os === "windows";

/** A home with the sample library, rules in `backup.toml`, and a directory `usb` beside them that copies go into. */
function withRules(...lines: readonly string[]): Home {
  const home = Home.withLibrary();
  Deno.writeTextFileSync(join(home.vpo, "backup.toml"), lines.join("\n"), { mode: 0o600 });
  Deno.mkdirSync(join(home.path, "usb"));
  return home;
}

function archivesIn(directory: string): number {
  return Array.from(Deno.readDirSync(directory)).filter(({ name }) => name.endsWith(".tar.gz")).length;
}

/** The words of the backup that a cron line makes, and what was said beside it. */
async function scheduled(
  home: Home,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ backup: string[]; keeps: string; stderr: string }> {
  const { code, stdout, stderr } = await home.run(["schedule", "cron", ...args], { env });
  assert.equal(code, 0, stderr);
  const [, keeps = ""] = /^# (It keeps: .*|Old backups are never removed)/m.exec(stdout) ?? [];
  const [, words = ""] = new RegExp(`^[\\d* ]+ \\S*${PROGRAM} (backup .*?)(?: #.*)?$`, "m").exec(stdout) ?? [];
  return { backup: words.split(" "), keeps, stderr: home.masked(stderr) };
}

testMore({
  name: "retentionAtNight: the file's rules remove nothing in places for copies that an option or a variable names",
  // The command is split at its spaces, and on Windows its paths are quoted.
  ignore: isWindows,
  async fn() {
    using home = withRules("keep_last = 2");
    const usb = join(home.path, "usb");
    for (let made = 0; made < 4; made++) {
      assert.equal((await home.run(["backup", "-q", "--make-dir", "--copy-to", usb])).code, 0);
    }
    assert.deepEqual([archivesIn(home.backups), archivesIn(usb)], [2, 4]);
    const { backup, keeps, stderr } = await scheduled(home, ["--copy-to", usb]);
    assert.deepEqual([keeps, stderr], ["It keeps: --keep-last 2", ""]);
    assert.equal((await home.run(backup)).code, 0);
    assert.deepEqual([archivesIn(home.backups), archivesIn(usb)], [2, 5]);
    // A variable in the place of what the file names is like an option; where the file names none, the rules are for it.
    const env = { VPO_BACKUP_COPY_TO: usb };
    Deno.writeTextFileSync(join(home.vpo, "backup.toml"), `keep_last = 2\ncopy_to = ["${home.path}/away"]`);
    assert.deepEqual(await scheduled(home, [], env), { backup, keeps, stderr });
    Deno.writeTextFileSync(join(home.vpo, "backup.toml"), "keep_last = 2");
    const variable = await scheduled(home, [], env);
    assert.deepEqual(variable.backup, [...backup, "--keep-last", "2"]);
    assert.equal((await home.run(["backup", "-q"], { env })).code, 0);
    assert.deepEqual([archivesIn(home.backups), archivesIn(usb)], [2, 2], "as it is by hand");
  },
});

testMore({
  name: "retentionAtNight: rules that would hold for the copies, too, are left out, and that is said",
  ignore: isWindows,
  async fn() {
    using home = withRules("keep_last = 2");
    const other = join(home.path, "other");
    const env = { VPO_BACKUP_DIR: other };
    assert.equal((await home.run(["backup", "-q", "--make-dir"], { env })).code, 0);
    const alone = await scheduled(home, [], env);
    assert.deepEqual([alone.backup.slice(-2), alone.stderr], [["--keep-last", "2"], ""]);
    const { backup, keeps, stderr } = await scheduled(home, ["--copy-to", join(home.path, "usb")], env);
    assert(!backup.includes("--keep-last"), backup.join(" "));
    assert.equal(keeps, "Old backups are never removed");
    assert.match(
      stderr,
      /^Warning: the rules in "HOME\/.vpo\/backup.toml" will remove nothing: .* hold for the copies/,
    );
    const given = await scheduled(home, ["--copy-to", join(home.path, "usb"), "--keep-daily", "7"], env);
    assert.deepEqual([given.backup.slice(-2), given.keeps], [["--keep-daily", "7"], "It keeps: --keep-daily 7"]);
  },
});

testMore({
  name: "retentionAtNight: the file's rules hold for VPO's own directory although a variable names another one today",
  ignore: isWindows,
  async fn() {
    using home = withRules("keep_last = 2");
    const env = { VPO_BACKUP_DIR: join(home.path, "other") };
    const { keeps, stderr } = await scheduled(home, ["--backup-dir", home.backups], env);
    assert.deepEqual([keeps, stderr], ["It keeps: --keep-last 2", ""]);
  },
});

Deno.test("schedule --config: the null device, with which there are no rules, is left as it is", async () => {
  using home = Home.withLibrary();
  Deno.writeTextFileSync(join(home.vpo, "backup.toml"), "keep_last = 2\n", { mode: 0o600 });
  const lineOf = async (args: string[], env: Readonly<Record<string, string>> = {}) => {
    const { code, stdout, stderr } = await home.run(["schedule", "cron", ...args], { env });
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout.split("\n").find((line) => line.includes("backup --quiet")) ?? "";
  };
  const named = await lineOf(["--config", NULL_DEVICE]);
  assert(named.includes(` --config ${NULL_DEVICE} `), named);
  assert.doesNotMatch(named, /--keep/);
  assert.match(await lineOf([], { VPO_BACKUP_CONFIG: NULL_DEVICE }), new RegExp(` --config ${NULL_DEVICE} `));
  if (Deno.build.os === "windows") return;
  makeSymlink(NULL_DEVICE, join(home.path, "none"));
  assert(named.endsWith(await lineOf(["--config", "none"])), "a link to it");
});

Deno.test({
  name: "firstBackup: the one that is advised goes by the rules that the schedule goes by",
  // The command is split at its spaces, and on Windows its paths are quoted.
  ignore: isWindows,
  async fn() {
    using home = withRules();
    const usb = join(home.path, "usb");
    const config = join(home.path, "my.toml");
    Deno.writeTextFileSync(config, `copy_to = [${JSON.stringify(usb)}]`, { mode: 0o600 });
    const { stderr } = await scheduled(home, ["--config", config, "--backup-dir", join(home.path, "new")]);
    const [, advised = ""] = /make the first: \S+ (.*)$/m.exec(stderr) ?? [];
    const { code } = await home.run(advised.replaceAll("HOME", home.path).split(" "));
    assert.equal(code, 0);
    assert.equal(archivesIn(usb), 1);
  },
});

Deno.test({
  name: "firstBackup: where root schedules for a library's owner, that user is to make it",
  // Nobody else can give files away.
  ignore: isWindows || Deno.uid() !== 0,
  async fn() {
    using home = Home.withLibrary();
    Deno.chownSync(home.library, 54_321, 54_321);
    const { stderr } = await home.run(["schedule", "cron", "--backup-dir", join(home.path, "new")]);
    assert.match(stderr, /make the first: sudo -u '#54321' \S*vpo-backup\S* backup --make-dir --library /);
  },
});
