import assert from "node:assert/strict";
import { join } from "node:path";
import { isInstalled } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { ago, putBackups, putTheirs } from "../../support/history.ts";
import { crashLibrary, holdLibrary } from "../../support/holder.ts";
import { Home } from "../../support/home.ts";
import { BINARY, narrowPermissions, type Outcome, type Surroundings } from "../../support/program.ts";

/** Of the sample library. */
const PAGE_BYTES = 4096;

interface Finding {
  readonly level: string;
  readonly subject: string;
  readonly message: string;
  readonly hint: string | null;
}

/** A home with the sample library and a backup of it. */
async function backedUp(): Promise<Home> {
  const home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  return home;
}

/** Runs it as JSON; nothing is changed by it. Gives the exit code and, of what is not all right, subject and message. */
async function troubles(home: Home, surroundings: Partial<Surroundings> = {}, ...args: string[]) {
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["doctor", "--json", "--wait", "0", ...args], surroundings);
  assert.deepEqual(home.state(), before, "it changed something");
  assert.equal(stderr, "");
  const { verdict, findings } = home.document(stdout) as { verdict: string; findings: Finding[] };
  assert.equal({ ok: 0, warning: 60, problem: 61 }[verdict], code);
  const found = findings.filter(({ level }) => level !== "ok").map(({ level, subject, message }) => [
    level,
    subject,
    message,
  ]);
  return { code, found, findings };
}

function worst({ stdout }: Outcome): string[] {
  return stdout.split("\n").filter((line) => /^(problem|warning) /.test(line));
}

