import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { ago, putBackups, putBackupsOf, putOtherLibrary, putTheirs } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../../support/modes.ts";
import { programCommand } from "../../support/program.ts";
import { hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const DAY = 86_400;
const ELSEWHERE = "/srv/other/library.db";
const NONE_CERTAIN = 'no backup in "HOME/.vpo/backups" is certain to be of this library';

/** A home whose backup directory has an old backup of its library, and a new one of another library. */
async function sharedHome(): Promise<{ home: Home; own: string; other: string; [Symbol.dispose](): void }> {
  const home = Home.withLibrary();
  const [own = ""] = await putBackups(home, ago(9 * DAY));
  const put = { database: putOtherLibrary(home), libraryPath: ELSEWHERE };
  const [other = ""] = await putBackupsOf(home, put, ago(3600));
  return { home, own, other, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

Deno.test("status: the backups of another library do not make this one's younger", async () => {
  using shared = await sharedHome();
  const { home, own } = shared;
  const { code, stdout } = await home.run(["status", "--json"]);
  const { newest, reasons } = JSON.parse(stdout) as { newest: { filename: string }; reasons: { code: string }[] };
  assert.deepEqual([code, newest.filename, reasons[0]?.code], [61, own, "too_old"]);
  Deno.removeSync(join(home.backups, own));
  const none = await home.run(["status", "--json"]);
  const document = JSON.parse(none.stdout) as { newest: unknown; reasons: { code: string; message: string }[] };
  assert.deepEqual([none.code, document.newest, document.reasons[0]?.code], [61, null, "none_of_this_library"]);
  assert.equal(
    home.masked(document.reasons[0]?.message ?? ""),
    NONE_CERTAIN,
  );
});

/** What may be at the path of a library that is named but cannot be reached. */
const OUT_OF_REACH: Readonly<Record<string, (path: string) => string>> = {
  "a directory": (path) => {
    Deno.mkdirSync(path);
    return path;
  },
  "nothing, nor the directory that it is in": (path) => join(path, "unmounted", "library.db"),
  "a link to itself": (path) => {
    Deno.symlinkSync(path, path);
    return path;
  },
  "a path through a file": (path) => {
    Deno.writeTextFileSync(path, "");
    return join(path, "library.db");
  },
  "a pipe": (path) => {
    assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
    return path;
  },
};

testMore({
  name: "status, show: the backups of another library do not stand in for those of one that cannot be reached",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const [what, put] of Object.entries(OUT_OF_REACH)) {
      using home = new Home();
      const library = put(join(home.path, "named.db"));
      const [own = ""] = await putBackupsOf(home, { libraryPath: library }, ago(9 * DAY));
      await putBackupsOf(home, { database: putOtherLibrary(home), libraryPath: ELSEWHERE }, ago(3600));
      const { code, stdout } = await home.run(["status", "--json", "--library", library]);
      const { newest, library_path } = JSON.parse(stdout) as { newest: { filename: string }; library_path: string };
      assert.deepEqual([code, newest.filename, library_path], [61, own, library], what);
      const shown = await home.run(["show", "--quick", "--json", "--library", library]);
      assert((JSON.parse(shown.stdout) as { path: string }).path.endsWith(own), what);
    }
  },
});

testMore({
  name: "status: what is in a directory closed to this user is judged by its path (needs setpriv as root)",
  ignore: cannotObeyModes() !== null,
  async fn() {
    using home = new Home();
    const closed = join(home.path, "closed");
    const library = join(closed, "deeper", "library.db");
    Deno.mkdirSync(join(closed, "deeper"), { recursive: true });
    home.putLibrary(library);
    const [own = ""] = await putBackupsOf(home, { libraryPath: library }, ago(9 * DAY));
    await putBackupsOf(home, { database: putOtherLibrary(home), libraryPath: ELSEWHERE }, ago(3600));
    Deno.chmodSync(closed, 0);
    const run = async (...args: string[]) =>
      await home.run([...args, "--json", "--library", library], { through: OBEYING_MODES });
    const { code, stdout } = await run("status");
    const { newest, library_state } = JSON.parse(stdout) as { newest: { filename: string }; library_state: string };
    assert.deepEqual([code, newest.filename, library_state], [61, own, "unreadable"]);
    for (const command of [["backups"], ["show"], ["diff", own, own], ["extract", "latest", "-o", "out"]]) {
      const { code, stdout } = await run(...command);
      assert.equal(code, 0, `${command}: ${stdout}`);
    }
    Deno.chmodSync(closed, 0o700);
  },
});

Deno.test("status: a backup of another path is none of a library that cannot be read", async () => {
  using home = new Home();
  const library = join(home.path, "named.db");
  Deno.mkdirSync(library);
  await putBackupsOf(home, { database: putOtherLibrary(home), libraryPath: ELSEWHERE }, ago(3600));
  const { code, stdout } = await home.run(["status", "--library", library]);
  assert.equal(code, 61);
  assert(home.masked(stdout).startsWith(`CRITICAL: ${NONE_CERTAIN} (`), stdout);
});

/** A home with a library of so few files that the samples of others do not reach as far. */
function homeOfFew(): Home {
  const home = Home.withLibrary();
  execute(home.library, "DELETE FROM files WHERE id > 3");
  return home;
}

for (const libraryPath of someOf([ELSEWHERE, undefined], 1)) {
  const where = libraryPath === undefined ? "the same" : "another";
  Deno.test(`status, doctor, verify, restore latest: a far larger library's backups from ${where} path count for none`, async () => {
    using home = homeOfFew();
    const put = { database: putOtherLibrary(home), ...(libraryPath === undefined ? {} : { libraryPath }) };
    const [others = ""] = await putBackupsOf(home, put, ago(3600));
    const status = await home.run(["status"]);
    assert.equal(status.code, 61, status.stdout);
    assert(home.masked(status.stdout).startsWith(`CRITICAL: ${NONE_CERTAIN} (`), status.stdout);
    const doctor = await home.run(["doctor"]);
    assert.match(doctor.stdout, /none of the 1 backups? is certain to be of this library/);
    const before = home.state();
    const refused = await home.run(["restore", "latest", "--yes"]);
    assert.equal(refused.code, 20, refused.stderr);
    assert(refused.stderr.includes(`; the newest is ${others}, of `), refused.stderr);
    assert.deepEqual(home.state(), before);
    // Its own backup counts, although there is a newer one.
    assert.equal((await home.run(["backup"])).code, 0);
    const [own = ""] = home.archives().filter((name) => name !== others);
    const [newer = ""] = await putBackupsOf(home, put, ago(-60));
    const { code, stdout } = await home.run(["status", "--json"]);
    const { newest } = JSON.parse(stdout) as { newest: { filename: string } };
    assert.deepEqual([code, newest.filename], [0, own]);
    const verified = await home.run(["verify", "--quick", "--json"]);
    assert(verified.stdout.includes(own) && !verified.stdout.includes(newer), verified.stdout);
    const restored = await home.run(["restore", "latest", "--yes"]);
    assert.equal(restored.code, 0, restored.stderr);
    assert(restored.stdout.includes(`${own}\n`), restored.stdout);
    assert(restored.stderr.includes(`${newer} is newer, but it is not certain to be of this library`), restored.stderr);
  });
}

testMore("verify, show: that the newest backup is of another library is said", async () => {
  using shared = await sharedHome();
  const { home, own, other } = shared;
  const quiet = await home.run(["verify"]);
  assert.deepEqual([quiet.code, quiet.stderr, quiet.stdout.includes(own)], [0, "", true]);
  Deno.removeSync(join(home.backups, own));
  for (const args of [["verify"], ["verify", "latest", "--quick"], ["show", "--quick"]]) {
    const { code, stdout, stderr } = await home.run(args);
    assert.equal(
      home.masked(stderr),
      `Warning: none of the backups in "HOME/.vpo/backups" is certain to be of this library: the newest is used, of ${ELSEWHERE}\n`,
    );
    assert.deepEqual([code, stdout.includes(other)], [0, true]);
  }
  assert.equal((await home.run(["verify", other])).stderr, "");
  assert.equal((await home.run(["verify", "--all"])).stderr, "");
});

Deno.test("status: no more is read than it takes to find the newest good backup", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3600), ago(DAY));
  const damaged = "vpo-library-2020-01-01T00-00-00Z.tar.gz";
  Deno.writeTextFileSync(join(home.backups, damaged), "scrambled");
  const { code, stdout } = await home.run(["status", "--json"]);
  const { total_count, damaged_count } = JSON.parse(stdout) as Record<string, number>;
  assert.deepEqual([code, total_count, damaged_count], [0, 3, 0]);
});

