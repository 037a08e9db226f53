import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { flipBit, putBackups } from "../../support/history.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { BINARY, narrowPermissions, programCommand } from "../../support/program.ts";
import { hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const { old: OLD, present: PRESENT } = VPO_ARCHIVES;

/** Names in the list as `--json` gives it. */
async function listedNames(home: Home, ...args: string[]): Promise<string[]> {
  const { code, stdout } = await home.run(["backups", "--json", ...args]);
  assert.equal(code, 0);
  return (JSON.parse(stdout) as { backups: { filename: string }[] }).backups.map(({ filename }) => filename);
}

testMore("backups --sort and --limit", async () => {
  using home = new Home();
  const [first = "", second = ""] = await putBackups(home, "2024-03-02T00:00:00Z", "2024-03-01T00:00:00Z");
  home.putArchive(OLD, "vpo-library-2020-01-01T00-00-00Z.tar.gz");
  home.putArchive(PRESENT, "vpo-library-2021-01-01T00-00-00Z.tar.gz");
  const few = "vpo-library-2020-01-01T00-00-00Z.tar.gz";
  const vpo = "vpo-library-2021-01-01T00-00-00Z.tar.gz";
  Deno.writeTextFileSync(join(home.backups, "vpo-library-2019-01-01T00-00-00Z.tar.gz"), "scrambled");
  const damaged = "vpo-library-2019-01-01T00-00-00Z.tar.gz";
  // VPO's two are of the same second, and told apart by their names.
  assert.deepEqual(await listedNames(home), [vpo, few, first, second, damaged]);
  assert.deepEqual(await listedNames(home, "--sort", "created", "--limit", "3"), [vpo, few, first]);
  assert.deepEqual(await listedNames(home, "--sort=name"), [damaged, few, vpo, second, first]);
  assert.deepEqual(await listedNames(home, "--sort=files"), [vpo, first, second, few, damaged]);
  assert.deepEqual((await listedNames(home, "--sort=size")).slice(-2), [few, damaged]);

  const { stdout } = await home.run(["backups", "--limit", "1"]);
  assert.match(stdout, /\n\nTotal: 5 backups \(\d+\.\d KB\); 1 shown\n$/);
  const json = JSON.parse((await home.run(["backups", "--limit", "1", "--json"])).stdout) as Record<string, number>;
  assert.deepEqual([json["total_count"], json["shown_count"]], [5, 1]);
  assert.equal((await home.run(["backups", "--sort", "age"])).code, 2);
  assert.equal((await home.run(["backups", "--limit", "0"])).code, 2);
});

Deno.test("backups --verify: finds what the list does not", async () => {
  using home = new Home();
  const [first = "", second = ""] = await putBackups(home, "2024-03-02T00:00:00Z", "2024-03-01T00:00:00Z");
  flipBit(join(home.backups, first));
  const size = `${(Deno.statSync(join(home.backups, first)).size / 1024).toFixed(1)} KB`;
  assert.match(
    (await home.run(["backups"])).stdout,
    new RegExp(`^${first}   2024-03-02 00:00   ${size}     400$`, "m"),
  );
  const { code, stdout } = await home.run(["backups", "--verify"]);
  assert.equal(
    home.masked(stdout).split("\n\n")[1],
    `Filename                                  Created (UTC)          Size   Files   Check
───────────────────────────────────────────────────────────────────────────────────────
${first}   2024-03-02 00:00   ${size}     400   damaged
${second}   2024-03-01 00:00   ${size}     400   ok`,
  );
  assert.equal(code, 0);
  const { backups } = JSON.parse((await home.run(["list", "--verify", "--json"])).stdout) as {
    backups: { verified: boolean; error: string | null; file_count: number }[];
  };
  assert.deepEqual(backups.map(({ verified, file_count }) => [verified, file_count]), [[false, 400], [true, 400]]);
  assert.match(backups[0]?.error ?? "", /^the archive is damaged/);
});

testMore(
  "backups --verify: does not call one of VPO's own sound, whose library has to be unpacked to tell",
  async () => {
    using home = new Home();
    home.putArchive(VPO_ARCHIVES.present);
    assert.match((await home.run(["backups", "--verify"])).stdout, / {3}unproven$/m);
    const { backups } = JSON.parse((await home.run(["list", "--verify", "--json"])).stdout) as {
      backups: { verified: boolean | null }[];
    };
    assert.deepEqual(backups.map(({ verified }) => verified), [null]);
  },
);

testMore("backups -v: the age of each in words", async () => {
  using home = new Home();
  await putBackups(home, "2024-03-02T00:00:00Z", new Date(Date.now() - 3 * 3600_000), new Date(Date.now() + 3600_000));
  const { stdout } = await home.run(["backups", "-v"]);
  const ages = stdout.split("\n").slice(4, 7).map((line) => /\d\d:\d\d +(\d+ [a-z]+) /.exec(line)?.[1]);
  assert.deepEqual(ages.slice(0, 2), ["0 seconds", "3 hours"]);
  assert.match(ages[2] ?? "", /^\d+ (months|years)$/);
});

testMore({
  name: "backups -v, show -v: the local time beside UTC, where it is another one",
  // Windows takes no zone from TZ.
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = new Home();
    await putBackups(home, "2024-03-02T20:00:00Z");
    // POSIX writes what has to be added for UTC: six hours east of it.
    const away = { env: { TZ: "XYZ-6" } };
    assert.match((await home.run(["backups", "-v"], away)).stdout, /^vpo-\S+ +2024-03-02 20:00 +2024-03-03 02:00 /m);
    assert.match((await home.run(["show", "-v", "--quick"], away)).stdout, /^ {2}Local time: +2024-03-03 02:00$/m);
    assert.doesNotMatch((await home.run(["backups", "-v"], { env: { TZ: "UTC" } })).stdout, /Local time/);
  },
});

