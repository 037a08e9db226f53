import assert from "node:assert/strict";
import { typedWord } from "../../../src/program.ts";
import { join } from "node:path";
import { configPlace, exampleLine, readBackupConfig } from "../../../src/cli/options/backup_config.ts";
import { backupDirectory } from "../../../src/cli/options/backup_directory.ts";
import { type KeyName, KEYS } from "../../../src/cli/options/config_keys.ts";
import { NULL_DEVICE } from "../../../src/engine/text_file.ts";
import { BackupError } from "../../../src/errors.ts";
import { makeSymlink } from "../../support/symlinks.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const isUnix = Deno.build.os !== "windows";
const NO_ENV = () => undefined;

function read(text: string | Uint8Array) {
  using directory = new TemporaryDirectory();
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return readBackupConfig({ config: directory.file("backup.toml", bytes) }, NO_ENV);
}

/** Why a file cannot be used, without its path, and what to do. */
function refusal(text: string | Uint8Array): string[] {
  try {
    read(text);
  } catch (error) {
    assert(error instanceof BackupError);
    assert.equal(error.code, "usage");
    const [, reason = error.message] =
      /^Cannot use the configuration "[^"]*backup\.toml": (.*)$/s.exec(error.message) ??
        [];
    return [reason, error.hint ?? ""];
  }
  return ["it can be used"];
}

Deno.test("configPlace: --config, then VPO_BACKUP_CONFIG, then the home; a tilde in either is the home", () => {
  const place = (config: string | undefined, variables: Readonly<Record<string, string>>) =>
    configPlace({ config }, (name) => variables[name]);
  const all = { HOME: "/home/u", VPO_BACKUP_CONFIG: "/etc/b.toml" };
  assert.deepEqual(place("~/c.toml", all), { path: join("/home/u", "c.toml"), isNamed: true });
  assert.deepEqual(place(undefined, all), { path: "/etc/b.toml", isNamed: true });
  const usual = { path: join("/home/u", ".vpo", "backup.toml"), isNamed: false };
  assert.deepEqual(place(undefined, { HOME: "/home/u" }), usual);
  assert.deepEqual(place("", { HOME: "/home/u", VPO_BACKUP_CONFIG: "" }), usual);
  assert.equal(place(undefined, {}), null);
});

Deno.test("readBackupConfig: every key, as the option of its name is read", () => {
  const text = (Object.keys(KEYS) as KeyName[]).map(exampleLine);
  const { values, written, lines } = read(["# first", ...text].join("\r\n"));
  assert.deepEqual(Object.keys(values), Object.keys(KEYS));
  assert.equal(values.backup_dir, KEYS.backup_dir.example);
  assert.deepEqual(values.copy_to, [KEYS.copy_to.example]);
  assert.equal(values.keep_daily, 7);
  assert.equal(values.settings, false);
  assert.deepEqual(values.keep_within, { months: 0, seconds: 30 * 86_400 });
  assert.equal(values.max_total_size, 20 * 1024 ** 3);
  assert.equal(values.max_age, 26 * 3600);
  assert.deepEqual(values.at, { hour: 3, minute: 30 });
  assert.equal(values.ping, "https://hc-ping.com/UUID");
  assert.equal(written.max_total_size, "20GB");
  assert.deepEqual([lines.backup_dir, lines.keep_last], [2, 5]);
});

Deno.test("readBackupConfig: an unknown key is refused, with its line and the nearest one that there is", () => {
  assert.deepEqual(refusal("# x\nkeep_dayly = 7\n"), [
    'line 2: unknown key "keep_dayly"',
    'Did you mean "keep_daily"?',
  ]);
  assert.deepEqual(refusal("keep-daily = 7"), ['line 1: unknown key "keep-daily"', 'Did you mean "keep_daily"?']);
  assert.deepEqual(refusal("\n[keep]\ndaily = 7")[0], 'line 2: unknown key "keep"');
  assert.deepEqual(refusal("level = 3\nkeep.daily = 7")[0], 'line 2: unknown key "keep"');
  assert.match(refusal("colour = 1")[1] ?? "", /^There are: backup_dir, copy_to, .*, ping$/);
});

