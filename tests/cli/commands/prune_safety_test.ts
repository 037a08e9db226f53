import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { age, flipBit, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../../support/modes.ts";
import { makeSymlink } from "../../support/symlinks.ts";

const [NEWEST = "", SECOND = "", THIRD = ""] = [4, 3, 2].map((day) => `vpo-library-2024-03-0${day}T03-00-00Z.tar.gz`);

async function filledHome(): Promise<Home> {
  const home = Home.withLibrary();
  await putBackups(home, "2024-03-04T03:00:00Z", "2024-03-03T03:00:00Z", "2024-03-02T03:00:00Z");
  return home;
}

/** What `prune --keep-last 1` does with more options: what it removed, and what it left alone and why. */
async function prune(home: Home, ...args: string[]): Promise<{ removed: string[]; leftAlone: Record<string, string> }> {
  const { code, stdout, stderr } = await home.run(["prune", "--keep-last", "1", "--yes", "--json", ...args]);
  assert.deepEqual([code, stderr], [0, ""], stdout);
  const { removed, left_alone } = JSON.parse(stdout) as {
    removed: { filename: string }[];
    left_alone: { filename: string; reason: string }[];
  };
  return {
    removed: removed.map(({ filename }) => filename),
    leftAlone: Object.fromEntries(left_alone.map(({ filename, reason }) => [filename, reason])),
  };
}

Deno.test("prune: an archive with one wrong bit is not the newest good one, however young", async () => {
  using home = await filledHome();
  flipBit(join(home.backups, NEWEST));
  const { removed, leftAlone } = await prune(home);
  assert.deepEqual(removed, [THIRD]);
  assert.deepEqual(Object.keys(leftAlone), [NEWEST]);
  assert.deepEqual(home.archives(), [SECOND, NEWEST]);
});

Deno.test("prune: damaged archives stay, and with --damaged they go, but not while they may still be being written", async () => {
  using home = await filledHome();
  for (const name of [NEWEST, THIRD]) Deno.truncateSync(join(home.backups, name), 50_000);
  age(join(home.backups, THIRD), 2);
  assert.deepEqual((await prune(home)).removed, []);
  const { removed, leftAlone } = await prune(home, "--damaged");
  assert.deepEqual(removed, [THIRD]);
  assert.deepEqual(leftAlone, { [NEWEST]: "it changed in the last hour: it may still be being written" });
  assert.deepEqual(home.archives(), [SECOND, NEWEST]);
});

Deno.test("prune: where no backup is sound nothing is removed, not even with --damaged and --force", async () => {
  using home = await filledHome();
  for (const name of home.archives()) {
    flipBit(join(home.backups, name));
    age(join(home.backups, name), 2);
  }
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["prune", "--keep-last", "1", "--yes", "--damaged", "--force"]);
  assert.equal(
    home.masked(stderr),
    `Error: Cannot prune the backups in "HOME/.vpo/backups": none of the backups is sound, so none is removed
Make a new one with: vpo-backup backup
`,
  );
  assert.deepEqual([code, stdout], [46, ""]);
  assert.deepEqual(home.state(), before);
});

Deno.test("prune: a file that is not of a shape we know is never touched, nor what is not a file", async () => {
  using home = await filledHome();
  const others = [
    "vpo-library-mine.tar.gz",
    "vpo-library-2024-02-30T03-00-00Z.tar.gz",
    "library.tar.gz",
    "vpo-library-2024-03-01T03-00-00Z.tar.gz.part",
  ];
  for (const name of others) Deno.copyFileSync(join(home.backups, THIRD), join(home.backups, name));
  Deno.mkdirSync(join(home.backups, "vpo-library-2024-01-01T00-00-00Z.tar.gz"));
  Deno.mkdirSync(join(home.backups, ".vpo-backup-0123"));
  const { removed, leftAlone } = await prune(home, "--damaged");
  assert.deepEqual(removed, [SECOND, THIRD]);
  const why = "its name is not a backup's";
  assert.deepEqual(leftAlone, { [others[0] ?? ""]: why, [others[1] ?? ""]: why });
  assert.deepEqual(
    home.archives(),
    [NEWEST, ...others, "vpo-library-2024-01-01T00-00-00Z.tar.gz", ".vpo-backup-0123"].sort(),
  );
});

Deno.test({
  name: "prune: links and what they lead to stay, and do not count as backups",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = await filledHome();
    const outside = join(home.path, "outside.tar.gz");
    Deno.renameSync(join(home.backups, NEWEST), outside);
    makeSymlink(outside, join(home.backups, NEWEST));
    const inside = "vpo-library-2024-03-05T03-00-00Z.tar.gz";
    makeSymlink(SECOND, join(home.backups, inside));
    const { removed, leftAlone } = await prune(home);
    assert.deepEqual(removed, [THIRD]);
    const why = "it is not a regular file";
    assert.deepEqual(leftAlone, { [NEWEST]: why, [inside]: why });
    assert.equal(Deno.lstatSync(outside).isFile, true);
  },
});

testMore({
  name: "prune: in a directory that may not be written to it fails (needs setpriv where root runs the tests)",
  ignore: cannotObeyModes() !== null,
  async fn() {
    using home = await filledHome();
    const before = home.state();
    Deno.chmodSync(home.backups, 0o555);
    const run = await home.run(["prune", "--keep-last", "1", "--yes", "-q"], { through: OBEYING_MODES });
    Deno.chmodSync(home.backups, 0o755);
    const why = `Permission denied: remove 'HOME/.vpo/backups/${THIRD}'`;
    assert.equal(
      home.masked(run.stderr),
      `Error: Cannot prune the backups in "HOME/.vpo/backups": ${why}; removed before that: 0 of 2 backups
Run it as a user who may read the library and write to that directory.
`,
    );
    assert.deepEqual([run.code, run.stdout], [40, ""]);
    assert.deepEqual(home.state(), before);
  },
});

testMore("prune: names of both forms that VPO gives are those of backups", async () => {
  using home = await filledHome();
  const old = "vpo-library-2023-01-15T120000Z.tar.gz";
  Deno.renameSync(join(home.backups, THIRD), join(home.backups, old));
  assert.deepEqual((await prune(home)).removed, [SECOND, old]);
});

Deno.test({
  name: "prune: a newer backup of a stranger's does not have older ones removed where he could not do it himself " +
    "(needs root)",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    using home = await filledHome();
    const stranger = 65_533;
    Deno.chownSync(join(home.backups, NEWEST), stranger, stranger);
    assert.deepEqual((await prune(home, "--dry-run")).removed, [SECOND, THIRD], "he may remove them by himself");
    Deno.chmodSync(home.backups, 0o1777);
    const { removed, leftAlone } = await prune(home);
    assert.deepEqual(removed, [THIRD]);
    assert.deepEqual(leftAlone, { [NEWEST]: `it belongs to another user, ${stranger}` });
    assert.deepEqual(home.archives(), [SECOND, NEWEST]);
  },
});
