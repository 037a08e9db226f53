import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { readThrough } from "../../support/archives.ts";
import { execute } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../../support/modes.ts";
import { programCommand } from "../../support/program.ts";
import { canMount, mountMemory } from "../../support/surroundings/mounts.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

interface CopyDocument {
  readonly directory: string;
  readonly path: string | null;
  readonly error: string | null;
  readonly pruned?: { readonly removed_count: number };
}

interface BackupDocument {
  readonly success: boolean;
  readonly path: string;
  readonly copies: readonly CopyDocument[];
}

const ABSENT = "is its disk unplugged? If it is new, add --make-dir";

/** A home with a library and a directory `usb` that is known as a place for copies. */
async function withPlace(): Promise<Home> {
  const home = Home.withLibrary();
  const { code, stderr } = await home.run(["backup", "--copy-to", "usb", "--make-dir", "-q"]);
  assert.equal(code, 0, stderr);
  return home;
}

function namesIn(path: string): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
}

function archivesIn(path: string): string[] {
  return namesIn(path).filter((name) => name.endsWith(".tar.gz"));
}

async function documentOf(home: Home, args: readonly string[], code = 0): Promise<BackupDocument & { stderr: string }> {
  const ended = await home.run(["backup", "--json", ...args]);
  assert.equal(ended.code, code, ended.stderr);
  return { ...(JSON.parse(ended.stdout) as BackupDocument), stderr: ended.stderr };
}

Deno.test("copyAfter: the archive is in each place, byte for byte, for its owner only", async () => {
  using home = await withPlace();
  const place = join(home.path, "usb");
  assert.deepEqual(archivesIn(place), archivesIn(home.backups));
  const { path, copies: [copy] } = await documentOf(home, ["--copy-to", "usb"]);
  assert.deepEqual([copy?.directory, copy?.error], [place, null]);
  assert(copy?.path);
  assert.deepEqual(Deno.readFileSync(copy.path), Deno.readFileSync(path));
  assert.equal((await readThrough(copy.path)).file_count, 400);
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(copy.path).mode ?? 0) & 0o777, 0o600);
  assert.deepEqual(namesIn(place).filter((name) => name.startsWith(".")), [".vpo-backup-place"]);
});

testMore("copyAfter: says where the copies are", async () => {
  using home = await withPlace();
  const { stdout, stderr } = await home.run(["backup", "--copy-to", "usb", "--keep-last", "1"]);
  assert.equal(stderr, "");
  assert.match(
    home.masked(stdout),
    /\nCopied to: HOME\/usb\/vpo-library-NOW(?:-2)?\.tar\.gz\n {2}Removed 1 backup .* kept\n$/,
  );
});

testMore(
  "copyPlaces: the environment names places, with the system's separator, and flags take their place",
  async () => {
    using home = await withPlace();
    const env = { VPO_BACKUP_COPY_TO: ["~/usb", "", "other"].join(delimiter) };
    const both = await home.run(["backup", "--json"], { env });
    const { copies } = JSON.parse(both.stdout) as BackupDocument;
    assert.deepEqual(copies.map(({ path }) => path !== null), [true, false]);
    const flag = await home.run(["backup", "--json", "--copy-to", "usb"], { env });
    assert.equal((JSON.parse(flag.stdout) as BackupDocument).copies.length, 1);
  },
);

Deno.test("claimCopyPlace: a disk that is unplugged fails nothing, and nothing is put where it should be mounted", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(join(home.path, "empty"));
  const { success, path, copies, stderr } = await documentOf(home, ["--copy-to", "empty", "--copy-to", "missing"]);
  assert.equal(success, true);
  await readThrough(path);
  const [empty, missing] = copies;
  assert.deepEqual([empty?.path, empty?.error], [null, `it holds no backups yet: ${ABSENT}`]);
  assert.deepEqual([missing?.path, missing?.error], [null, `there is no such directory: ${ABSENT}`]);
  assert.match(home.masked(stderr), /Warning: the backup was not copied to "HOME\/empty": it holds no backups yet/);
  assert.deepEqual(namesIn(join(home.path, "empty")), []);
  assert.equal(namesIn(home.path).includes("missing"), false);
  const quiet = await home.run(["backup", "-q", "--copy-to", "missing"]);
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
});

