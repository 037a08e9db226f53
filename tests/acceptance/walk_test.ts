import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { execute, query } from "../support/database.ts";
import { Home } from "../support/home.ts";

/**
 * The way of a library through all commands, with the exit code of each. It needs nothing of the system that it is
 * walked on, so that every executable can be led along it, through an emulator, too: `VPO_BACKUP_BIN` names it.
 */

/** Runs a command that must end with this code, and gives what it printed. */
async function walk(home: Home, code: number, ...args: string[]): Promise<string> {
  const outcome = await home.run(args);
  assert.equal(outcome.code, code, `${args.join(" ")}: ${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout;
}

async function walkJson(home: Home, code: number, ...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await walk(home, code, ...args, "--json")) as Record<string, unknown>;
}

function fileCount(home: Home): unknown {
  return query(home.library, "SELECT count(*) FROM files");
}

Deno.test("walk: backup, backup again, backups, verify, show, diff, status, doctor, prune", async () => {
  using home = Home.withLibrary();
  await walk(home, 61, "status");
  const first = await walkJson(home, 0, "backup");
  assert.deepEqual([first.success, first.verified, first.file_count], [true, true, 400]);
  execute(home.library, "DELETE FROM files WHERE id % 4 = 0");
  const second = await walkJson(home, 0, "backup");
  assert.equal(second.file_count, 300);

  assert.equal((await walkJson(home, 0, "backups")).total_count, 2);
  assert.equal(home.archives().length, 2);
  await walk(home, 0, "verify");
  await walk(home, 0, "verify", "--quick");
  assert.match(await walk(home, 0, "show", "latest"), /300/);
  await walk(home, 0, "diff", "latest");
  await walk(home, 0, "extract", "latest", "--output", join(home.path, "extracted"));
  assert.deepEqual(query(join(home.path, "extracted", "library.db"), "SELECT count(*) FROM files"), [300]);
  await walk(home, 0, "status");
  await walk(home, 0, "doctor");
  await walk(home, 0, "prune", "--keep-last", "1", "--dry-run");
  assert.equal(home.archives().length, 2);
  await walk(home, 0, "prune", "--keep-last", "1", "--yes");
  assert.equal(home.archives().length, 1);

  const [archive = ""] = home.archives();
  Deno.truncateSync(join(home.backups, archive), 10_000);
  await walk(home, 46, "verify");
  await walk(home, 20, "show", "no-such-archive.tar.gz");
  await walk(home, 2, "backup", "--level", "10");
});

Deno.test("walk: restore beside a writer, over a library, undo, restore over garbage, restore onto nothing", async () => {
  using home = Home.withLibrary();
  await walk(home, 0, "backup");
  const whole = fileCount(home);
  execute(home.library, "DELETE FROM files");
  const empty = fileCount(home);
  assert.notDeepEqual(whole, empty);

  {
    using holder = new DatabaseSync(home.library);
    holder.exec("BEGIN IMMEDIATE; DELETE FROM _meta");
    await walk(home, 43, "restore", "latest", "--yes", "--wait", "0");
    holder.exec("ROLLBACK");
  }
  await walk(home, 2, "restore", "latest");
  await walk(home, 0, "restore", "latest", "--dry-run");
  assert.deepEqual(fileCount(home), empty);
  const over = await walkJson(home, 0, "restore", "latest", "--yes");
  assert.equal(over.file_count, 400);
  assert.deepEqual(fileCount(home), whole);

  await walk(home, 0, "undo", "--yes");
  assert.deepEqual(fileCount(home), empty);

  const garbage = new TextEncoder().encode("no database\n".repeat(1000));
  Deno.writeFileSync(home.library, garbage);
  await walk(home, 42, "backup");
  const mended = await walkJson(home, 0, "restore", "latest", "--yes");
  assert.deepEqual(fileCount(home), whole);
  assert.deepEqual(Deno.readFileSync(String(mended.previous_library_path)), garbage);

  Deno.removeSync(home.library);
  await walk(home, 20, "backup");
  const onto = await walkJson(home, 0, "restore", "latest", "--yes");
  assert.deepEqual([onto.previous_library_path, fileCount(home)], [null, whole]);
});

Deno.test("walk: settings go into a backup, come back to a bare machine, and over newer ones lose nothing", async () => {
  const settings: Readonly<Record<string, string>> = {
    "config.toml": "[server]\nport = 8321\n",
    "policies/movies.yaml": "schema_version: 12\n",
    "policies/more/series.yaml": "",
    "profiles/fast.yaml": "default_policy: x\n",
    "plugins/hello/plugin.py": "print('hello')\n",
  };
  using first = Home.withLibrary();
  const put = (home: Home, name: string, text: string) => {
    const path = join(home.vpo, ...name.split("/"));
    Deno.mkdirSync(join(path, ".."), { recursive: true });
    Deno.writeTextFileSync(path, text);
  };
  const here = (home: Home) =>
    Object.fromEntries(
      Object.keys(settings).map((name) => [name, Deno.readTextFileSync(join(home.vpo, ...name.split("/")))]),
    );
  for (const [name, text] of Object.entries(settings)) put(first, name, text);
  await walk(first, 0, "backup");
  const [archive = ""] = first.archives().filter((name) => name.endsWith(".tar.gz"));

  // A machine with nothing but the executable and one archive.
  using bare = new Home();
  Deno.removeSync(bare.vpo);
  const moved = join(bare.path, "moved.tar.gz");
  Deno.copyFileSync(join(first.backups, archive), moved);
  const all = ["restore", moved, "--yes", "--settings", "--plugins"];
  await walk(bare, 0, ...all);
  assert.deepEqual(fileCount(bare), [400]);
  assert.deepEqual(here(bare), settings);

  // The same on a machine that has newer ones.
  const newer = { "config.toml": "# newer\n", "policies/movies.yaml": "newer", "plugins/hello/plugin.py": "newer" };
  for (const [name, text] of Object.entries(newer)) put(bare, name, text);
  put(bare, "policies/mine.yaml", "only here");
  const { settings: document } = await walkJson(bare, 0, ...all) as { settings: Record<string, unknown> };
  assert.deepEqual(here(bare), settings);
  assert.equal(Deno.readTextFileSync(join(bare.vpo, "policies", "mine.yaml")), "only here");
  for (const [name, text] of Object.entries(newer)) {
    assert.equal(Deno.readTextFileSync(join(String(document["previous_path"]), ...name.split("/"))), text);
  }
});
