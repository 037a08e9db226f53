import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { isInstalled, run } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { ago, putBackups, putBackupsOf } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { readmeBlocks } from "../../support/readme.ts";
import { ShellHome } from "../../support/shell_home.ts";
import { BINARY, narrowPermissions } from "../../support/program.ts";

const HOUR = 3600;
const METRICS = ["status", "--format", "prometheus"];
const hasPromtool = isInstalled("promtool", "--version");

/** The value of each sample, by its name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

Deno.test("status --format prometheus: metrics that say what the line says, with the same exit codes", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3 * HOUR), ago(50 * HOUR));
  const { code, stdout, stderr } = await home.run(METRICS);
  assert.deepEqual([code, stderr], [0, ""]);
  const samples = samplesOf(home.masked(stdout));
  const at = (name: string, labels = "") => samples.get(`vpo_backup_${name}{place="HOME/.vpo/backups"${labels}}`);
  assert.equal(at("status"), 0);
  assert.equal(at("problem", ',problem="too_old",level="critical"'), 0);
  assert.equal(at("archives"), 2);
  assert.equal(at("max_age_seconds"), 26 * HOUR);
  assert.equal(at("library_readable"), 1);
  assert.equal(at("library_files"), 400);
  const [checked = 0, newest = 0] = [at("checked_timestamp_seconds"), at("newest_timestamp_seconds")];
  assert(Math.abs(checked - Date.now() / 1000) < 60, String(checked));
  assert(Math.abs(checked - newest - 3 * HOUR) < 60, String(newest));

  const late = await home.run([...METRICS, "--max-age", "2h"]);
  assert.deepEqual([late.code, late.stderr], [61, ""]);
  const lateSamples = samplesOf(home.masked(late.stdout));
  assert.equal(lateSamples.get('vpo_backup_status{place="HOME/.vpo/backups"}'), 2);
  const tooOld = 'vpo_backup_problem{place="HOME/.vpo/backups",problem="too_old",level="critical"}';
  assert.equal(lateSamples.get(tooOld), 1);
});

testMore("status --format prometheus: each place for copies by itself", async () => {
  using home = Home.withLibrary();
  const [second, gone] = [join(home.path, "second"), join(home.path, "gone")];
  assert.equal((await home.run(["backup", "-q", "--make-dir", "--copy-to", second])).code, 0);
  const { code, stdout } = await home.run([...METRICS, "--copy-to", second, "--copy-to", gone]);
  assert.equal(code, 61);
  const samples = samplesOf(home.masked(stdout));
  const of = (name: string, place: string) => samples.get(`vpo_backup_copy_${name}{place="HOME/${place}"}`);
  assert.deepEqual([of("place_present", "second"), of("problem", "second")], [1, 0]);
  assert.deepEqual([of("place_present", "gone"), of("problem", "gone")], [0, 1]);
  assert(Math.abs((of("newest_timestamp_seconds", "second") ?? 0) - Date.now() / 1000) < 60);
  assert.equal(of("newest_timestamp_seconds", "gone"), undefined);
  if (hasPromtool) {
    assert.deepEqual(await run("promtool", ["check", "metrics"], stdout), { code: 0, stdout: "", stderr: "" });
  }
});

Deno.test("status --format prometheus: what is not known has no sample, and no heading", async () => {
  using home = new Home();
  const { code, stdout } = await home.run(METRICS);
  assert.equal(code, 61);
  assert.doesNotMatch(stdout, /_newest_|free_bytes|library_files|NaN|null/);
  assert.match(stdout, /^vpo_backup_archives\{.*\} 0$/m);
});

testMore("status --format prometheus: each metric has its help and type once, before its samples", async () => {
  using home = Home.withLibrary();
  const database = join(home.path, "extracted", "library.db");
  for (const args of [["backup"], ["extract", "latest", "--output", dirname(database)]]) {
    assert.equal((await home.run(args)).code, 0);
  }
  Deno.removeSync(home.backups, { recursive: true });
  await putBackupsOf(home, { database }, ago(HOUR));
  assert.equal((await home.run(["backup", "--skip-unchanged"])).code, 0);
  const { stdout } = await home.run(METRICS);
  assert.match(stdout, /^vpo_backup_unchanged_timestamp_seconds\{/m);
  const seen = new Set<string>();
  for (const block of stdout.split(/^(?=# HELP )/m)) {
    const [help = "", type = "", ...samples] = block.trimEnd().split("\n");
    const [, name = ""] = /^# HELP (vpo_backup_[a-z_]+) [A-Z0-9].*\.$/.exec(help) ?? [];
    assert.equal(type, `# TYPE ${name} gauge`);
    assert(!seen.has(name) && samples.length > 0, block);
    seen.add(name);
    for (const sample of samples) assert(sample.startsWith(`${name}{place="`), sample);
  }
  assert(seen.size > 12);
});

testMore({
  name: "status --format prometheus: promtool finds nothing wrong, whatever the directory is called",
  ignore: !hasPromtool || Deno.build.os === "windows",
  async fn() {
    for (const name of ["backups", 'a "b" \\c\nd {e} ü \u202e', "'$(x)`%"]) {
      using home = Home.withLibrary();
      const directory = `${home.path}/${name}`;
      assert.equal((await home.run(["backup", "-q", "--make-dir", "--backup-dir", directory])).code, 0);
      const { code, stdout } = await home.run([...METRICS, "--backup-dir", directory]);
      assert.equal(code, 0);
      assert.deepEqual(await run("promtool", ["check", "metrics"], stdout), { code: 0, stdout: "", stderr: "" }, name);
    }
    using empty = new Home();
    const { stdout } = await empty.run(METRICS);
    assert.deepEqual(await run("promtool", ["check", "metrics"], stdout), { code: 0, stdout: "", stderr: "" });
  },
});

Deno.test({
  name: "status --format prometheus: an error leaves standard output empty, for a file is kept then",
  // An executable has its own permissions.
  ignore: BINARY !== undefined,
  async fn() {
    using home = Home.withLibrary();
    Deno.mkdirSync(home.backups);
    const elsewhere = narrowPermissions([home.file("elsewhere")], [home.file("elsewhere")]);
    const { code, stdout, stderr } = await home.run(METRICS, { permissions: elsewhere });
    assert.deepEqual([code, stdout], [40, ""]);
    assert.match(stderr, /^Error: /);
  },
});

Deno.test("--format prometheus: only status has it, and not beside JSON", async () => {
  using home = Home.withLibrary();
  const before = home.state();
  const backup = await home.run(["backup", "--format", "prometheus"]);
  assert.deepEqual([backup.code, backup.stdout], [2, ""]);
  assert.equal(
    backup.stderr,
    'Error: Cannot print the output of "backup" as metrics\n' +
      "Only status has --format prometheus; the others have text and json.\n",
  );
  assert.equal((await home.run([...METRICS, "--json"])).code, 2);
  assert.deepEqual(home.state(), before);
});

Deno.test("status: -q says nothing while all is well, and what is wrong otherwise", async () => {
  using home = new Home();
  await putBackups(home, ago(3 * HOUR));
  assert.deepEqual(await home.run(["status", "-q"]), { code: 0, stdout: "", stderr: "" });
  const late = await home.run(["status", "-q", "--max-age", "1h"]);
  assert.deepEqual([late.code, late.stderr], [61, ""]);
  assert.match(late.stdout, /^CRITICAL: the newest good backup is 3 hours old/);
  assert.notEqual((await home.run([...METRICS, "-q"])).stdout, "");
});

/** The lines of the README that have the metrics written to a file. */
function recipe(): string {
  const block = readmeBlocks("README.md", "## Monitoring", "sh").find((text) => text.includes("--format prometheus"));
  assert(block !== undefined, "the README has no such lines");
  return block;
}