testMore(
  "backups: libraries that a restore has set aside are listed below, in the default directory only",
  async () => {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    assert.equal((await home.run(["restore", PRESENT, "--yes", "-q"])).code, 0);
    const { stdout } = await home.run(["backups"]);
    const below = `
Previous libraries kept by a restore; bring back the first with: vpo-backup undo
  library.db.before-restore-NOW  776.0 KB
`;
    assert(home.masked(stdout).endsWith(`\n\nTotal: 1 backup (157.3 KB)\n${below}`), stdout);
    const named = ["--library", home.library, "--backup-dir", home.backups];
    const elsewhere = await home.run(["backups", ...named], { env: { HOME: join(home.path, "other") } });
    const undo = "bring back the first with: vpo-backup undo --library HOME/.vpo/library.db\n";
    assert(home.masked(elsewhere.stdout).includes(undo), elsewhere.stdout);
    const { set_aside } = home.document((await home.run(["backups", "--json"])).stdout) as { set_aside: unknown };
    assert.deepEqual(set_aside, [{ path: "HOME/.vpo/library.db.before-restore-NOW", size_bytes: 794_624 }]);
    assert.doesNotMatch((await home.run(["backups", "--path", home.backups])).stdout, /set aside/);
  },
);

testMore({
  name: "backups: where the library's directory may not be read the backups are listed all the same",
  ignore: BINARY !== undefined,
  async fn() {
    using home = new Home();
    home.putArchive(PRESENT);
    const permissions = narrowPermissions([home.backups], []);
    const { code, stderr } = await home.run(["backups", "--backup-dir", home.backups], { permissions });
    assert.deepEqual([code, stderr], [0, ""]);
  },
});

testMore({
  name: "backups: on a terminal three or more are drawn over time, and the table fits it",
  ignore: !hasTerminal,
  async fn() {
    using home = new Home();
    const names = await putBackups(home, "2024-03-02T00:00:00Z", "2024-03-01T00:00:00Z");
    const run = async (...args: string[]) => {
      const command = programCommand(["backups", "--no-color", "--no-progress", ...args], { home: home.path });
      return (await runOnTerminal(command, [])).terminal;
    };
    assert.doesNotMatch(await run(), /^Files ./m);
    home.putArchive(OLD);
    const size = `${(Deno.statSync(join(home.backups, names[0] ?? "")).size / 1024).toFixed(1)} KB`;
    const drawn = await run();
    assert.match(drawn, /^Files ██▁ 400 to 120$/m);
    assert.match(drawn, new RegExp(`^Size  ██▁ ${size} to 50\\.7 KB$`, "m"));
    const wide = await run("--verify");
    assert.match(wide, new RegExp(`^${names[0]}   ${size}     400   ok$`, "m"));
    for (const line of wide.split("\n")) assert(line.length <= 80, line);
    const command = programCommand(["backups", "--no-progress"], { home: home.path });
    const { terminal: narrow } = await runOnTerminal(command, [], { columns: 40 });
    assert.match(narrow, new RegExp(`^2024-03-02 00:00 +${size} +400$`, "m"));
  },
});

testMore("backups: where there is none, the command that makes one names the directory", async () => {
  using home = Home.withLibrary();
  const directory = join(home.path, "b2");
  Deno.mkdirSync(directory);
  const { stdout } = await home.run(["backups", "--path", directory]);
  assert(home.masked(stdout).endsWith("\nCreate a backup with: vpo-backup backup --backup-dir HOME/b2\n"), stdout);
});
