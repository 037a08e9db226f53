import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { basename, join } from "node:path";
import { theirArchive } from "../../support/archives.ts";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { flipBit, putBackups } from "../../support/history.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { hasTerminal, runOnTerminal } from "../../support/terminal.ts";
import { programCommand } from "../../support/program.ts";

const { old: OLD, present: PRESENT } = VPO_ARCHIVES;
const DAMAGE = "the archive is damaged: it does not begin like a gzip file";
const TIMES = ["2024-03-03T03:00:00Z", "2024-03-02T03:00:00Z", "2024-03-01T03:00:00Z"];
const [NEWEST, MIDDLE, OLDEST] = TIMES.map((time) => `vpo-library-${time.replaceAll(":", "-")}.tar.gz`);

/** A home with three sound backups. */
async function filledHome(): Promise<Home> {
  const home = new Home();
  await putBackups(home, ...TIMES);
  return home;
}

Deno.test("verify: the newest, without a library; leaves nothing behind", async () => {
  using home = await filledHome();
  const before = home.state();
  for (const args of [["verify"], ["verify", "latest"], ["verify", "--quick"], ["verify", NEWEST ?? ""]]) {
    const { code, stdout, stderr } = await home.run(args);
    assert.equal(stdout, `ok         ${NEWEST}  400 files, 776.0 KB\n`);
    assert.deepEqual([code, stderr], [0, ""]);
  }
  assert.deepEqual(home.state(), before);
});

Deno.test("verify --all: a line for each, the damaged ones with the reason, and exit code 46", async () => {
  using home = await filledHome();
  home.putArchive(OLD);
  flipBit(join(home.backups, MIDDLE ?? ""));
  Deno.truncateSync(join(home.backups, OLDEST ?? ""), 100_000);
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["verify", "--all"]);
  const [first = "", second, third, fourth, ...end] = stdout.split("\n");
  assert.match(first, /^ok {9}vpo-library-2026-01-15T120000Z\.tar\.gz {2}120 files, 464\.0 KB$/);
  assert.equal(second, `ok         ${NEWEST}  400 files, 776.0 KB`);
  assert.match(third ?? "", new RegExp(`^damaged    ${MIDDLE}  .*damaged`));
  assert.match(fourth ?? "", new RegExp(`^damaged    ${OLDEST}  .*damaged`));
  assert.deepEqual(end, ["", "4 backups checked: 2 ok, 2 damaged", ""]);
  assert.deepEqual([code, stderr], [46, ""]);
  assert.deepEqual((await home.run(["verify", "--all", "--quick", "-q"])).stdout, stdout);
  assert.deepEqual(home.state(), before);
});

testMore("verify: the newest is checked even if it cannot be read", async () => {
  using home = await filledHome();
  Deno.writeTextFileSync(join(home.backups, NEWEST ?? ""), "scrambled");
  const { code, stdout } = await home.run(["verify"]);
  assert.equal(stdout, `damaged    ${NEWEST}  ${DAMAGE}\n`);
  assert.equal(code, 46);
});

Deno.test("verify --json: one document, in the order that was asked for", async () => {
  using home = await filledHome();
  const elsewhere = home.putArchive(PRESENT, "mine.tar.gz");
  flipBit(join(home.backups, NEWEST ?? ""));
  const { code, stdout, stderr } = await home.run(["verify", "--json", elsewhere, NEWEST ?? "", OLDEST ?? ""]);
  const document = home.document(stdout) as { backups: { error: string | null }[] };
  const why = document.backups[1]?.error ?? "";
  assert.match(why, /damaged/);
  const size = (name: string) => Deno.statSync(join(home.backups, name)).size;
  const sound = {
    verdict: "ok",
    error: null,
    code: null,
    hint: null,
    unchecked: [],
    database_size_bytes: 794_624,
    file_count: 400,
    schema_version: 27,
    settings: null,
    metadata_say_otherwise: null,
    duration_seconds: "SECONDS",
  };
  assert.deepEqual(document, {
    success: false,
    error: "3 backups checked: 2 ok, 1 damaged",
    code: "invalid_archive",
    quick: false,
    total_count: 3,
    ok_count: 2,
    warning_count: 0,
    damaged_count: 1,
    unchecked_count: 0,
    backups: [
      {
        ...sound,
        filename: "mine.tar.gz",
        path: "HOME/.vpo/backups/mine.tar.gz",
        created_at: "2026-11-22T19:41:12Z",
        archive_size_bytes: size("mine.tar.gz"),
      },
      {
        filename: NEWEST,
        path: `HOME/.vpo/backups/${NEWEST}`,
        verdict: "damaged",
        error: why,
        code: "invalid_archive",
        hint: null,
        unchecked: [],
        created_at: null,
        archive_size_bytes: size(NEWEST ?? ""),
        database_size_bytes: null,
        file_count: null,
        schema_version: null,
        settings: null,
        metadata_say_otherwise: null,
        duration_seconds: "SECONDS",
      },
      {
        ...sound,
        filename: OLDEST,
        path: `HOME/.vpo/backups/${OLDEST}`,
        created_at: "2024-03-01T03:00:00Z",
        archive_size_bytes: size(OLDEST ?? ""),
      },
    ],
    duration_seconds: "SECONDS",
    warnings: [],
  });
  assert.deepEqual([code, stderr], [46, ""]);
});

