import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { type Look, MARKER_NAME, readMarker } from "../../../src/store/place_marker.ts";
import { sha256 } from "../../support/bytes.ts";
import { execute } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { ago, flipBit, putBackupsOf, putOtherLibrary } from "../../support/history.ts";
import { Home } from "../../support/home.ts";

const HOUR = 3600;

interface Told {
  readonly skipped?: boolean;
  readonly path: string;
  readonly created_at: string;
  readonly database_sha256: string;
}

async function backUp(home: Home, ...args: string[]): Promise<Told & { readonly stderr: string }> {
  const { code, stdout, stderr } = await home.run(["backup", "--json", ...args]);
  assert.equal(code, 0, stderr + stdout);
  return { ...JSON.parse(stdout) as Told, stderr };
}

function archivesIn(home: Home): string[] {
  return home.archives().filter((name) => name !== MARKER_NAME);
}

function looksIn(home: Home): readonly Look[] {
  return readMarker(home.backups)?.looks ?? [];
}

/** Writes a marker as anybody could who may write into the backup directory. */
function forgeLooks(home: Home, ...looks: readonly Look[]): void {
  const marker = { tool: "forged", created_at: "2026-02-05T00:00:00Z", looks };
  Deno.writeTextFileSync(join(home.backups, MARKER_NAME), JSON.stringify(marker));
}

/** The exit status of `status`, and its line. */
async function status(home: Home, ...args: string[]): Promise<readonly [number, string]> {
  const { code, stdout } = await home.run(["status", ...args]);
  return [code, stdout];
}

/** A library whose one backup, which holds what it holds, is as old as this. */
async function withOldBackup(
  home: Home,
  hours: number,
): Promise<{ readonly archive: string; readonly sha256: string }> {
  const { path } = await backUp(home);
  const extracted = join(home.path, "extracted");
  assert.equal((await home.run(["extract", path, "--output", extracted])).code, 0);
  const database = join(extracted, "library.db");
  Deno.removeSync(path);
  const [archive = ""] = await putBackupsOf(home, { database }, ago(hours * HOUR));
  const hash = sha256(Deno.readFileSync(database));
  Deno.removeSync(extracted, { recursive: true });
  return { archive, sha256: hash };
}

