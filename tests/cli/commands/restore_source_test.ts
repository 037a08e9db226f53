import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { theirMetadata, theirTar } from "../../support/archives.ts";
import { hasPython } from "../../support/commands.ts";
import { contentHash } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { holdLibrary } from "../../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { StartedProgram } from "../../support/started.ts";
import { canSymlink, makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

const { old: OLD, present: PRESENT } = VPO_ARCHIVES;

/** The archive that `restore` finds under `named`, with this directory's path masked. */
async function found(home: Home, named: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.run(["restore", named, "--dry-run", "--json", ...args]);
  assert.equal(code, 0, stderr + stdout);
  return (home.document(stdout) as { backup_path: string }).backup_path;
}

Deno.test("restore BACKUP: a bare name is looked for in the backup directory first, then here", async () => {
  using home = Home.withLibrary();
  const archive = home.putArchive(PRESENT);
  assert.equal(await found(home, PRESENT), `HOME/.vpo/backups/${PRESENT}`);
  Deno.copyFileSync(archive, join(home.path, PRESENT));
  assert.equal(await found(home, PRESENT), `HOME/.vpo/backups/${PRESENT}`);
  assert.equal(await found(home, PRESENT, "--backup-dir", home.path), `HOME/${PRESENT}`);
  Deno.removeSync(archive);
  assert.equal(await found(home, PRESENT), `HOME/${PRESENT}`);
});

testWithSymlinks("restore BACKUP: a path is a path, a link is what it points to", async () => {
  using home = Home.withLibrary();
  const archive = home.putArchive(PRESENT, "mine.tar.gz");
  assert.equal(await found(home, archive), "HOME/.vpo/backups/mine.tar.gz");
  assert.equal(await found(home, ".vpo/backups/mine.tar.gz"), "HOME/.vpo/backups/mine.tar.gz");
  assert.equal(await found(home, "~/.vpo/backups/mine.tar.gz"), "HOME/.vpo/backups/mine.tar.gz");
  makeSymlink(archive, join(home.path, "-link"));
  assert.equal(await found(home, "./-link"), "HOME/.vpo/backups/mine.tar.gz");
}, testMore);

Deno.test("restore BACKUP: what is not there is told with the places looked in", async () => {
  using home = Home.withLibrary();
  const missing = async (named: string) => {
    const { code, stdout, stderr } = await home.run(["restore", named, "--yes"]);
    assert.deepEqual([code, stdout], [20, ""]);
    return home.masked(stderr);
  };
  const hint = "List backups with: vpo-backup backups\n";
  assert.equal(
    await missing("lost.tar.gz"),
    `Error: Cannot restore "lost.tar.gz": there is no such archive in "HOME/.vpo/backups" or the current directory\n${hint}`,
  );
  assert.equal(
    await missing("./lost.tar.gz"),
    `Error: Cannot restore "./lost.tar.gz": there is no such archive\n${hint}`,
  );
  // On Windows no name has a colon in it.
  if (Deno.build.os === "windows") return;
  assert.equal(
    await missing("./lost\nError: all is lost\x1b[2J"),
    `Error: Cannot restore "./lost�Error: all is lost�[2J": there is no such archive\n${hint}`,
  );
});

testMore(
  "restore BACKUP: the beginning of a time, or a name without its ending, is enough where only one has it",
  async () => {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    home.putArchive(PRESENT, "vpo-library-2026-02-09T08-00-00Z.tar.gz");
    home.putArchive(PRESENT, "vpo-library-2026-02-09T20-15-00Z.tar.gz");
    const stem = PRESENT.replace(".tar.gz", "");
    // On Windows nothing with a colon in it is taken for a name.
    const moment = Deno.build.os === "windows" ? "2026-02-09 20-15" : "2026-02-09 20:15";
    for (const written of [stem, stem.replace("vpo-library-", "").slice(0, "2026-02-05".length)]) {
      assert.equal(await found(home, written), `HOME/.vpo/backups/${PRESENT}`);
    }
    assert.equal(await found(home, moment), "HOME/.vpo/backups/vpo-library-2026-02-09T20-15-00Z.tar.gz");
    assert.deepEqual(await home.run(["restore", "2026-02-09", "--yes"]), {
      code: 2,
      stdout: "",
      stderr:
        `Error: Cannot restore "2026-02-09": it matches several backups: "vpo-library-2026-02-09T20-15-00Z.tar.gz", ` +
        `"vpo-library-2026-02-09T08-00-00Z.tar.gz"\nGive more of the time, or the whole name.\n`,
    });
    assert.equal((await home.run(["restore", "2025-01-01", "--yes"])).code, 20);
  },
);

Deno.test("restore BACKUP: a directory or a pipe is no archive, nor a damaged one", async () => {
  using home = Home.withLibrary();
  const named = [home.vpo];
  if (Deno.build.os !== "windows") {
    named.push(join(home.path, "pipe.tar.gz"));
    assert(new Deno.Command("mkfifo", { args: [named[1] ?? ""] }).outputSync().success);
  }
  for (const path of named) {
    const { code, stdout, stderr } = await home.run(["restore", path, "--yes"]);
    assert.equal(
      stderr,
      `Error: Cannot restore "${path}": it is not a regular file\nList backups with: vpo-backup backups\n`,
    );
    assert.deepEqual([code, stdout], [40, ""]);
    for (const command of someOf(["show", "verify"], 1)) {
      assert.equal((await home.run([command, path])).code, 40, command);
    }
  }
});

testMore("restore latest: the newest by the metadata", async () => {
  using home = Home.withLibrary();
  home.putArchive(OLD, "vpo-library-2030-01-01T00-00-00Z.tar.gz");
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  assert.match(await found(home, "latest"), /^HOME\/\.vpo\/backups\/vpo-library-NOW\.tar\.gz$/);
});

testMore("restore latest: passes over a newer damaged archive and says so", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const damaged = ["vpo-library-2031-01-01T00-00-00Z.tar.gz", "vpo-library-2030-01-01T00-00-00Z.tar.gz"];
  for (const name of damaged) Deno.writeTextFileSync(join(home.backups, name), "scrambled");
  Deno.writeTextFileSync(join(home.backups, "vpo-library-2020-01-01T00-00-00Z.tar.gz"), "scrambled");
  const human = await home.run(["restore", "latest", "--dry-run"]);
  const warnings = damaged.map((name) =>
    `Warning: ${name} is newer, but it is damaged: the next older backup is used\n`
  ).join("");
  assert.equal(human.stderr, warnings);
  assert.match(home.masked(human.stdout), new RegExp(`^Archive valid: HOME/\\.vpo/backups/${PRESENT}\n`));
  const json = await home.run(["restore", "latest", "--dry-run", "--json"]);
  assert.equal(json.stderr, warnings);
  assert.equal((home.document(json.stdout) as { backup_path: string }).backup_path, `HOME/.vpo/backups/${PRESENT}`);
});