Deno.test("status, doctor: VPO's newest archive does not count if anything older is of another library", async () => {
  using home = Home.withLibrary();
  const [own = ""] = await putBackups(home, ago(9 * DAY));
  const other = putOtherLibrary(home);
  putTheirs(home, other, ago(3600));
  await putBackupsOf(home, { database: other, libraryPath: ELSEWHERE }, ago(10 * DAY));
  const { code, stdout } = await home.run(["status", "--json"]);
  const { newest, reasons } = JSON.parse(stdout) as { newest: { filename: string }; reasons: { code: string }[] };
  assert.deepEqual([code, newest.filename, reasons[0]?.code], [61, own, "too_old"]);
  assert.match((await home.run(["doctor"])).stdout, /the newest backup is sound and 9 days old/);
  // Nor does it in a place for copies.
  Deno.renameSync(home.backups, join(home.path, "usb"));
  await putBackups(home, ago(3600));
  const copied = await home.run(["status", "--json", "--copy-to", "usb"]);
  const { copies } = JSON.parse(copied.stdout) as { copies: { newest: { filename: string }; concern: string }[] };
  assert.deepEqual([copied.code, copies[0]?.newest.filename, copies[0]?.concern], [60, own, "copy_old"]);
});

Deno.test("doctor: an archive of VPO's that turns out to be of another library when it is unpacked does not count", async () => {
  using home = Home.withLibrary();
  putTheirs(home, putOtherLibrary(home), ago(3600));
  const none = await home.run(["doctor"]);
  assert.match(none.stdout, /none of the 1 backups? is certain to be of this library/);
  await putBackups(home, ago(9 * DAY));
  assert.match((await home.run(["doctor"])).stdout, /the newest backup is sound and 9 days old/);
  putTheirs(home, home.library, ago(2 * DAY));
  assert.match((await home.run(["doctor"])).stdout, /the newest backup is sound and 2 days old/);
});