testMore("copyPlaces: the backup directory itself, and one place twice, are refused", async () => {
  using home = await withPlace();
  const before = home.state();
  for (const places of someOf([[".vpo/backups"], ["usb", "./usb/"], ["missing", "~/missing"]], 2)) {
    const args = places.flatMap((place) => ["--copy-to", place]);
    const { code, stdout, stderr } = await home.run(["backup", ...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^Error: Cannot copy backups to ".*": it is (the backup directory itself|named twice)/);
  }
  const { code } = await home.run(["status", "--copy-to", home.backups]);
  assert.equal(code, 2);
  assert.deepEqual(home.state(), before);
});

testWithSymlinks("copyPlaces: a link to the backup directory is the backup directory", async () => {
  using home = await withPlace();
  makeSymlink(home.backups, join(home.path, "link"));
  assert.equal((await home.run(["backup", "--copy-to", "link"])).code, 2);
}, testMore);

testMore("backup --copy-to: the rules of --keep are applied to each place by itself", async () => {
  using home = await withPlace();
  const place = join(home.path, "usb");
  await documentOf(home, []);
  await documentOf(home, []);
  assert.deepEqual([archivesIn(home.backups).length, archivesIn(place).length], [3, 1]);
  const { copies: [copy] } = await documentOf(home, ["--copy-to", "usb", "--keep-last", "2"]);
  assert.deepEqual([archivesIn(home.backups).length, archivesIn(place).length], [2, 2]);
  assert.equal(copy?.pruned?.removed_count, 0);
});

testMore("backup --copy-to: a file of the user's own name is copied under the name that backups get", async () => {
  using home = await withPlace();
  const { path, copies: [copy] } = await documentOf(home, ["-o", "mine.tar.gz", "--copy-to", "usb"]);
  assert.match(home.masked(copy?.path ?? ""), /^HOME\/usb\/vpo-library-NOW(-\d)?\.tar\.gz$/);
  assert.deepEqual(Deno.readFileSync(copy?.path ?? ""), Deno.readFileSync(path));
});

testMore("backup --copy-to: two backups at once into one place get two names, and nothing is left", async () => {
  using home = await withPlace();
  const place = join(home.path, "usb");
  const run = (name: string) => documentOf(home, ["--copy-to", "usb", "--backup-dir", name, "--make-dir"]);
  const made = await Promise.all([run("one"), run("two"), run("three")]);
  const copies = made.flatMap(({ copies }) => copies.map(({ path }) => path ?? ""));
  assert.equal(new Set(copies).size, 3);
  for (const { path, copies: [copy] } of made) {
    assert.deepEqual(Deno.readFileSync(copy?.path ?? ""), Deno.readFileSync(path));
  }
  assert.deepEqual(namesIn(place).filter((name) => name.startsWith(".")), [".vpo-backup-place"]);
});

testMore("backup --copy-to --dry-run: says which copies would be made, and makes none", async () => {
  using home = await withPlace();
  const before = home.state();
  const { copies } = await documentOf(home, ["--dry-run", "--copy-to", "usb", "--copy-to", "missing", "--make-dir"]);
  assert.deepEqual(copies.map(({ path, error }) => [path, error]), [[null, null], [null, null]]);
  const { stdout, stderr } = await home.run(["backup", "--dry-run", "--copy-to", "usb", "--copy-to", "missing"]);
  assert.match(home.masked(stdout), /\n {2}Copy to: HOME\/usb\n$/);
  assert.match(stderr, /^Warning: the backup would not be copied to /);
  assert.deepEqual(home.state(), before);
});

Deno.test({
  name: "copyArchive: a full disk is a failure that is said loudly; the backup stands, nothing is left on that disk",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    const path = join(home.path, "small");
    using _disk = mountMemory(path, { bytes: 100 * 1024 });
    const args = ["--copy-to", "small", "--make-dir", "--keep-last", "5"];
    const { success, path: archive, copies: [copy], stderr } = await documentOf(home, args, 60);
    assert.equal(success, false, "not all of what was to be done was");
    await readThrough(archive);
    assert.equal(copy?.path, null);
    assert.match(home.masked(copy?.error ?? ""), /^not enough space in "HOME\/small": .* needed, .* free$/);
    assert.match(stderr, /^Error: the backup was not copied to /);
    assert.deepEqual(namesIn(path), []);
    const quiet = await home.run(["backup", "-q", ...args]);
    assert.equal(quiet.code, 60);
    assert.match(quiet.stderr, /^Error: the backup was not copied to /);
  },
});

