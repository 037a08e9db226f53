import assert from "node:assert/strict";
import { join } from "node:path";
import { hasPython, run } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { Faults } from "../../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { BINARY } from "../../support/program.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { cannotIntercept } from "../../torture/support/file_calls.ts";

const { old: OLD, present: PRESENT, future: FUTURE } = VPO_ARCHIVES;
const DAMAGED = "vpo-library-2026-12-24T18-00-00Z.tar.gz";

/** A home with VPO's own archives and a damaged one in its backup directory. */
function filledHome(): Home {
  const home = new Home();
  for (const name of [OLD, PRESENT, FUTURE]) home.putArchive(name);
  Deno.writeTextFileSync(join(home.backups, DAMAGED), "scrambled");
  return home;
}

/** Names in the list as `--json` gives it. */
async function listedNames(home: Home, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await home.run(["backups", "--json", ...args]);
  assert.deepEqual([code, stderr], [0, ""]);
  return (JSON.parse(stdout) as { backups: { filename: string }[] }).backups.map(({ filename }) => filename);
}

Deno.test("backups: a table, the newest first, damaged archives among them", async () => {
  using home = filledHome();
  const { code, stdout, stderr } = await home.run(["backups"]);
  assert.equal(
    home.masked(stdout),
    `Backups in HOME/.vpo/backups:

Filename                                  Created (UTC)          Size     Files
───────────────────────────────────────────────────────────────────────────────
vpo-library-2026-12-24T18-00-00Z.tar.gz   2026-12-24 18:00        9 B   damaged
vpo-library-2026-02-09T08-00-00Z.tar.gz   2026-11-22 19:41    50.3 KB       120
vpo-library-2026-02-05T14-30-22Z.tar.gz   2026-11-22 19:41   157.3 KB       400
vpo-library-2026-01-15T120000Z.tar.gz     2026-11-22 19:41    50.7 KB       120

Total: 4 backups (258.3 KB)
`,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(await home.run(["list", "-q"]), { code, stdout, stderr });
});

Deno.test("backups -v: says why an archive is damaged", async () => {
  using home = filledHome();
  const { code, stdout, stderr } = await home.run(["backups", "-v"]);
  assert.equal(code, 0);
  assert.match(stdout, / damaged\n/);
  assert.match(stderr, new RegExp(`^${DAMAGED}: the archive is damaged: `, "m"));
  assert.match(stderr, new RegExp(`^${PRESENT}: made by VPO, which counts before it copies; verify says `, "m"));
});

Deno.test("backups --json: one document, with nulls and the reason for damaged archives", async () => {
  using home = filledHome();
  for (const name of [OLD, FUTURE]) Deno.removeSync(join(home.backups, name));
  const { code, stdout, stderr } = await home.run(["backups", "--json"]);
  const document = home.document(stdout) as { backups: { error: string | null }[] };
  const why = document.backups[0]?.error;
  assert.match(why ?? "", /^the archive is damaged: /);
  assert.deepEqual(document, {
    success: true,
    directory: "HOME/.vpo/backups",
    total_count: 2,
    total_size_bytes: 161_072,
    shown_count: 2,
    backups: [
      {
        filename: DAMAGED,
        path: `HOME/.vpo/backups/${DAMAGED}`,
        created_at: "2026-12-24T18:00:00Z",
        archive_size_bytes: 9,
        database_size_bytes: null,
        file_count: null,
        schema_version: null,
        library_path: null,
        settings: null,
        origin: "unknown",
        fault: "damaged",
        error: why,
        verified: null,
      },
      {
        filename: PRESENT,
        path: `HOME/.vpo/backups/${PRESENT}`,
        created_at: "2026-11-22T19:41:12Z",
        archive_size_bytes: 161_063,
        database_size_bytes: 794_624,
        file_count: 400,
        schema_version: 27,
        library_path: null,
        settings: null,
        origin: "unknown",
        fault: null,
        error: null,
        verified: null,
      },
    ],
    set_aside: [],
    warnings: [],
  });
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("backups: the order is by the metadata, for unreadable ones by the name, else by the file's time", async () => {
  using home = new Home();
  home.putArchive(PRESENT, "vpo-library-2030-01-01T00-00-00Z.tar.gz");
  const damaged = [
    "vpo-library-2026-11-22T194113Z.tar.gz",
    "vpo-library-2026-11-22T19-41-11Z.tar.gz",
    "vpo-library-2026-11-22T19-41-11Z-2.tar.gz",
    "vpo-library-2026-11-22T19-41-11Z-10.tar.gz",
    "vpo-library-2026-13-45T00-00-00Z.tar.gz",
    "vpo-library-mine.tar.gz",
  ];
  for (const name of damaged) Deno.writeTextFileSync(join(home.backups, name), "");
  Deno.utimeSync(join(home.backups, "vpo-library-mine.tar.gz"), 0, new Date("2026-11-22T19:41:20Z"));
  Deno.utimeSync(join(home.backups, "vpo-library-2026-13-45T00-00-00Z.tar.gz"), 0, new Date("2020-01-01T00:00:00Z"));
  assert.deepEqual(await listedNames(home), [
    "vpo-library-mine.tar.gz",
    "vpo-library-2026-11-22T194113Z.tar.gz",
    "vpo-library-2030-01-01T00-00-00Z.tar.gz",
    "vpo-library-2026-11-22T19-41-11Z-10.tar.gz",
    "vpo-library-2026-11-22T19-41-11Z-2.tar.gz",
    "vpo-library-2026-11-22T19-41-11Z.tar.gz",
    "vpo-library-2026-13-45T00-00-00Z.tar.gz",
  ]);
});

testWithSymlinks("backups: lists archives and links to them, and nothing else", async () => {
  using home = new Home();
  const archive = home.putArchive(PRESENT, "elsewhere.tar.gz");
  makeSymlink(archive, join(home.backups, "vpo-library-link.tar.gz"));
  Deno.mkdirSync(join(home.backups, "vpo-library-directory.tar.gz"));
  for (const name of ["vpo-library-x.tar", "library-x.tar.gz", "vpo-library-x.tar.gz.part"]) {
    Deno.writeTextFileSync(join(home.backups, name), "");
  }
  assert.deepEqual(await listedNames(home), ["vpo-library-link.tar.gz"]);
});

testMore({
  name: "backups: a pipe put in the place of a file that was just looked at does not hold it up (needs gcc)",
  ignore: cannotIntercept() !== null,
  async fn() {
    using home = new Home();
    using faults = new Faults();
    const archive = home.putArchive(PRESENT);
    const { code, stdout } = await faults.runWithPipe(archive, home, ["backups", "--json"]);
    const { backups } = JSON.parse(stdout) as { backups: { fault: string; error: string }[] };
    assert.deepEqual([code, backups.map(({ fault, error }) => [fault, error])], [
      0,
      [["unreadable", "it is not a regular file"]],
    ]);
  },
});

Deno.test({
  name: "backups: a pipe with an archive's name does not hold it up",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = new Home();
    home.putArchive(PRESENT);
    const pipe = join(home.backups, "vpo-library-pipe.tar.gz");
    assert.equal((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
    const listing = home.run(["backups", "--json"]);
    let waited = false;
    const timer = setInterval(() => {
      waited = true;
      // A reader that waits for the pipe's other end goes on when there is one.
      Deno.openSync(pipe, { read: true, write: true }).close();
    }, 60_000);
    const { code, stdout } = await listing;
    clearInterval(timer);
    assert(!waited, "it waited for the pipe's other end");
    assert.equal(code, 0);
    const { backups } = JSON.parse(stdout) as { backups: { filename: string; error: string | null }[] };
    assert.equal(backups.find(({ filename }) => filename === PRESENT)?.error, null);
  },
});

testWithSymlinks("backups: a link that leads out of the directory is unreadable, and status says so", async () => {
  using home = new Home();
  const outside = home.putArchive(OLD, "../outside.tar.gz");
  makeSymlink("../outside.tar.gz", join(home.backups, PRESENT));
  const why = "it is a link that leads out of this directory";
  const listed = await home.run(["backups", "--json"]);
  const { backups } = JSON.parse(listed.stdout) as { backups: { fault: string; error: string }[] };
  assert.deepEqual(backups.map(({ fault, error }) => [fault, error]), [["unreadable", why]], outside);
  const status = await home.run(["status"]);
  const said = `CRITICAL: no backup in "HOME/.vpo/backups" can be used: 1 cannot be read: ${why} (`;
  assert(home.masked(status.stdout).startsWith(said), status.stdout);
  makeSymlink(OLD, join(home.backups, "vpo-library-link.tar.gz"));
  home.putArchive(OLD);
  assert.match((await home.run(["backups", "--json"])).stdout, /"vpo-library-link.tar.gz",[^}]*"error": null/);
});

testMore({
  name:
    "backups: an archive whose name is not UTF-8 is in the list, and how to get at it (Deno 2.7 tells no such names)",
  ignore: Deno.build.os !== "linux" || !hasPython || BINARY !== undefined || Deno.version.deno.startsWith("2.7."),
  async fn() {
    using home = new Home();
    const path = home.putArchive(PRESENT);
    const renaming = "import os, sys; os.rename(sys.argv[1], os.fsencode(sys.argv[1])[:-7] + b'-\\xff.tar.gz')";
    assert.equal((await run("python3", ["-c", renaming, path])).code, 0);
    const { stdout } = await home.run(["backups", "--json"]);
    const { backups } = JSON.parse(stdout) as { backups: { fault: string; error: string }[] };
    const why = "its name is not UTF-8, so it cannot be opened: rename it";
    assert.deepEqual(backups.map(({ fault, error }) => [fault, error]), [["unreadable", why]]);
  },
});

testMore("backups: none", async () => {
  using home = new Home();
  const none = "No backups found in HOME/.vpo/backups\n\nCreate a backup with: vpo-backup backup\n";
  const missing = await home.run(["backups"]);
  assert.deepEqual([missing.code, home.masked(missing.stdout), missing.stderr], [0, none, ""]);
  Deno.mkdirSync(home.backups);
  const empty = await home.run(["backups", "--path", home.backups]);
  assert.deepEqual([empty.code, home.masked(empty.stdout), empty.stderr], [0, none, ""]);
  const json = await home.run(["backups", "--json"]);
  assert.deepEqual(home.document(json.stdout), {
    success: true,
    directory: "HOME/.vpo/backups",
    total_count: 0,
    total_size_bytes: 0,
    shown_count: 0,
    backups: [],
    set_aside: [],
    warnings: [],
  });
});

testMore("backups: a directory that is named must be there", async () => {
  using home = new Home();
  for (const args of [["backups", "-p", "lost"], ["backups", "--backup-dir", "lost"], ["list", "--path=lost"]]) {
    assert.deepEqual(await home.run(args), {
      code: 20,
      stdout: "",
      stderr:
        `Error: Cannot list backups: there is no directory "lost"\nCheck its name, and that its disk is mounted.\n`,
    });
  }
  const disk = join(home.path, "disk");
  const env = { VPO_BACKUP_DIR: disk };
  assert.equal((await home.run(["backups"], { env })).code, 20, "where a variable names it, too");
  home.file(".vpo/backup.toml", new TextEncoder().encode(`backup_dir = '${disk}'\n`));
  assert.equal((await home.run(["backups"])).code, 20, "and where backup.toml does");
  Deno.mkdirSync(disk);
  const bare = await home.run(["backups"], { env });
  assert.deepEqual([bare.code, home.masked(bare.stderr)], [
    0,
    'Warning: "HOME/disk" holds no backups yet: is its disk mounted?\n',
  ]);
  Deno.writeTextFileSync(join(home.path, "file"), "");
  const file = await home.run(["backups", "-p", "file"]);
  assert.equal(file.code, 40);
  assert.match(home.masked(file.stderr), /^Error: Cannot list the backups in "HOME\/file": /);
});

testMore("backups: --path goes before --backup-dir", async () => {
  using home = filledHome();
  Deno.mkdirSync(join(home.path, "other"));
  Deno.copyFileSync(join(home.backups, OLD), join(home.path, "other", OLD));
  assert.deepEqual(await listedNames(home, "--backup-dir", home.backups, "-p", "other"), [OLD]);
  assert.deepEqual(await listedNames(home, "-p", "~/other"), [OLD]);
});

Deno.test({
  name: "backups: odd file names cannot steer the terminal or add a line; JSON has them as they are",
  ignore: Deno.build.os === "windows", // It has no such names.
  async fn() {
    using home = new Home();
    const names = ["\x1b[2J\x1b[31mred", "two\nlines\r", "\u202egnp", "\x9b2J", "映画"].map((part) =>
      `vpo-library-${part}.tar.gz`
    );
    for (const name of names) home.putArchive(OLD, name);
    const evil = "vpo-library-\x1b[31mdamaged\n.tar.gz";
    Deno.writeTextFileSync(join(home.backups, evil), "");
    const { stdout, stderr } = await home.run(["backups", "-v"]);
    assert.equal(stdout.split("\n").length, names.length + 1 + 7);
    assert.match(stderr, /^vpo-library-\ufffd\[31mdamaged\ufffd\.tar\.gz: /m);
    for (const text of [stdout, stderr]) assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
    assert.deepEqual((await listedNames(home)).sort(), [...names, evil].sort());

    const latest = await home.run(["restore", "latest", "--dry-run", "--json"]);
    assert.match(latest.stderr, /^Warning: vpo-library-\ufffd\[31mdamaged\ufffd\.tar\.gz is newer/);
  },
});
