import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { age, ago, flipBit, putBackups, putBackupsOf, putOtherLibrary, putTheirs } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { programCommand } from "../../support/program.ts";
import { ENTER, hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const DAY = 86_400;

/** Times of so many nights, the newest first. */
function nights(count: number, from = 1): Date[] {
  return Array.from({ length: count }, (_, night) => ago((from + night) * DAY));
}

/** A library with a page that is none. */
function putBroken(home: Home): string {
  const path = home.putLibrary(join(home.path, "broken.db"));
  using file = Deno.openSync(path, { write: true });
  file.seekSync(20 * 4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(4096).fill(0xff));
  return path;
}

/** What `prune` with these arguments removed, and what it left alone and why. */
async function prune(home: Home, ...args: string[]): Promise<{ removed: string[]; leftAlone: Record<string, string> }> {
  const { code, stdout } = await home.run(["prune", "--json", ...args]);
  assert.equal(code, 0, stdout);
  const { removed, left_alone } = JSON.parse(stdout) as {
    removed: { filename: string }[];
    left_alone: { filename: string; reason: string }[];
  };
  return {
    removed: removed.map(({ filename }) => filename),
    leftAlone: Object.fromEntries(left_alone.map(({ filename, reason }) => [filename, home.masked(reason)])),
  };
}

Deno.test("prune: backups of another library in the directory stay, and take no place of this one's", async () => {
  using home = Home.withLibrary();
  const other = putOtherLibrary(home);
  const [newest, second, third] = await putBackups(home, ...nights(3, 2));
  const others = await putBackupsOf(home, { database: other, libraryPath: "/srv/other/library.db" }, ...nights(2, 1.5));
  const { removed, leftAlone } = await prune(home, "--keep-last", "2", "--yes");
  assert.deepEqual(removed, [third]);
  assert.deepEqual(
    leftAlone,
    Object.fromEntries(others.map((name) => [name, 'it is of another library, "/srv/other/library.db"'])),
  );
  assert.deepEqual(home.archives(), [newest, second, ...others].toSorted());
});

testMore("prune: in containers all libraries have one path: their files tell them apart", async () => {
  using home = Home.withLibrary();
  const others = await putBackupsOf(home, { database: putOtherLibrary(home) }, ...nights(3));
  const own = await putBackups(home, ...nights(3, 5));
  const { code, stdout, stderr } = await home.run(["prune", "--keep-last", "1", "--yes", "--json"]);
  const { removed } = JSON.parse(stdout) as { removed: { filename: string }[] };
  assert.deepEqual([code, removed.map(({ filename }) => filename)], [0, own.slice(1)]);
  const what = "3 backups of another library at the same path, or with files that were all moved or renamed since";
  assert.equal(stderr, `Warning: left alone: ${what}\n`);
  assert.deepEqual(home.archives(), [own[0], ...others].toSorted());
});

Deno.test("prune: in containers, libraries of series whose episodes have the same names are told apart", async () => {
  using home = Home.withLibrary();
  const putSeries = (name: string, set: string) => {
    const path = home.putLibrary(join(home.path, name));
    execute(path, `UPDATE files SET path = printf('/media/${set} %d/Season 1/S01E%02d.mkv', id / 20, id % 20)`);
    return path;
  };
  const others = await putBackupsOf(home, { database: putSeries("series.db", "Series") }, ...nights(2, 1.5));
  const own = await putBackupsOf(home, { database: putSeries("anime.db", "Anime") }, ...nights(3));
  Deno.renameSync(join(home.path, "anime.db"), home.library);
  const { removed, leftAlone } = await prune(home, "--keep-last", "1", "--yes");
  assert.deepEqual(removed, own.slice(1));
  const why = "it is of another library at the same path, or its files were all moved or renamed since";
  assert.deepEqual(leftAlone, Object.fromEntries(others.map((name) => [name, why])));
  assert.deepEqual(home.archives(), [own[0], ...others].toSorted());
});

testMore("prune: backups of a library that was moved stay unless somebody says yes", async () => {
  using home = Home.withLibrary();
  const moved = await putBackupsOf(home, { libraryPath: "/old/library.db" }, ...nights(3, 3));
  const own = await putBackups(home, ...nights(2));
  const { removed, leftAlone } = await prune(home, "--keep-last", "1", "--yes");
  assert.deepEqual(removed, own.slice(1));
  // A whole command would lack the rules, and what else was named.
  const { stdout } = await home.run(["prune", "--keep-last", "1", "--dry-run"]);
  assert(stdout.includes("\nApply the rules to these, too, by adding: --all-libraries\n"), stdout);
  const why = 'its library was at "/old/library.db", though its files are those of this one';
  assert.deepEqual(leftAlone, Object.fromEntries(moved.map((name) => [name, why])));
});

const UNTOLD = [
  ["is missing", (home: Home) => Deno.removeSync(home.library)],
  ["is empty", (home: Home) => execute(home.library, "DELETE FROM files")],
  ["is no database", (home: Home) => Deno.writeTextFileSync(home.library, "x".repeat(5000))],
] as const;

for (const [what, prepare] of someOf(UNTOLD, 1)) {
  Deno.test(`prune: where the library ${what} nothing is removed unasked`, async () => {
    using home = Home.withLibrary();
    await putBackups(home, ...nights(3));
    prepare(home);
    const before = home.archives();
    const { removed, leftAlone } = await prune(home, "--keep-last", "1", "--yes", "--damaged", "--force");
    assert.deepEqual(removed, []);
    const why = "it was made at this library's path, but nothing shows that it is of this library";
    assert.deepEqual(leftAlone, Object.fromEntries(before.map((name) => [name, why])));
    assert.deepEqual(home.archives(), before);
  });
}

Deno.test("backup --keep-…: of an emptied library pushes out none of the good ones", async () => {
  using home = Home.withLibrary();
  const good = await putBackups(home, ...nights(3));
  execute(home.library, "DELETE FROM files");
  assert.equal((await home.run(["backup", "--keep-last", "1"])).code, 0);
  for (const name of good) assert(home.archives().includes(name));
});

Deno.test("prune --all-libraries: each library keeps what the rules keep of its own", async () => {
  using home = Home.withLibrary();
  const own = await putBackups(home, ...nights(3, 2));
  const put = { database: putOtherLibrary(home), libraryPath: "/srv/other/library.db" };
  const others = await putBackupsOf(home, put, ...nights(3, 1.5));
  const vpos = putTheirs(home, put.database, ago(9 * DAY));
  const { removed } = await prune(home, "--keep-last", "1", "--yes", "--all-libraries");
  assert.deepEqual(removed.toSorted(), [...own.slice(1), ...others.slice(1)].toSorted());
  assert.deepEqual(home.archives(), [own[0], others[0], vpos].toSorted());
});

Deno.test("prune: VPO's own archives stay, and a damaged library in the newest of them pushes out nothing", async () => {
  using home = Home.withLibrary();
  const theirs = putTheirs(home, putBroken(home), ago(DAY));
  const own = await putBackups(home, ...nights(2, 2));
  assert.deepEqual((await prune(home, "--keep-last", "1", "--yes")).removed, [own[1]]);
  const all = await prune(home, "--keep-last", "1", "--yes", "--all-libraries");
  assert.deepEqual(all.removed, []);
  assert.match(all.leftAlone[theirs] ?? "", /^SQLite cannot use the library in it: |^the library in it is damaged: /);
  assert.deepEqual(home.archives(), [own[0], theirs].toSorted());
});

testMore("prune --all-libraries: a dry run tells of VPO's own archives what a real one removes", async () => {
  using home = Home.withLibrary();
  const theirs = [9, 8].map((days) => putTheirs(home, home.library, ago(days * DAY)));
  const args = ["--keep-last", "1", "--all-libraries"];
  assert.deepEqual((await prune(home, ...args, "--dry-run")).removed, [theirs[0]]);
  assert.deepEqual(home.archives(), theirs.toSorted());
  assert.deepEqual((await prune(home, ...args, "--yes")).removed, [theirs[0]]);
});

Deno.test("prune --damaged: in a directory that others use, too, damaged archives stay: nothing tells whose they are", async () => {
  using home = Home.withLibrary();
  const own = await putBackups(home, ...nights(2, 2));
  await putBackupsOf(home, { database: putOtherLibrary(home), libraryPath: "/srv/other/library.db" }, ago(DAY));
  const [damaged = ""] = await putBackups(home, ago(9 * DAY));
  const path = join(home.backups, damaged);
  Deno.truncateSync(path, 50_000);
  Deno.utimeSync(path, ago(DAY), ago(DAY));
  const { removed, leftAlone } = await prune(home, "--keep-last", "1", "--damaged", "--yes");
  assert.deepEqual(removed, [own[1]]);
  assert.match(leftAlone[damaged] ?? "", /^nothing tells which library it is of: /);
});

Deno.test("prune --damaged: an archive of VPO's goes where its library is damaged, and stays where it is another database", async () => {
  using home = Home.withLibrary();
  const damaged = putTheirs(home, putBroken(home), ago(3 * DAY));
  const foreign = home.file("foreign.db");
  execute(foreign, "CREATE TABLE notes (text); INSERT INTO notes VALUES ('sound')");
  const theirs = putTheirs(home, foreign, ago(2 * DAY));
  const args = ["backup", "--any-database", "--library", foreign];
  assert.equal((await home.run(args)).code, 0);
  const [ours = ""] = home.archives().filter((name) => name !== damaged && name !== theirs);
  const own = await putBackups(home, ago(4 * DAY));
  for (const name of home.archives()) age(join(home.backups, name), 5);
  const { removed, leftAlone } = await prune(home, "--keep-last", "1", "--damaged", "--all-libraries", "--yes");
  assert.deepEqual(removed, [damaged]);
  const why = 'what is in it is not a VPO library: it has no table "_meta"';
  assert.deepEqual(leftAlone, { [theirs]: why, [ours]: why });
  assert.deepEqual(home.archives(), [...own, theirs, ours].toSorted());
});

testMore({
  name: "prune: on a terminal it is asked whose VPO's archives are, after a look into them; a no leaves them alone",
  ignore: !hasTerminal,
  async fn() {
    using home = Home.withLibrary();
    const theirs = nights(2, 3).map((time) => putTheirs(home, home.library, time));
    const bad = putTheirs(home, home.library, ago(7 * DAY));
    flipBit(join(home.backups, bad));
    const others = putTheirs(home, putOtherLibrary(home), ago(8 * DAY));
    const own = await putBackups(home, ago(DAY));
    const command = programCommand(["prune", "--keep-last", "1", "--no-color", "--no-progress"], { home: home.path });
    const asked = "Are these 2 backups of the library being pruned? [y/N] ";
    const no = await runOnTerminal(command, [{ await: asked, send: ENTER }]);
    assert.equal(no.code, 0, no.terminal);
    const said = "it does not say which library it is of, though its files are those of this one";
    for (const name of theirs) assert(no.terminal.includes(`${name}: ${said}`), no.terminal);
    assert(no.terminal.includes(`${others}: it is of another library`), no.terminal);
    assert.deepEqual(home.archives(), [...theirs, bad, others, ...own].toSorted());
    const yes = await runOnTerminal(command, [
      { await: asked, send: `y${ENTER}` },
      { await: "This will remove 2 backups", send: `y${ENTER}` },
    ]);
    assert.equal(yes.code, 0, yes.terminal);
    assert.deepEqual(home.archives(), [bad, others, ...own].toSorted());
  },
});
