import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { ago, flipBit, putBackups, putBackupsOf, putOtherLibrary, putTheirs } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { lineageAt } from "../../support/lineage.ts";
import { programCommand } from "../../support/program.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { ENTER, hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const DAY = 86_400;
const ELSEWHERE = "/srv/other/library.db";

/** The name of the archive that `restore latest` takes, and what it says. */
async function latest(home: Home, ...args: string[]): Promise<[taken: string, said: string]> {
  const { code, stdout, stderr } = await home.run(["restore", "latest", "--yes", "--json", ...args]);
  const document = JSON.parse(stdout) as { source_path?: string; error?: string; hint?: string };
  if (code !== 0) return [`${code}`, `${home.masked(document.error ?? "")}\n${home.masked(document.hint ?? "")}`];
  return [document.source_path?.split(/[/\\]/).at(-1) ?? "", stderr];
}

Deno.test("restore latest: never the backup of another library, however new", async () => {
  using home = Home.withLibrary();
  const [own] = await putBackups(home, ago(3 * DAY));
  const [other] = await putBackupsOf(home, { database: putOtherLibrary(home), libraryPath: ELSEWHERE }, ago(DAY));
  const said =
    `Warning: ${other} is newer, but it is of another library, "${ELSEWHERE}": the next older backup is used\n`;
  assert.deepEqual(await latest(home), [own, said]);
});

testMore("restore latest: in containers all libraries have one path: their files tell them apart", async () => {
  using home = Home.withLibrary();
  const [own] = await putBackups(home, ago(3 * DAY));
  await putBackupsOf(home, { database: putOtherLibrary(home) }, ago(DAY));
  assert.equal((await latest(home))[0], own);
});

testMore("restore latest: of a library that was moved, and after it was lost", async () => {
  using home = Home.withLibrary();
  const [moved] = await putBackupsOf(home, { libraryPath: "/old/library.db" }, ago(DAY));
  assert.deepEqual(await latest(home), [moved, ""]);
  Deno.removeSync(home.library);
  assert.equal((await latest(home))[0], moved);
});

testMore(
  "restore latest: where the empty library was backed up since, the newest backup with files is named",
  async () => {
    using home = Home.withLibrary();
    const [own] = await putBackups(home, ago(3 * DAY));
    execute(home.library, "DELETE FROM files");
    assert.equal((await home.run(["backup", "-q"])).code, 0);
    const [taken, said] = await latest(home);
    assert.equal(said, `Warning: the latest backup, ${taken}, holds no files; the newest that does is ${own}\n`);
  },
);

testMore("restore latest: with an empty library in place, as VPO makes one, it is that of the same path", async () => {
  using home = Home.withLibrary();
  const [own] = await putBackups(home, ago(3 * DAY));
  await putBackupsOf(home, { database: putOtherLibrary(home), libraryPath: ELSEWHERE }, ago(DAY));
  execute(home.library, "DELETE FROM files");
  assert.equal((await latest(home))[0], own);
});

Deno.test("restore latest: where none is of this library it is refused, and the newest is named with its origin", async () => {
  using home = Home.withLibrary();
  const put = { database: putOtherLibrary(home), libraryPath: ELSEWHERE };
  const [other] = await putBackupsOf(home, put, ago(DAY), ago(2 * DAY));
  const before = home.state();
  assert.deepEqual(await latest(home), [
    "20",
    `Cannot restore the latest backup: none of the backups in "HOME/.vpo/backups" is certain to be of this library; ` +
    `the newest is ${other}, of ${ELSEWHERE}\nIf you mean that one: vpo-backup restore ${other}`,
  ]);
  assert.deepEqual(home.state(), before);
});

Deno.test("restoreCommandFor: what was to be restored is to be restored of the backup that is advised, too", async () => {
  using home = Home.withLibrary();
  const put = { database: putOtherLibrary(home), libraryPath: ELSEWHERE };
  const [other = ""] = await putBackupsOf(home, put, ago(3 * DAY));
  for (const flags of [["--settings-only"], ["--settings", "--plugins"]]) {
    const [, foreign] = await latest(home, ...flags);
    const command = `vpo-backup restore ${other} ${flags.join(" ")}`;
    assert(foreign?.endsWith(`\nIf you mean that one: ${command}`), foreign);
  }
  const [newest = "", sound] = await putBackups(home, ago(DAY), ago(2 * DAY));
  flipBit(join(home.backups, newest));
  const [, damaged] = await latest(home, "--any-database");
  assert(damaged?.endsWith(`\nRestore that with: vpo-backup restore ${sound} --any-database`), damaged);
});