Deno.test("readBackupConfig: a wrong type or value is refused, with its line and an example", () => {
  const refusals: readonly (readonly [string, string, string])[] = [
    ['keep_daily = "7"', "line 1: keep_daily must be a number without quotation marks", "keep_daily = 7"],
    ["keep_daily = [7]", "line 1: keep_daily must be a number without quotation marks", "keep_daily = 7"],
    ['copy_to = "/mnt/a"', "line 1: copy_to must be a list of strings", exampleLine("copy_to")],
    ['copy_to = ["/mnt/a", 1]', "line 1: copy_to must be a list of strings", exampleLine("copy_to")],
    [
      'copy_to = ["/mnt/a", "b"]',
      'line 1: copy_to: Expected a full path, or one that begins with ~/, but got "b"',
      exampleLine("copy_to"),
    ],
    ['settings = "no"', "line 1: settings must be true or false", "settings = false"],
    ["max_age = 26", "line 1: max_age must be a string in quotation marks", 'max_age = "26h"'],
    [
      "keep_daily = -1",
      'line 1: keep_daily: Expected a value greater than or equal to 0, but got "-1"',
      "keep_daily = 7",
    ],
    ["keep_daily = 1.5", 'line 1: keep_daily: Expected a whole number, but got "1.5"', "keep_daily = 7"],
    ["\nlevel = 10", 'line 2: level: Expected a value less than or equal to 9, but got "10"', "level = 3"],
    [
      'max_age = "26"',
      'line 1: max_age: Expected a duration such as 90min, 26h, 3d or 2w, but got "26"',
      'max_age = "26h"',
    ],
    [
      'backup_dir = "backups"',
      'line 1: backup_dir: Expected a full path, or one that begins with ~/, but got "backups"',
      exampleLine("backup_dir"),
    ],
    ['max_total_size = "0GB"', "line 1: max_total_size: Expected a size above 0", "max_total_size ="],
    [
      "keep_last = 9999999999999999999999",
      'line 1: keep_last: Expected a number of at most 15 digits, but got "9999999999999999999999"',
      "keep_last = 10",
    ],
    ['every = "yearly"', 'line 1: every: Expected one of "daily", "hourly", and "weekly", but got "yearly"', ""],
    ['ping = "file:///etc/passwd"', "line 1: ping: Expected an address", ""],
  ];
  for (const [text, reason, example] of refusals) {
    const [told = "", hint = ""] = refusal(text);
    assert(told.startsWith(reason), told);
    assert(hint.startsWith(`For example: ${example}`), hint);
  }
  assert.match(refusal("level = 3\nlevel = 4")[0] ?? "", /^line 2, column \d+: /);
  assert.match(refusal("level = 999999999999999999999")[0] ?? "", /^line 1/);
  assert.equal(refusal(new Uint8Array([0xff]))[0], "it is not UTF-8 text");
});

Deno.test("readBackupConfig: a path of Windows in double quotes is refused, and how to write it is said", () => {
  for (const path of ["C:\\Users\\u", "D:\\movies"]) {
    const [told = "", hint = ""] = refusal(`backup_dir = "${path}"`);
    assert.match(told, /^line 1, column \d+: .*escape/);
    assert.match(hint, /in single quotes it stands for itself: /);
  }
});

Deno.test("readBackupConfig: the null device leaves out the usual one", () => {
  assert.deepEqual(readBackupConfig({ config: NULL_DEVICE }, NO_ENV).values, {});
});

Deno.test("readBackupConfig: one that was named must be there, the usual one need not", () => {
  using directory = new TemporaryDirectory();
  const missing = directory.file("missing.toml");
  assert.throws(
    () => readBackupConfig({ config: missing }, NO_ENV),
    (error) => error instanceof BackupError && error.code === "not_found" && error.message.includes(missing),
  );
  const env = (name: string) => name === "HOME" || name === "USERPROFILE" ? directory.path : undefined;
  assert.equal(readBackupConfig({ config: undefined }, env).path, null);
});