testMore("restore latest: nothing to choose from", async () => {
  using home = Home.withLibrary();
  const refused = async (what: string) => {
    const { code, stdout, stderr } = await home.run(["restore", "latest", "--yes"]);
    const hint = "Name another directory with --backup-dir DIR, or an archive by its path.";
    assert.equal(home.masked(stderr), `Error: ${what}\n${hint}\n`);
    assert.deepEqual([code, stdout], [20, ""]);
  };
  await refused(`No backups found in "HOME/.vpo/backups"`);
  Deno.mkdirSync(home.backups);
  await refused(`No backups found in "HOME/.vpo/backups"`);
  for (const day of [1, 2]) {
    Deno.writeTextFileSync(join(home.backups, `vpo-library-2026-01-0${day}T00-00-00Z.tar.gz`), "scrambled");
  }
  await refused(`None of the 2 backups in "HOME/.vpo/backups" can be used`);
});

testMore("restore: without BACKUP and without a terminal it is told to name one", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const before = home.state();
  const human = await home.run(["restore", "--yes"]);
  assert.deepEqual(human, {
    code: 2,
    stdout: "",
    stderr: "Error: Cannot tell which backup to restore\nName one, or use: latest\n",
  });
  const json = await home.run(["restore", "--yes", "--json"]);
  assert.deepEqual([json.code, json.stderr], [2, ""]);
  assert.equal((JSON.parse(json.stdout) as { code: string }).code, "usage");
  assert.deepEqual(home.state(), before);
});

