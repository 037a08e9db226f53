import assert from "node:assert/strict";
import { join } from "node:path";
import { formatSize } from "../../src/output/format.ts";
import { VERSION } from "../../src/version.ts";
import { isInstalled } from "../support/commands.ts";
import { someOf, testMore } from "../support/extent.ts";
import { ago, putBackups } from "../support/history.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { makeSymlink, testWithSymlinks } from "../support/symlinks.ts";

const { present: PRESENT } = VPO_ARCHIVES;

type Facts = Readonly<Record<string, unknown>>;

interface LogRecord {
  readonly "@timestamp": string;
  readonly level: string;
  readonly message: string;
  readonly properties: Facts;
}

/** The records of a log file, each a line of JSON. */
function readLog(path: string): LogRecord[] {
  const text = Deno.readTextFileSync(path);
  assert(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line) as LogRecord);
}

/** What a record is about, the first word being start, step, finish or fail. */
function subjects(records: readonly LogRecord[]): string[] {
  return records.map(({ message }) => message.replaceAll('"', ""));
}

/** The last record has the result under the names that it has with `--json`, and how long it all took. */
function assertFinish(record: LogRecord | undefined, result: Facts, names: readonly string[]): void {
  const { seconds, ...facts } = record?.properties ?? {};
  assert.equal(typeof seconds, "number");
  assert.deepEqual(names.map((name) => [name, facts[name]]), names.map((name) => [name, result[name]]));
}

const BACKUP = [
  "start backup",
  "step lock library",
  "step library locked",
  "step check space",
  "step copy library",
  "step check copy",
  "step compress",
  "step read back",
  "step publish",
  "finish backup",
];

Deno.test("-v: each step on standard error, the result where it always is", async () => {
  using home = Home.withLibrary();
  const { code, stdout, stderr } = await home.run(["backup", "-v"]);
  assert.equal(code, 0);
  const all = home.masked(stderr).trimEnd().split("\n");
  const isMeasured = (line: string) => / in \d+\.\d s( \(|$)/.test(line);
  assert.deepEqual(all.filter(isMeasured).map((line) => line.replace(/ in .*/, "")), [
    "Copying the library: 776.0 KB",
    "Compressing: 776.0 KB",
    `Reading the archive back: ${formatSize(Deno.statSync(join(home.backups, home.archives()[0] ?? "")).size)}`,
  ]);
  const lines = all.filter((line) => !isMeasured(line));
  assert.deepEqual(lines.map((line) => line.replace(/^NOW /, "").replace(/ \w+=.*/, "")), BACKUP);
  for (const line of lines) assert.match(line, /^NOW /);
  assert.equal(lines[1], 'NOW step lock library library="HOME/.vpo/library.db" wait_seconds=5');
  assert.equal(lines[3], 'NOW step check space directory="HOME/.vpo/backups" database_size_bytes=794624');
  assert.match(lines.at(-1) ?? "", / seconds=SECONDS( |$)/);
  assert.match(stdout, /^Backup created: /);
});

testMore("-v: with --json standard output stays one document", async () => {
  using home = Home.withLibrary();
  const { code, stdout, stderr } = await home.run(["backup", "--dry-run", "--json", "-v"]);
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as Facts)["dry_run"], true);
  assert.match(home.masked(stderr), /^NOW start backup /);
});

Deno.test({
  name: "-v: text from files cannot steer the terminal",
  ignore: Deno.build.os === "windows", // It has no such names.
  async fn() {
    using home = Home.withLibrary();
    Deno.mkdirSync(home.backups);
    Deno.writeTextFileSync(join(home.backups, "vpo-library-\x1b[2J\n.tar.gz"), "");
    home.putArchive(PRESENT);
    const { code, stderr } = await home.run(["restore", "latest", "--dry-run", "-v"]);
    assert.equal(code, 0);
    assert.doesNotMatch(stderr.replaceAll("\n", ""), /\p{Cc}/u);
  },
});