Deno.test("backup --skip-unchanged: an unchanged library needs no new archive, the look at it is remembered", async () => {
  using home = Home.withLibrary();
  const made = await backUp(home, "--skip-unchanged");
  assert.equal(made.skipped, undefined, "the first one is made");
  const skipped = await backUp(home, "--skip-unchanged");
  assert.deepEqual([skipped.skipped, skipped.path, skipped.created_at], [true, made.path, made.created_at]);
  assert.equal(skipped.database_sha256, made.database_sha256);
  assert.equal(archivesIn(home).length, 1);
  assert.deepEqual(looksIn(home).map(({ archive, database_sha256 }) => [archive, database_sha256]), [
    [basename(made.path), made.database_sha256],
  ]);
  const { code, stdout } = await home.run(["backup", "--skip-unchanged"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Unchanged since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: no new backup\n {2}Newest backup: /);
  assert.equal(looksIn(home).length, 1, "one look for each archive");
  const planned = await home.run(["backup", "--skip-unchanged", "--dry-run"]);
  assert.deepEqual([planned.code, /^Would create backup:\n/.test(planned.stdout)], [0, true]);
  assert.match(planned.stderr, /^Warning: whether the newest backup holds the same, .*, is known only once/);
  assert.equal((await backUp(home)).skipped, undefined, "it is never skipped unasked");
});

Deno.test("backup --skip-unchanged: what has changed is backed up, also where an older backup holds the same", async () => {
  using home = Home.withLibrary();
  const { path: first } = await backUp(home);
  execute(home.library, "CREATE TABLE more (x)");
  const { path: second, skipped } = await backUp(home, "--skip-unchanged");
  assert.equal(skipped, undefined);
  execute(home.library, "UPDATE files SET scanned_at = '2099-01-01T00:00:00Z' WHERE id = 1");
  assert.equal((await backUp(home, "--skip-unchanged")).skipped, undefined);
  assert.equal(archivesIn(home).length, 3);
  assert.deepEqual(looksIn(home), []);
  // The newest is another one now: what is restored would not be what the library holds.
  Deno.removeSync(second);
  assert.equal((await home.run(["restore", first, "--yes"])).code, 0);
  assert.equal((await backUp(home, "--skip-unchanged")).skipped, undefined);
});

testMore(
  "backup --skip-unchanged: a newest backup that is damaged or from the future is no reason to skip",
  async () => {
    using home = Home.withLibrary();
    const { path } = await backUp(home);
    flipBit(path);
    const { skipped, stderr } = await backUp(home, "--skip-unchanged");
    assert.equal(skipped, undefined);
    assert(stderr.includes(path), stderr);
    using other = Home.withLibrary();
    await withOldBackup(other, -50);
    assert.equal((await backUp(other, "--skip-unchanged")).skipped, undefined);
  },
);

testMore("backup --skip-unchanged: newer backups of another library are not in the way", async () => {
  using home = Home.withLibrary();
  const other = putOtherLibrary(home);
  const { path } = await backUp(home);
  await backUp(home, "--library", other);
  assert.equal((await backUp(home, "--skip-unchanged")).path, path);
  assert.equal((await backUp(home, "--library", other, "--skip-unchanged")).skipped, true);
  assert.equal(looksIn(home).length, 2, "a look for each library");
  assert.equal(archivesIn(home).length, 2);
});

testMore(
  "backup --skip-unchanged: settings that have changed are backed up, a new time alone is no change",
  async () => {
    using home = Home.withLibrary();
    const config = join(home.vpo, "config.toml");
    const policy = join(home.vpo, "policies", "movies.yaml");
    Deno.mkdirSync(join(home.vpo, "policies"));
    Deno.writeTextFileSync(config, "[logging]\nlevel = 'info'\n", { mode: 0o600 });
    const isSkipped = async (...args: string[]) => (await backUp(home, "--skip-unchanged", ...args)).skipped === true;
    assert.equal(await isSkipped(), false);
    assert.equal(await isSkipped(), true);
    Deno.utimeSync(config, new Date(0), new Date(0));
    assert.equal(await isSkipped(), true);
    Deno.writeTextFileSync(config, "[logging]\nlevel = 'warn'\n");
    assert.equal(await isSkipped(), false, "of the same size");
    Deno.writeTextFileSync(policy, "name: movies\n");
    assert.equal(await isSkipped(), false, "one more");
    assert.equal(await isSkipped(), true);
    Deno.renameSync(policy, join(home.vpo, "policies", "series.yaml"));
    assert.equal(await isSkipped(), false, "another name");
    assert.equal(await isSkipped("--no-settings"), false, "none");
    assert.equal(await isSkipped("--no-settings"), true);
  },
);

testMore(
  "backup --skip-unchanged: not with a file name of its own, and not where the backup is to be copied",
  async () => {
    using home = Home.withLibrary();
    const refused = async (...args: string[]) => {
      const { code, stderr } = await home.run(["backup", "--skip-unchanged", ...args]);
      return [code, stderr.split("\n")[0]];
    };
    const named = "Error: Cannot skip a backup with a file name of its own";
    assert.deepEqual(await refused("-o", join(home.path, "mine.tar.gz")), [2, named]);
    const copied = "Error: Cannot skip a backup that is to be copied";
    assert.deepEqual(await refused("--copy-to", join(home.path, "second")), [2, copied]);
  },
);

testMore("status: counts from the last look at an unchanged library", async () => {
  using home = Home.withLibrary();
  await withOldBackup(home, 300);
  assert.equal((await status(home))[0], 61);
  assert.equal((await backUp(home, "--skip-unchanged")).skipped, true);
  const [code, line] = await status(home);
  assert.equal(code, 0, line);
  assert.match(
    line,
    /^OK: the newest good backup is 12 days old, and the library was last found unchanged \d+ seconds? ago/,
  );
});

testMore("status: a look that was made up, copied, or is from the future counts for nothing", async () => {
  using home = Home.withLibrary();
  const { archive, sha256: database_sha256 } = await withOldBackup(home, 50);
  const look = { archive, database_sha256, looked_at: ago(HOUR).toISOString() };
  forgeLooks(home, look);
  assert.equal((await status(home))[0], 0, "it counts as it is");
  const madeUp = {
    "of another archive": { ...look, archive: "vpo-library-2026-01-01T00-00-00Z.tar.gz" },
    "of another content": { ...look, database_sha256: "ab".repeat(32) },
    "from the future": { ...look, looked_at: ago(-HOUR).toISOString() },
    "older than the archive": { ...look, looked_at: ago(60 * HOUR).toISOString() },
    "no look at all": { ...look, looked_at: "yesterday" },
  };
  for (const [which, one] of someOf(Object.entries(madeUp), 1)) {
    forgeLooks(home, one);
    assert.equal((await status(home))[0], 61, which);
  }
  forgeLooks(home, look);
  await putBackupsOf(home, {}, ago(40 * HOUR));
  assert.equal((await status(home))[0], 61, "there is a newer archive");
  const [newest = ""] = archivesIn(home).toReversed();
  flipBit(join(home.backups, newest));
  assert.equal((await status(home))[0], 61, "which is damaged");
  Deno.removeSync(join(home.backups, newest));
  assert.equal((await status(home))[0], 0);
  flipBit(join(home.backups, archive));
  assert.equal((await status(home))[0], 61, "the archive itself is damaged");
});