Deno.test("restore latest: over a damaged library at another path than that of the backups it is refused", async () => {
  using home = Home.withLibrary();
  const [own] = await putBackups(home, ago(DAY));
  const second = join(home.path, "second.db");
  for (const wreck of ["no library", "SQLite format 3\0 and no more"]) {
    Deno.writeTextFileSync(second, wreck);
    const before = home.state();
    assert.deepEqual(await latest(home, "--library", second), [
      "20",
      `Cannot restore the latest backup: none of the backups in "HOME/.vpo/backups" is certain to be of this ` +
      `library; the newest is ${own}, of HOME/.vpo/library.db\n` +
      `If you mean that one: vpo-backup restore ${own} --library HOME/second.db`,
    ]);
    assert.deepEqual(home.state(), before);
  }
  // Nothing is lost with nothing.
  Deno.writeTextFileSync(second, "");
  assert.equal((await latest(home, "--library", second))[0], own);
  Deno.writeTextFileSync(home.library, "no library");
  assert.equal((await latest(home))[0], own);
});

testMore("restore latest: over a damaged library VPO's own archives count only in VPO's own place", async () => {
  using home = Home.withLibrary();
  const theirs = putTheirs(home, home.library, ago(DAY));
  const second = join(home.path, "second.db");
  for (const path of [second, home.library]) Deno.writeTextFileSync(path, "no library");
  const [code, said] = await latest(home, "--library", second);
  assert.equal(code, "20", said);
  assert(said.includes(`; the newest is ${theirs}, of an unnamed library\n`), said);
  assert.equal((await latest(home))[0], theirs);
});

testWithSymlinks("restore latest: VPO's own place may be a link to another disk", async () => {
  using home = Home.withLibrary();
  const theirs = putTheirs(home, home.library, ago(DAY));
  const disk = join(home.path, "disk");
  Deno.renameSync(home.backups, disk);
  makeSymlink(disk, home.backups, "dir");
  Deno.writeTextFileSync(home.library, "no library");
  assert.equal((await latest(home))[0], theirs);
}, testMore);

testMore(
  "restore latest: where containers share a directory and one path, a lost library's backup is asked for",
  async () => {
    using home = Home.withLibrary();
    await putBackups(home, ago(3 * DAY));
    await putBackupsOf(home, { database: putOtherLibrary(home) }, ago(2 * DAY));
    const [newest] = await putBackups(home, ago(DAY));
    Deno.removeSync(home.library);
    const [code, said] = await latest(home);
    assert.equal(code, "20", said);
    assert(said.includes(`; the newest is ${newest}, of HOME/.vpo/library.db\n`), said);
  },
);

testMore("restore latest: of several libraries none is taken where the library is lost", async () => {
  using home = Home.withLibrary();
  const [older] = await putBackupsOf(home, { libraryPath: "/old/library.db" }, ago(2 * DAY));
  const other = { database: putOtherLibrary(home), libraryPath: ELSEWHERE };
  const [newer] = await putBackupsOf(home, other, ago(DAY));
  Deno.removeSync(home.library);
  const [code, said] = await latest(home);
  assert.equal(code, "20", `${said}, not ${older}`);
  assert(said.includes(`; the newest is ${newer}, of ${ELSEWHERE}\n`), said);
});

testMore("restore latest: VPO's own archives are unpacked to tell whose they are", async () => {
  using home = Home.withLibrary();
  const theirs = putTheirs(home, home.library, ago(2 * DAY));
  const other = putTheirs(home, putOtherLibrary(home), ago(DAY));
  assert.deepEqual(await latest(home), [
    theirs,
    `Warning: ${other} is newer, but it is of another library: the next older backup is used\n`,
  ]);
});

Deno.test("restore latest: some from the future: --yes alone fails and names both", async () => {
  using home = Home.withLibrary();
  const [own] = await putBackups(home, ago(DAY));
  const [future] = await putBackups(home, "2999-01-01T00:00:00Z");
  const before = home.state();
  assert.deepEqual(await latest(home), [
    "2",
    `Cannot restore the latest backup: ${future} is dated in the future, and ${own} is the newest that is not\n` +
    `Name the one you mean: vpo-backup restore ${own}`,
  ]);
  assert.deepEqual(home.state(), before);
});