Deno.test("--log-file: JSON lines of the start, each step and the finish", async () => {
  using home = Home.withLibrary();
  const path = join(home.path, "backup.log");
  const { code, stdout, stderr } = await home.run(["backup", "--json", "--log-file", path]);
  assert.deepEqual([code, stderr], [0, ""]);
  const result = JSON.parse(stdout) as Facts;
  const records = readLog(path);
  assert.deepEqual(subjects(records), BACKUP);
  for (const record of records) {
    assert.equal(record.level, "INFO");
    assert.equal(home.masked(record["@timestamp"]), "NOW");
  }
  assert.deepEqual(records[0]?.properties, { operation: "backup", version: VERSION });
  assert.deepEqual(records[1]?.properties, { step: "lock library", library: home.library, wait_seconds: 5 });
  assert.deepEqual(records[4]?.properties, { step: "copy library", database_size_bytes: 794_624 });
  assertFinish(records.at(-1), result, [
    "path",
    "archive_size_bytes",
    "database_size_bytes",
    "file_count",
    "schema_version",
  ]);
});

testMore("--log-file: the finish of a restore tells what was replaced by what", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const { code, stdout } = await home.run(["restore", PRESENT, "--yes", "--json", "--log-file", "restore.log"]);
  assert.equal(code, 0);
  assertFinish(readLog(join(home.path, "restore.log")).at(-1), JSON.parse(stdout) as Facts, [
    "source_path",
    "database_path",
    "previous_library_path",
    "file_count",
    "schema_version",
  ]);
});

Deno.test("LoggedWarnings: each warning is logged once, whoever raised it, with --quiet too", async () => {
  using home = Home.withLibrary();
  const [newest = ""] = await putBackups(home, ago(60), ago(3600));
  Deno.writeTextFileSync(join(home.backups, newest), "scrambled");
  for (const quiet of [[], ["-q"]]) {
    const path = join(home.path, `log${quiet.length}`);
    const args = ["restore", "latest", "--dry-run", "--log-file", path, ...quiet];
    const { code, stderr } = await home.run(args);
    assert.deepEqual([code, stderr.includes("is newer, but")], [0, quiet.length === 0]);
    const warnings = readLog(path).filter(({ level }) => level !== "INFO").map(({ message }) => message);
    const isPassedOver = (message: string) => message.includes("is newer, but it is damaged");
    assert.equal(warnings.filter(isPassedOver).length, 1, warnings.join("\n"));
    assert.equal(new Set(warnings).size, warnings.length);
  }
});

Deno.test("LoggedWarnings: a copy that could not be made is logged once, too", async () => {
  using home = Home.withLibrary();
  const path = join(home.path, "log");
  const { code } = await home.run(["backup", "-q", "--log-file", path, "--copy-to", join(home.path, "unplugged")]);
  assert.equal(code, 0);
  const warnings = readLog(path).filter(({ level }) => level !== "INFO").map(({ message }) => message);
  assert.equal(warnings.filter((message) => message.includes("was not copied to")).length, 1, warnings.join("\n"));
});

Deno.test("--log-file: is appended to", async () => {
  using home = new Home();
  const path = home.file("all.log", new Uint8Array());
  for (const _ of ["an empty file", "one of ours"]) {
    assert.equal((await home.run(["backups", "--log-file", path])).code, 0);
  }
  assert.deepEqual(subjects(readLog(path)), ["start backups", "finish backups", "start backups", "finish backups"]);
});

Deno.test("--log-file: a failure is in it, with its code", async () => {
  using home = new Home();
  assert.equal((await home.run(["restore", "lost", "--yes", "--log-file", "restore.log"])).code, 20);
  const records = readLog(join(home.path, "restore.log"));
  assert.deepEqual(subjects(records), ["start restore", "fail restore"]);
  const { level, properties } = records[1] ?? {};
  assert.deepEqual([level, properties?.["code"]], ["ERROR", "not_found"]);
  assert.match(String(properties?.["message"]), /^Cannot restore "lost": /);
});