Deno.test("verify: finds what only SQLite finds, and --quick does not look for it", async () => {
  using home = Home.withLibrary();
  execute(
    home.library,
    `CREATE TABLE words (word); CREATE INDEX words_word ON words (word);
    INSERT INTO words VALUES ('needle in the index'); PRAGMA journal_mode = delete`,
  );
  const bytes = Deno.readFileSync(home.library);
  const at = new TextDecoder("latin1").decode(bytes).lastIndexOf("needle");
  bytes[at] = "N".charCodeAt(0);
  const archive = home.file("mine.tar.gz", theirArchive(bytes));
  const full = await home.run(["verify", archive]);
  assert.equal(
    full.stdout,
    "warning    mine.tar.gz  400 files, 784.0 KB; sound, but index words_word does not match its table: REINDEX fixes it\n",
  );
  assert.equal(full.code, 60);
  assert.equal((await home.run(["verify", archive, "--quick"])).code, 0);
});

testMore("verify: a database that is no VPO library, with and without --any-database", async () => {
  using home = new Home();
  execute(home.library, "CREATE TABLE notes (text)");
  assert.equal((await home.run(["backup", "-q", "--any-database"])).code, 0);
  const refused = await home.run(["verify"]);
  assert.match(
    refused.stdout,
    /^damaged .* what is in it is not a VPO library: it has no table "_meta"\nTo accept a database that is not VPO's, use --any-database\.\n$/,
  );
  assert.equal(refused.code, 46);
  assert.equal((await home.run(["verify", "--any-database"])).code, 0);
});

testMore("verify: what is wrong with the command is told before anything is checked", async () => {
  using home = await filledHome();
  const refused = async (args: string[], exit: number, said: string) => {
    const { code, stdout, stderr } = await home.run(["verify", ...args]);
    assert.deepEqual([code, stdout, home.masked(stderr)], [exit, "", said]);
  };
  await refused(
    [NEWEST ?? "", "lost.tar.gz"],
    20,
    `Error: Cannot check "lost.tar.gz": there is no such archive in "HOME/.vpo/backups" or the current directory
List backups with: vpo-backup backups
`,
  );
  await refused(
    ["--all", "latest"],
    2,
    "Error: Cannot combine --all with named backups\nGive one or the other.\n",
  );
  await refused(
    ["--backup-dir", "lost"],
    20,
    `Error: No backups found in "HOME/lost"
Check that its disk is mounted. Name another directory with --backup-dir DIR, or an archive by its path.
`,
  );
});

testWithSymlinks("verify: a link out of the directory is followed only where it is named", async () => {
  using home = new Home();
  const archive = home.putArchive(PRESENT);
  const [outside, name] = [join(home.path, "outside.tar.gz"), basename(archive)];
  Deno.renameSync(archive, outside);
  makeSymlink(outside, archive);
  const before = home.state();
  for (const args of [["verify"], ["verify", "--all"]]) {
    const { code, stdout } = await home.run(args);
    assert.deepEqual([code, stdout], [40, `unchecked  ${name}  it is a link that leads out of this directory\n`]);
  }
  assert.equal((await home.run(["verify", name])).code, 0);
  assert.deepEqual(home.state(), before);
}, testMore);

testWithSymlinks("verify --all: links that lead nowhere keep nothing else from being checked", async () => {
  using home = await filledHome();
  const loop = "vpo-library-2030-01-01T00-00-00Z.tar.gz";
  makeSymlink(loop, join(home.backups, loop));
  makeSymlink(`${NEWEST}/x`, join(home.backups, "vpo-library-2020-01-02T00-00-00Z.tar.gz"));
  makeSymlink("..", join(home.backups, "vpo-library-2020-01-01T00-00-00Z.tar.gz"), "dir");
  const { code, stdout } = await home.run(["verify", "--all", "--quick", "--json"]);
  const { backups } = JSON.parse(stdout) as { backups: { verdict: string; code: string | null }[] };
  const unchecked = { verdict: "unchecked", code: "operation_failed" };
  const ok = { verdict: "ok", code: null };
  assert.deepEqual(backups.map(({ verdict, code }) => ({ verdict, code })), [
    unchecked,
    ok,
    ok,
    ok,
    unchecked,
    unchecked,
  ]);
  assert.equal(code, 40);
}, testMore);

testMore({
  name: "verify: an archive's texts cannot steer the terminal",
  ignore: Deno.build.os === "windows", // It has no such names.
  async fn() {
    using home = new Home();
    Deno.mkdirSync(home.backups);
    const name = "vpo-library-\x1b[2J\nok.tar.gz";
    Deno.writeFileSync(join(home.backups, name), gzipSync(new Uint8Array(2000)));
    const { code, stdout } = await home.run(["verify", "--all"]);
    assert.equal(code, 46);
    assert.match(stdout, /^damaged {4}vpo-library-�\[2J�ok\.tar\.gz {2}/);
    assert.doesNotMatch(stdout.replaceAll("\n", ""), /\p{Cc}/u);
  },
});

testMore({
  name: "verify: several at once draw one progress line",
  ignore: !hasTerminal,
  async fn() {
    using home = await filledHome();
    const { code, terminal } = await runOnTerminal(programCommand(["verify", "--all"], { home: home.path }), []);
    assert.equal(code, 0);
    assert.match(terminal, /Checking the backups/);
    assert.doesNotMatch(terminal, /Reading the archive|Checking the library in it/);
  },
});

testMore({
  name: "verify: on a terminal a reason that is too long gets a line of its own",
  ignore: !hasTerminal,
  async fn() {
    using home = await filledHome();
    Deno.writeTextFileSync(join(home.backups, NEWEST ?? ""), "scrambled");
    const args = ["verify", "--all", "--no-color", "--no-progress"];
    const { code, terminal } = await runOnTerminal(programCommand(args, { home: home.path }), []);
    assert.equal(
      terminal,
      `damaged    ${NEWEST}
           ${DAMAGE}
ok         ${MIDDLE}  400 files, 776.0 KB
ok         ${OLDEST}  400 files, 776.0 KB

3 backups checked: 2 ok, 1 damaged
`,
    );
    assert.equal(code, 46);
  },
});