testMore("restore latest: all from the future: the clock is wrong, and the newest is taken", async () => {
  using home = Home.withLibrary();
  const [future] = await putBackups(home, "2999-01-02T00:00:00Z", "2999-01-01T00:00:00Z");
  const said = "Warning: all backups are dated in the future, so the clock is wrong: the newest is used";
  assert.deepEqual(await latest(home), [future, `${said}, ${future}\n`]);
});

Deno.test("restore latest: a newest that turns out to be damaged names the newest sound one and its command", async () => {
  using home = Home.withLibrary();
  const [newest = "", second = "", third] = await putBackups(home, ago(DAY), ago(2 * DAY), ago(3 * DAY));
  for (const name of [newest, second]) flipBit(join(home.backups, name));
  const before = home.state();
  const [code, said] = await latest(home);
  assert.equal(code, "46");
  assert.match(
    said,
    new RegExp(`^Cannot restore "HOME/.vpo/backups/${newest}": .*; the newest sound backup is ${third}\n`),
  );
  assert(said.endsWith(`\nRestore that with: vpo-backup restore ${third}`), said);
  const named = await home.run(["restore", "latest", "--yes", "--library", home.library]);
  const command = `vpo-backup restore ${third} --library HOME/.vpo/library.db`;
  assert(home.masked(named.stderr).endsWith(`\nRestore that with: ${command}\n`), named.stderr);
  assert.deepEqual(home.state(), before);
});

Deno.test({
  name: "restore latest: the command it names is one command, whatever somebody has called an archive",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    const [newest = "", second = ""] = await putBackups(home, ago(DAY), ago(2 * DAY));
    flipBit(join(home.backups, newest));
    const name = "vpo-library-2026;touch it's PWNED;.tar.gz";
    Deno.renameSync(join(home.backups, second), join(home.backups, name));
    const [, said] = await latest(home);
    assert(said.endsWith(`\nRestore that with: vpo-backup restore '${name.replace("'", "'\\''")}'`), said);
  },
});

testMore({
  name: "restore: on a terminal the newest sound backup is offered in the place of a damaged one",
  ignore: !hasTerminal,
  async fn() {
    using home = Home.withLibrary();
    const [newest = "", second = ""] = await putBackups(home, ago(DAY), ago(2 * DAY));
    flipBit(join(home.backups, newest));
    execute(home.library, "DELETE FROM files WHERE id % 2 = 0");
    const command = programCommand(["restore", "latest", "--no-color", "--no-progress"], { home: home.path });
    const { code, terminal } = await runOnTerminal(command, [
      { await: "Restore that one? [y/N] ", send: `y${ENTER}` },
      { await: "Continue? [y/N] ", send: `y${ENTER}` },
    ]);
    assert.equal(code, 0, terminal);
    assert(terminal.includes(`The newest sound backup is ${second}, created `), terminal);
    assert.notEqual(lineageAt(home.library), "");
  },
});

testMore({
  name: "restore latest: on a terminal a backup from the future, and one of another library, are asked about",
  ignore: !hasTerminal,
  async fn() {
    using home = Home.withLibrary();
    const put = { database: putOtherLibrary(home), libraryPath: ELSEWHERE };
    const [other = ""] = await putBackupsOf(home, put, ago(DAY));
    const command = programCommand(["restore", "latest", "--no-color", "--no-progress"], { home: home.path });
    const before = home.state();
    const foreign = await runOnTerminal(command, [{ await: "Restore it? [y/N] ", send: ENTER }]);
    assert.equal(foreign.code, 1, foreign.terminal);
    assert(foreign.terminal.includes(`The newest: ${other}, created `), foreign.terminal);
    assert(foreign.terminal.includes(`of ${ELSEWHERE}`), foreign.terminal);
    assert.deepEqual(home.state(), before);
    const [future = ""] = await putBackups(home, ago(2 * DAY), "2999-01-01T00:00:00Z").then((names) => names.slice(1));
    const asked = await runOnTerminal(command, [
      { await: "Restore the newest up to now? [y/N] ", send: ENTER },
      { await: "Restore the one dated in the future? [y/N] ", send: `y${ENTER}` },
      { await: "Continue? [y/N] ", send: ENTER },
    ]);
    assert.equal(asked.code, 1, asked.terminal);
    assert(asked.terminal.includes(`/${future}`), asked.terminal);
  },
});