Deno.test({
  name: "--log-file: is for its owner only",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    assert.equal((await home.run(["backups", "--log-file", "new.log"])).code, 0);
    assert.equal((Deno.statSync(join(home.path, "new.log")).mode ?? 0) & 0o777, 0o600);
  },
});

testMore("--log-file: a tilde is the home directory", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backups", "-q", "--log-file=~/home.log"])).code, 0);
  assert.deepEqual(subjects(readLog(join(home.path, "home.log"))), ["start backups", "finish backups"]);
});

Deno.test("--log-file: one that cannot be written is told before anything is done", async () => {
  using home = Home.withLibrary();
  const before = home.state();
  for (const path of someOf(["missing/backup.log", ".vpo"], 1)) {
    const human = await home.run(["backup", "--log-file", path]);
    assert.deepEqual([human.code, human.stdout], [40, ""]);
    assert.match(human.stderr, new RegExp(`^Error: Cannot write the log "${path}": .*\n.*--log-file`));
    const json = await home.run(["backup", "--json", "--log-file", path]);
    assert.deepEqual([json.code, json.stderr], [40, ""]);
    assert.equal((JSON.parse(json.stdout) as Facts)["code"], "operation_failed");
  }
  assert.deepEqual(home.state(), before);
});

testWithSymlinks(
  "--log-file: what is no log is refused and stays as it was, and what must not become one",
  async () => {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    const archive = join(home.backups, PRESENT);
    for (const suffix of ["-wal", "-journal"]) Deno.writeTextFileSync(home.library + suffix, "");
    Deno.writeTextFileSync(join(home.path, "notes.txt"), '{"mine": true}\n');
    Deno.writeTextFileSync(join(home.path, "empty.db"), "");
    Deno.mkdirSync(join(home.path, "elsewhere"));
    makeSymlink(archive, join(home.path, "link.log"));
    makeSymlink("/nowhere/at-all", join(home.path, "dangling.log"));
    const before = home.state();
    const refusals: readonly (readonly [path: string, why: RegExp, ...args: string[]])[] = [
      [archive, /not a log of this program/],
      ["link.log", /not a log of this program/],
      [home.library, /not a log of this program/],
      ["notes.txt", /not a log of this program/],
      [`${home.library}-wal`, /name belongs to another kind of file/],
      [`${home.library}-journal`, /name belongs to another kind of file/],
      [`${home.library}-shm`, /name belongs to another kind of file/],
      [`${home.library}.before-restore-2026-01-01T00-00-00Z`, /name belongs to another kind of file/],
      [join(home.backups, "vpo-library-2030-01-01T00-00-00Z.tar.gz"), /name belongs to another kind of file/],
      [join(home.backups, ".vpo-backup-place"), /name belongs to another kind of file/],
      ["empty.db", /this is the library/, "--library", "empty.db"],
      ["new.db", /this is the library/, "--library", "./elsewhere/../new.db"],
      ["elsewhere", /it is a directory/],
      ["dangling.log", /it is a link to "\/nowhere\/at-all", which is not there/],
    ];
    for (const [path, why, ...args] of someOf(refusals, 3)) {
      const { code, stdout, stderr } = await home.run(["backups", "--log-file", path, ...args]);
      assert.deepEqual([code, stdout], [40, ""], path);
      assert.match(stderr, why, path);
      assert.match(stderr, /^Error: Cannot write the log ".*\nName a new file with --log-file FILE, or a log of this/);
    }
    assert.deepEqual(home.state(), before);
  },
);

Deno.test({
  name: "--log-file: a pipe that nobody reads is refused at once",
  ignore: !isInstalled("mkfifo", "--version"),
  async fn() {
    using home = new Home();
    const pipe = join(home.path, "pipe");
    assert(isInstalled("mkfifo", pipe));
    const { code, stderr } = await home.run(["backups", "--log-file", "pipe"]);
    assert.equal(code, 40);
    assert.match(stderr, /^Error: Cannot write the log "pipe": it is not a regular file\n/);
  },
});