Deno.test("doctor: of many archives of VPO's that are of another library only some are unpacked", async () => {
  using home = Home.withLibrary();
  const [own = ""] = await putBackups(home, ago(9 * DAY));
  const other = putOtherLibrary(home);
  for (let hours = 1; hours <= 8; hours++) putTheirs(home, other, ago(hours * 3600));
  const { stdout, stderr } = await home.run(["doctor", "-v"]);
  assert.match(stdout, /the newest backup is sound and 9 days old/);
  const read = stderr.split("\n").filter((line) => line.includes("read archive"));
  assert(read.at(-1)?.includes(own), stderr);
  // Each is read to its end before it is unpacked.
  assert.equal(read.length, 2 * 5 + 1, stderr);
});

testMore("backups: those of another library are marked", async () => {
  using shared = await sharedHome();
  const { home, own, other } = shared;
  const { stdout, stderr } = await home.run(["backups", "-v"]);
  assert.match(stdout, new RegExp(`^${other} .* another$`, "m"));
  assert.match(stdout, new RegExp(`^${own} .* this$`, "m"));
  assert(stderr.includes(`${other}: of the library ${ELSEWHERE}\n`), stderr);
  const { backups } = JSON.parse((await home.run(["backups", "--json"])).stdout) as {
    backups: { filename: string; origin: string; library_path: string }[];
  };
  assert.deepEqual(backups.map(({ origin }) => origin), ["other", "this"]);
  assert.deepEqual(backups.map(({ library_path }) => home.masked(library_path)), [ELSEWHERE, "HOME/.vpo/library.db"]);
});

testMore("backups: where all are of this library there is no column for it", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3600), ago(DAY));
  assert(!(await home.run(["backups"])).stdout.includes("Library"));
});

testMore({
  name: "chooseBackup: backups of another library are marked",
  ignore: !hasTerminal,
  async fn() {
    using shared = await sharedHome();
    const { home } = shared;
    const command = programCommand(["restore", "--no-color"], { home: home.path });
    const { terminal } = await runOnTerminal(command, [{ await: "Esc to cancel", send: "q" }]);
    assert.match(terminal, />\s+1 .* 400\s+another library/);
  },
});