Deno.test({
  name: "readBackupConfig: /dev/null leaves out the usual one, and a link is followed",
  ignore: !isUnix,
  fn() {
    assert.deepEqual(readBackupConfig({ config: "/dev/null" }, NO_ENV).values, {});
    using directory = new TemporaryDirectory();
    const link = directory.file("link.toml");
    makeSymlink(directory.file("rules.toml", new TextEncoder().encode("level = 5")), link);
    assert.equal(readBackupConfig({ config: link }, NO_ENV).values.level, 5);
  },
});

Deno.test({
  name: "readBackupConfig: one that everybody may write to, and a pipe, are refused",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    const config = directory.file("backup.toml", new TextEncoder().encode("level = 5"));
    Deno.chmodSync(config, 0o666);
    assert.throws(
      () => readBackupConfig({ config }, NO_ENV),
      (error) =>
        error instanceof BackupError && error.message.endsWith("anybody may write to it") &&
        error.hint === `Close it to others: chmod o-w ${typedWord(config)}`,
    );
    const pipe = directory.file("pipe");
    new Deno.Command("mkfifo", { args: [pipe] }).outputSync();
    assert.throws(() => readBackupConfig({ config: pipe }, NO_ENV), /it is not a regular file/);
  },
});

// It runs as its owner, or as root, and says what is removed.
Deno.test({
  name: "readBackupConfig: one that a group may write to is refused, unless it is the owner's own group",
  // Nobody else is sure to have a second group.
  ignore: !isUnix || Deno.uid() !== 0,
  fn() {
    using directory = new TemporaryDirectory();
    const config = directory.file("backup.toml", new TextEncoder().encode("level = 5"));
    Deno.chmodSync(config, 0o664);
    Deno.chownSync(config, 0, 0);
    assert.equal(readBackupConfig({ config }, NO_ENV).values.level, 5);
    Deno.chownSync(config, 0, 54_321);
    assert.throws(
      () => readBackupConfig({ config }, NO_ENV),
      (error) =>
        error instanceof BackupError && error.message.endsWith("group 54321 may write to it") &&
        error.hint === `Close it to others: chmod g-w ${typedWord(config)}`,
    );
    Deno.chmodSync(config, 0o644);
    assert.equal(readBackupConfig({ config }, NO_ENV).values.level, 5);
  },
});

Deno.test({
  name: "readBackupConfig: another user's is refused",
  // Nobody else can give files away.
  ignore: !isUnix || Deno.uid() !== 0,
  fn() {
    using directory = new TemporaryDirectory();
    const config = directory.file("backup.toml", new TextEncoder().encode("level = 5"));
    Deno.chownSync(config, 54_321, 54_321);
    assert.throws(() => readBackupConfig({ config }, NO_ENV), /it belongs to another user, 54321/);
  },
});

Deno.test("backupDirectory: that of backup.toml comes after flag and variable, and the file is not read for those", () => {
  using directory = new TemporaryDirectory();
  const config = directory.file("backup.toml", new TextEncoder().encode('backup_dir = "~/far"'));
  const variables: Record<string, string> = { HOME: "/home/u", USERPROFILE: "/home/u" };
  const env = (name: string) => variables[name];
  assert.equal(backupDirectory({ backupDir: undefined, config }, env), join("/home/u", "far"));
  Deno.writeTextFileSync(config, "broken");
  assert.throws(() => backupDirectory({ backupDir: undefined, config }, env), /line 1/);
  assert.equal(backupDirectory({ backupDir: "here", config }, env), "here");
  variables["VPO_BACKUP_DIR"] = "/there";
  assert.equal(backupDirectory({ backupDir: undefined, config }, env), "/there");
});
