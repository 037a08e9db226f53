import assert from "node:assert/strict";
import { testMore } from "../../support/extent.ts";
import { ago, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";

const DAY = 86_400;

/** Times of so many nights, the newest first. */
function nights(count: number, from = 1): Date[] {
  const newest = ago(from * DAY).getTime();
  return Array.from({ length: count }, (_, night) => new Date(newest - night * DAY * 1000));
}

async function prune(home: Home, ...args: string[]): Promise<{ removed: string[]; stderr: string }> {
  const { code, stdout, stderr } = await home.run(["prune", "--json", "--yes", ...args]);
  assert.equal(code, 0, stderr + stdout);
  const { removed } = JSON.parse(stdout) as { removed: { filename: string }[] };
  return { removed: removed.map(({ filename }) => filename), stderr };
}

Deno.test("prune: backups from the future stay and do not count, with --force either", async () => {
  using home = Home.withLibrary();
  const own = await putBackups(home, ...nights(3));
  const future = await putBackups(home, "2999-01-01T00:00:00Z", "2998-01-01T00:00:00Z");
  const { removed, stderr } = await prune(home, "--keep-within", "30d", "--keep-last", "1");
  assert.deepEqual(removed, []);
  assert.equal(stderr, "Warning: left alone: 2 backups dated in the future\n");
  assert.deepEqual((await prune(home, "--keep-last", "1", "--force")).removed, own.slice(1));
  assert.deepEqual(home.archives(), [own[0], ...future].toSorted());
});

testMore("prune: some hours ahead is no future", async () => {
  using home = Home.withLibrary();
  const own = await putBackups(home, ago(-20 * 3600), ...nights(2));
  assert.deepEqual((await prune(home, "--keep-last", "1")).removed, own.slice(1));
});

testMore("prune: where all backups are from the future nothing is removed, but with --force", async () => {
  using home = Home.withLibrary();
  const future = await putBackups(home, "2999-01-02T00:00:00Z", "2999-01-01T00:00:00Z");
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["prune", "--keep-last", "1", "--yes"]);
  assert.equal(
    home.masked(stderr),
    `Error: Cannot prune the backups in "HOME/.vpo/backups": all of them are dated in the future, ` +
      `so the clock is wrong
Set the clock. If it is right, add the same rules to: vpo-backup prune --force
`,
  );
  assert.deepEqual([code, stdout], [1, ""]);
  assert.deepEqual(home.state(), before);
  assert.deepEqual((await prune(home, "--keep-last", "1", "--force")).removed, future.slice(1));
});

testMore("backup --keep-…: after a leap of the clock nothing is removed, and that is said", async () => {
  using home = Home.withLibrary();
  const old = await putBackups(home, ...nights(40, 900));
  const { code, stderr } = await home.run(["backup", "--keep-within", "30d", "--keep-last", "1", "--json"]);
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^Warning: "vpo-library-[^"]+" is far later than the backup before it: the clock may be wrong, so nothing is removed\n$/,
  );
  for (const name of old) assert(home.archives().includes(name));
  // The night after there are two of the new time, and still what the rule kept of the old one.
  const { removed } = await prune(home, "--keep-within", "30d", "--force");
  assert.deepEqual(removed, old.slice(30));
});

testMore(
  "backup --keep-…: under a clock that is behind all others what it has just made stays, and they do",
  async () => {
    using home = Home.withLibrary();
    const future = await putBackups(home, ago(-3 * DAY), ago(-2 * DAY), ago(-20 * 3600));
    const { code, stderr, stdout } = await home.run(["backup", "--keep-last", "1", "--json"]);
    assert.equal(code, 0, stdout);
    assert.equal(stderr, "Warning: left alone: 2 backups dated in the future\n");
    assert.equal(home.archives().length, 4);
    assert.deepEqual(future.filter((name) => !home.archives().includes(name)), []);
  },
);