testMore({
  name: "README: the metrics' file is replaced whole, also by bad news, and stays where there is nothing to say",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = new ShellHome();
    home.putLibrary();
    const directory = join(home.path, "textfile");
    Deno.mkdirSync(directory);
    const script = recipe().replace("/var/lib/prometheus/node-exporter", directory);
    assert.notEqual(script, recipe());
    const cook = async (extra: Record<string, string> = {}) => {
      const env = { ...home.env, ...extra };
      const shell = new Deno.Command("/bin/sh", { args: ["-c", script], env, clearEnv: true, cwd: home.path });
      const { stdout } = await shell.output();
      assert.equal(stdout.length, 0);
      return Deno.readTextFileSync(join(directory, "vpo_backup.prom"));
    };
    const bad = await cook();
    assert.match(bad, /^vpo_backup_status\{[^}]*\} 2$/m);
    await putBackups(home, ago(HOUR));
    const good = await cook();
    assert.match(good, /^vpo_backup_status\{[^}]*\} 0$/m);
    assert.equal(await cook({ VPO_BACKUP_CONFIG: "/nowhere.toml" }), good);
    assert.deepEqual(
      Array.from(Deno.readDirSync(directory), ({ name }) => name).filter((name) => name.endsWith(".prom")),
      ["vpo_backup.prom"],
    );
  },
});