Deno.test("restore: metadata cannot steer the terminal", async () => {
  using home = Home.withLibrary();
  const database = Deno.readFileSync(home.library);
  const metadata = { ...theirMetadata(database.length), vpo_version: "0.2\x1b[2J\nError: none\u202e" };
  const path = home.file("odd.tar.gz", gzipSync(theirTar(database, metadata)));
  const human = await home.run(["restore", path, "--dry-run"]);
  assert.match(human.stdout, /^ {2}VPO version: 0\.2�\[2J�Error: none�$/m);
  const json = await home.run(["restore", path, "--dry-run", "--json"]);
  assert.equal((JSON.parse(json.stdout) as { vpo_version: string }).vpo_version, metadata.vpo_version);
});

testMore("openBackup: a library that was set aside is no archive, and undo is what puts it back", async () => {
  using home = Home.withLibrary();
  const name = "library.db.before-restore-2026-02-06T09-12-44Z-3";
  const path = home.putLibrary(join(home.vpo, name));
  const before = home.state();
  const elsewhere = ["--library", join(home.path, "other.db")];
  for (const args of [[name], [path], [path, ...elsewhere]]) {
    const { code, stderr } = await home.run(["restore", ...args, "--yes"]);
    assert.equal(
      home.masked(stderr),
      `Error: Cannot restore "HOME/.vpo/${name}": it is a previous library kept by a restore, not a backup
Put it back with: vpo-backup undo ${name} --library HOME/.vpo/library.db
`,
    );
    assert.equal(code, 46);
  }
  for (const args of [["verify"], ["verify", "--quick"], ["show"], ["show", "--quick"], ["extract", "--output", "."]]) {
    const { code, stdout, stderr } = await home.run([...args, path]);
    assert.match(stdout + stderr, /it is a previous library kept by a restore, not a backup\nPut it back with: .*undo/);
    assert.equal(code, 46);
  }
  assert.deepEqual(home.state(), before);
});

testMore("openBackup: a plain database is not called a damaged archive", async () => {
  using home = Home.withLibrary();
  const path = home.putLibrary(join(home.path, "mine.db"));
  const { code, stderr } = await home.run(["restore", path, "--yes"]);
  assert.equal(
    home.masked(stderr),
    `Error: Cannot restore "HOME/mine.db": it is a SQLite database, not an archive
Make an archive of it, and restore that: \
vpo-backup backup --library HOME/mine.db --output HOME/mine.db.tar.gz
`,
  );
  assert.equal(code, 46);
  for (const command of ["verify", "show", "diff"]) {
    const { stdout, stderr } = await home.run([command, path]);
    assert.match(stdout + stderr, /it is a SQLite database, not an archive\nMake an archive of it, and restore that: /);
  }
  const backup = await home.run(["backup", "--library", path, "--output", `${path}.tar.gz`]);
  assert.equal(backup.code, 0, backup.stderr);
  assert.equal((await home.run(["restore", `${path}.tar.gz`, "--yes"])).code, 0, "the advice is right");
});

testMore(
  "restore: where the directory is empty, backups below VPO_DATA_DIR are pointed to, and not taken",
  async () => {
    using home = new Home();
    const other = join(home.path, "data", "backups");
    Deno.mkdirSync(other, { recursive: true });
    Deno.copyFileSync(home.putArchive(PRESENT), join(other, PRESENT));
    Deno.removeSync(home.backups, { recursive: true });
    const env = { VPO_DATA_DIR: join(home.path, "data") };
    for (const args of [["restore", "latest", "--yes"], ["verify"], ["prune", "--keep-last", "1", "--yes"]]) {
      const { code, stderr } = await home.run(args, { env });
      const hint = 'There are some in "HOME/data/backups", below VPO_DATA_DIR: --backup-dir HOME/data/backups\n';
      assert.deepEqual([code, home.masked(stderr)], [20, `Error: No backups found in "HOME/.vpo/backups"\n${hint}`]);
    }
  },
);

Deno.test({
  name: "restore: takes nothing from outside, where its work directory is swapped for a link while it waits",
  ignore: !hasPython || !canSymlink,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    const outside = join(home.path, "outside");
    Deno.mkdirSync(outside);
    const victim = home.putLibrary(join(outside, "library.db"));
    Deno.chmodSync(victim, 0o600);
    const holder = await holdLibrary(home.library, ["SELECT count(*) FROM files"]);
    const args = ["restore", PRESENT, "--yes", "--wait", "60", "-v"];
    await using program = StartedProgram.start(args, { home: home.path });
    await program.said("step lock library");
    const work = Array.from(Deno.readDirSync(home.vpo)).find(({ name }) => name.startsWith(".vpo-backup-"))?.name ?? "";
    Deno.renameSync(join(home.vpo, work), join(home.path, "moved"));
    makeSymlink(outside, join(home.vpo, work), "dir");
    const before = [contentHash(home.library), contentHash(victim)];
    await holder.kill();
    const { code, stderr } = await program.ended();
    assert.equal(code, 40, stderr);
    assert.match(stderr, /^Error: Cannot restore the backup: ".*library\.db" is no longer what was checked$/m);
    assert.deepEqual([contentHash(home.library), contentHash(victim)], before);
    if (Deno.build.os !== "windows") assert.equal((Deno.statSync(victim).mode ?? 0) & 0o777, 0o600);
  },
});