Deno.test("doctor: where all is well it says so, and exits with 0", async () => {
  using home = await backedUp();
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["doctor"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(home.state(), before);
  const masked = home.masked(stdout)
    .replace(/^(ok {7}Program {6}).*/m, "$1PROGRAM")
    .replace(/\d+ seconds? old/, "SECONDS old")
    .replace(/[\d.]+ [GT]B free/, "MUCH free")
    .replace(/1 backup, [\d.]+ KB/, "1 backup, SIZE");
  const access = "ok       Access       only their owner can change the backups\n";
  assert.equal(
    masked,
    `\
ok       Program      PROGRAM
ok       Permissions  the sandbox grants everything needed
ok       Library      HOME/.vpo/library.db: 776.0 KB, 400 files, schema 27; SQLite found no damage
ok       In use       nothing tells whether a program has it open: its log is there, but empty
ok       Directory    HOME/.vpo/backups: it can be written to
ok       Work         SQLite can work on a copy in HOME/.vpo
ok       Newest       the newest backup is sound and SECONDS old
ok       Backups      1 backup, SIZE, on the library's own disk
ok       Space        MUCH free, enough for more backups
${Deno.build.os === "windows" ? "" : access}
All is well.
`,
  );
});

Deno.test("doctor: no library and no backup directory are problems, and no errors", async () => {
  using home = new Home();
  assert.deepEqual((await troubles(home)).found, [
    ["problem", "Library", "HOME/.vpo/library.db: there is none"],
    ["problem", "Directory", "HOME/.vpo/backups: there is none"],
  ]);
  const far = await troubles(home, {}, "--library", join(home.path, "a/b/c.db"));
  assert.deepEqual(far.found[0], ["problem", "Library", "HOME/a/b/c.db: there is none"]);
});

testMore("doctor: a damaged library, another database, and what is no file", async () => {
  using home = await backedUp();
  const bytes = Deno.readFileSync(home.library);
  // A page of the table "operations", at which nothing looks but a check.
  Deno.writeFileSync(home.library, bytes.fill(0xaa, 15 * PAGE_BYTES, 16 * PAGE_BYTES));
  const damaged = await troubles(home);
  assert.deepEqual([damaged.code, damaged.found[0]?.[1]], [61, "Library"]);
  assert.match(damaged.found[0]?.[2] ?? "", /^HOME\/\.vpo\/library\.db: it is damaged: /);
  Deno.writeTextFileSync(home.library, "not a database, but long enough to be looked at".repeat(100));
  assert.match((await troubles(home)).found[0]?.[2] ?? "", /it is damaged: file is not a database$/);
  Deno.writeFileSync(home.library, new Uint8Array());
  assert.match((await troubles(home)).found[0]?.[2] ?? "", /it is not a VPO library: it is empty$/);
  Deno.removeSync(home.library);
  Deno.mkdirSync(home.library);
  assert.match((await troubles(home)).found[0]?.[2] ?? "", /it is not a VPO library: it is not a regular file$/);
});

Deno.test({
  name: "doctor: a library in use is looked at beside its writer, who is not disturbed",
  ignore: !isInstalled("python3", "--version"),
  async fn() {
    using home = await backedUp();
    await using writer = await holdLibrary(home.library, ["BEGIN IMMEDIATE", "DELETE FROM files WHERE id = 1"]);
    const { code, findings } = await troubles(home);
    assert.equal(code, 0);
    assert.match(
      findings.find(({ subject }) => subject === "In use")?.message ?? "",
      /^(nothing tells whether a|a) program has it open/,
    );
    assert.equal(await writer.ask("COMMIT"), "ok");
    const later = await troubles(home);
    assert.match(later.findings.find(({ subject }) => subject === "In use")?.message ?? "", /its log holds [\d.]+ KB$/);
  },
});

testMore({
  name: "doctor: a library that another program has for itself is a warning; an unfinished transaction a problem",
  ignore: !isInstalled("python3", "--version"),
  async fn() {
    using home = await backedUp();
    const exclusive = ["PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE", "DELETE FROM files WHERE id = 1"];
    {
      await using _holder = await holdLibrary(home.library, exclusive);
      const { code, found } = await troubles(home);
      assert.equal(code, 60);
      assert.deepEqual(found, [[
        "warning",
        "Library",
        "HOME/.vpo/library.db: another program has locked it, so it was not checked",
      ]]);
    }
    await crashLibrary(home.library, [
      "PRAGMA cache_size = 1",
      "PRAGMA cache_spill = 1",
      "BEGIN IMMEDIATE",
      "UPDATE files SET path = path || 'x'",
    ]);
    const { found } = await troubles(home);
    const text = "HOME/.vpo/library.db: a killed program left an unfinished transaction in it";
    assert.equal(found[0]?.[2]?.slice(0, text.length), text);
  },
});

Deno.test("doctor: damaged backups, leftovers, and modes that let others in", async () => {
  using home = await backedUp();
  const archive = join(home.backups, home.archives()[0] ?? "");
  Deno.truncateSync(archive, Deno.statSync(archive).size - 10);
  const left = ".vpo-backup-01234567-89ab";
  Deno.mkdirSync(join(home.vpo, left), { mode: 0o700 });
  for (const [name, size] of [["lock", 0], ["library.db", 2048]] as const) {
    Deno.writeTextFileSync(join(home.vpo, left, name), "x".repeat(size), { mode: 0o600 });
  }
  Deno.writeTextFileSync(join(home.backups, `${left}.tar.gz`), "x".repeat(1024), { mode: 0o600 });
  // Of a run that may be alive.
  Deno.writeTextFileSync(join(home.backups, ".vpo-backup-01234567-89ac.tar.gz"), "half", { mode: 0o600 });
  // A user's own, whatever it is called.
  Deno.mkdirSync(join(home.backups, ".vpo-backup-old"));
  if (Deno.build.os !== "windows") {
    Deno.chmodSync(archive, 0o666);
    Deno.chmodSync(home.backups, 0o777);
  }
  const { code, found } = await troubles(home);
  assert.equal(code, 61);
  const subjects = found.map(([level, subject]) => `${level} ${subject}`);
  const access = Deno.build.os === "windows" ? [] : ["warning Access", "warning Access", "warning Access"];
  assert.deepEqual(subjects, ["problem Newest", "warning Backups", ...access, "warning Leftovers"]);
  assert.equal(found.at(-1)?.[2], `killed runs left HOME/.vpo/${left}, HOME/.vpo/backups/${left}.tar.gz, 3.0 KB`);
});

Deno.test({
  name: "doctor: another user is told what that user cannot do",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 || BINARY === undefined || !isInstalled("setpriv", "--version"),
  async fn() {
    using home = await backedUp();
    Deno.chmodSync(home.path, 0o755);
    Deno.chmodSync(home.backups, 0o755);
    const through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const outcome = await home.run(["doctor"], { through });
    assert.match(worst(outcome).join("\n"), /^problem {2}Directory .*: it cannot be written to: permission denied/m);
    Deno.chmodSync(home.backups, 0o700);
    const closed = await home.run(["doctor"], { through });
    assert.match(worst(closed).join("\n"), /^problem {2}Directory .*: it cannot be read: Permission denied/m);
    assert.equal(closed.code, 61);
  },
});

Deno.test("doctor: finds that the library in the newest backup is damaged where VPO made it, without a hash", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(7200));
  const broken = home.putLibrary(join(home.path, "broken.db"));
  using file = Deno.openSync(broken, { write: true });
  file.seekSync(20 * PAGE_BYTES, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(PAGE_BYTES).fill(0xff));
  const theirs = putTheirs(home, broken, ago(3600));
  const [newest = ""] = worst(await home.run(["doctor"]));
  assert(newest.startsWith(`problem  Newest       the newest backup is damaged: ${theirs}: `), newest);
  const status = await home.run(["status"]);
  assert.match(status.stdout, /, made by VPO: check its library with vpo-backup verify\)$/m);
});

testMore({
  name: "doctor: what the sandbox does not grant is a problem, and the rest is looked at all the same",
  ignore: BINARY !== undefined,
  async fn() {
    using home = await backedUp();
    const readOnly = await troubles(home, {
      permissions: narrowPermissions([home.path], [join(home.path, "elsewhere")]),
    });
    assert.deepEqual(readOnly.found, [["problem", "Permissions", "the sandbox does not grant everything needed"]]);
    assert.equal(
      readOnly.findings[1]?.hint,
      "Grant it with --allow-write=HOME/.vpo --allow-write=HOME/.vpo/backups, or use a binary that was built with it.",
    );
    assert(readOnly.findings.some(({ subject }) => subject === "Newest"));
    const nothing = await troubles(home, {
      permissions: narrowPermissions([join(home.path, "elsewhere")], [join(home.path, "elsewhere")]),
    });
    assert.equal(nothing.code, 61);
    assert.deepEqual(nothing.findings.map(({ subject }) => subject), ["Program", "Permissions"]);
    assert.match(nothing.findings[1]?.hint ?? "", /^Grant it with --allow-read=HOME/);
  },
});