testMore({
  name: "copyArchive: a place that cannot be written to is a failure, and keeps no other from its copy",
  ignore: cannotObeyModes() !== null,
  async fn() {
    using home = await withPlace();
    const place = join(home.path, "usb");
    Deno.chmodSync(place, 0o500);
    const args = ["backup", "--json", "--copy-to", "usb", "--copy-to", "more", "--make-dir"];
    const { code, stdout } = await home.run(args, { through: OBEYING_MODES });
    const { copies } = JSON.parse(stdout) as BackupDocument;
    Deno.chmodSync(place, 0o700);
    assert.equal(code, 60);
    assert.equal(home.masked(copies[0]?.error ?? ""), 'nothing can be written in "HOME/usb": permission denied');
    assert.equal(copies[1]?.error, null);
    assert.equal(archivesIn(join(home.path, "more")).length, 1);
  },
});

testMore("copyArchive: what a run left that was killed while it copied is removed by the next one", async () => {
  using home = await withPlace();
  const work = join(home.vpo, ".vpo-backup-01234567-89ab");
  Deno.mkdirSync(work, { mode: 0o700 });
  Deno.writeTextFileSync(join(work, "lock"), "", { mode: 0o600 });
  const half = join(home.path, "usb", ".vpo-backup-01234567-89ab.tar.gz");
  const another = join(home.path, "usb", ".vpo-backup-89abcdef-0123.tar.gz");
  for (const path of [half, another]) Deno.writeTextFileSync(path, "half a copy", { mode: 0o600 });
  await documentOf(home, ["--copy-to", "usb"]);
  const left = namesIn(join(home.path, "usb")).filter((name) => name.startsWith(".vpo-backup-"));
  // That of a run that may be alive stays.
  assert.deepEqual(left, [".vpo-backup-89abcdef-0123.tar.gz", ".vpo-backup-place"]);
  assert.equal(namesIn(home.vpo).includes(".vpo-backup-01234567-89ab"), false);
});

testMore({
  name: "copyAfter: an interruption in the middle leaves the backup and no half copy",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = await withPlace();
    const place = join(home.path, "usb");
    execute(home.library, "CREATE TABLE large AS SELECT randomblob(1000000) AS x FROM files LIMIT 100");
    const { program, args, env, cwd } = programCommand(["backup", "--copy-to", "usb"], { home: home.path });
    using watcher = Deno.watchFs(place);
    const process = new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      clearEnv: true,
      cwd,
      stderr: "piped",
    })
      .spawn();
    for await (const { kind, paths } of watcher) {
      if (kind === "modify" && paths.some((path) => path.endsWith(".tar.gz"))) break;
    }
    process.kill("SIGINT");
    const { code, stderr } = await process.output();
    assert.equal(code, 130);
    assert.match(new TextDecoder().decode(stderr), /^Error: Interrupted: backup created at ".*", but not copied to /m);
    assert.deepEqual([archivesIn(home.backups).length, archivesIn(place).length], [2, 1]);
    assert.deepEqual(namesIn(place).filter((name) => name.startsWith(".")), [".vpo-backup-place"]);
    for (const name of archivesIn(home.backups)) await readThrough(join(home.backups, name));
  },
});
