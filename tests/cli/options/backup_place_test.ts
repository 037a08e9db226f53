import assert from "node:assert/strict";
import { join } from "node:path";
import { MARKER_NAME } from "../../../src/store/place_marker.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { type Outcome, programCommand } from "../../support/program.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;
const HINT = "To start backing up there, add --make-dir.\n";

/** Each way of naming the directory `disk` for a backup. */
const WAYS: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
  [["--backup-dir", "disk"], {}],
  [[], { VPO_BACKUP_DIR: "disk" }],
  [["--output", "disk"], {}],
  [["--output", "disk/"], {}],
];

function backUp(home: Home, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return home.run(["backup", ...args], { env });
}

function namesIn(home: Home, directory: string): string[] {
  return Array.from(Deno.readDirSync(join(home.path, directory)), ({ name }) => name).sort();
}

Deno.test("claimPlace: a named directory that does not exist is not made unasked, for its disk may not be mounted", async () => {
  using home = Home.withLibrary();
  const before = home.state();
  for (const [args, env] of someOf(WAYS, 2)) {
    for (const more of someOf([[], ["--dry-run"]], 1)) {
      const { code, stdout, stderr } = await backUp(home, [...args, ...more], env);
      assert.deepEqual([code, stdout], [20, ""]);
      const error = 'Error: Cannot back up: there is no directory "HOME/disk": is the disk mounted?\n';
      assert.equal(home.masked(stderr), error + HINT);
    }
  }
  const file = await backUp(home, ["--output", "disk/mine.tar.gz", "--json"]);
  assert.deepEqual([file.code, (JSON.parse(file.stdout) as { code: string }).code], [20, "not_found"]);
  assert.deepEqual(home.state(), before);
});

Deno.test("claimPlace: nor is a named directory used that holds neither archive nor marker", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(join(home.path, "disk"));
  home.file("disk/nothing is mounted here", new Uint8Array());
  const before = home.state();
  for (const [args, env] of someOf(WAYS, 2)) {
    const { code, stderr } = await backUp(home, args, env);
    const error = 'Error: Cannot back up: "HOME/disk" holds no backups yet: is the disk mounted?\n';
    assert.deepEqual([code, home.masked(stderr)], [20, error + HINT]);
  }
  assert.deepEqual(home.state(), before);
});

Deno.test("claimPlace: --make-dir makes it and marks it, and from then on nothing needs to be said", async () => {
  for (const [args, env] of someOf(WAYS.slice(1, 3), 1)) {
    using home = Home.withLibrary();
    assert.equal((await backUp(home, [...args, "--make-dir", "--dry-run"], env)).code, 0);
    assert.equal(namesIn(home, ".").includes("disk"), false, "a dry run makes nothing");
    const first = await backUp(home, [...args, "--make-dir", "-q"], env);
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    assert.deepEqual([namesIn(home, "disk")[0], namesIn(home, "disk").length], [MARKER_NAME, 2]);
    assert.equal((await backUp(home, args, env)).code, 0);
    for (const name of namesIn(home, "disk").filter((name) => name !== MARKER_NAME)) {
      Deno.removeSync(join(home.path, "disk", name));
    }
    assert.equal((await backUp(home, args, env)).code, 0, "the marker is enough");
    Deno.removeSync(join(home.path, "disk", MARKER_NAME));
    assert.equal((await backUp(home, args, env)).code, 0, "and so is an archive");
    assert.equal(namesIn(home, "disk").includes(MARKER_NAME), false);
  }
});

Deno.test("claimPlace: what VPO made, a damaged archive and nothing less count as backups", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(join(home.path, "disk/vpo-library-2026-02-05T14-30-22Z.tar.gz"), { recursive: true });
  assert.equal((await backUp(home, ["--output", "disk"])).code, 20, "a directory of that name");
  home.file(`disk/${VPO_ARCHIVES.old}`, new Uint8Array());
  assert.equal((await backUp(home, ["--output", "disk"])).code, 0);
});

Deno.test("claimPlace: a file in a directory that exists is taken as it is", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(join(home.path, "disk"));
  assert.equal((await backUp(home, ["--output", "disk/mine.tar.gz"])).code, 0);
  assert.deepEqual(namesIn(home, "disk"), ["mine.tar.gz"]);
});

testWithSymlinks(
  "claimPlace: VPO's own directory is one that was named where it is a link to another disk",
  async () => {
    using home = Home.withLibrary();
    Deno.mkdirSync(join(home.path, "mnt"));
    const target = join(home.path, "mnt", "usb");
    makeSymlink(target, home.backups, "dir");
    for (const lack of ['there is no directory "HOME/mnt/usb"', '"HOME/mnt/usb" holds no backups yet']) {
      const { code, stderr } = await backUp(home, []);
      assert.deepEqual([code, home.masked(stderr)], [
        20,
        `Error: Cannot back up: ${lack}: is the disk mounted?\n${HINT}`,
      ]);
      Deno.mkdirSync(target, { recursive: true });
    }
    assert.deepEqual(namesIn(home, "mnt/usb"), []);
    assert.equal((await backUp(home, ["--make-dir"])).code, 0);
    assert.equal((await backUp(home, [])).code, 0);
    assert.equal(namesIn(home, "mnt/usb").length, 3);
  },
);

testMore(
  "claimPlace: VPO's own directory is made when it is needed, also when it is named, and gets no marker",
  async () => {
    using home = Home.withLibrary();
    assert.equal((await backUp(home, [])).code, 0);
    assert.equal(home.archives().length, 1);
    Deno.removeSync(home.backups, { recursive: true });
    // As what schedule prints does it.
    assert.equal((await backUp(home, ["--backup-dir", home.backups])).code, 0);
    assert.equal(home.archives().length, 1);
  },
);

Deno.test("claimPlace: what a backup that fails has made is taken back, marker included", async () => {
  using home = new Home();
  home.file(".vpo/library.db", new TextEncoder().encode("this is no database"));
  Deno.mkdirSync(join(home.path, "disk"));
  const before = home.state();
  for (const output of ["disk", "other/deep"]) {
    assert.equal((await backUp(home, ["--make-dir", "--output", output])).code, 42);
    assert.deepEqual(home.state(), before);
  }
});

Deno.test("claimPlace: what is in the way of the marker is named, and left alone", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(join(home.path, "disk"));
  home.file(`disk/${MARKER_NAME}`, new TextEncoder().encode("{}"));
  const before = home.state();
  const { code, stderr } = await backUp(home, ["--make-dir", "--output", "disk"]);
  assert.equal(code, 40);
  assert.match(
    home.masked(stderr),
    /"HOME\/disk\/\.vpo-backup-place" is in the way, and not what this program writes\n/,
  );
  assert.deepEqual(home.state(), before);
});

for (const [answer, code] of someOf([["y", 0], ["n", 1]] as const, 1)) {
  testMore({
    name: `claimPlace: on a terminal it is asked, and "${answer}" ${
      code === 0 ? "uses the directory" : "changes nothing"
    }`,
    ignore: !hasTerminal,
    async fn() {
      using home = Home.withLibrary();
      Deno.mkdirSync(join(home.path, "disk"));
      const before = home.state();
      const questions = {
        disk: `"${home.path}/disk" holds no backups yet; back up there? [y/N] `,
        missing: `There is no directory "${home.path}/missing"; create it and back up there? [y/N] `,
      };
      for (const [directory, question] of Object.entries(questions)) {
        const command = programCommand(["backup", "--backup-dir", directory], { home: home.path });
        const outcome = await runOnTerminal(command, [{ await: question, send: `${answer}\n` }], { columns: 200 });
        assert.equal(outcome.code, code, outcome.terminal);
        if (code === 0) assert.equal(namesIn(home, directory)[0], MARKER_NAME);
      }
      if (code !== 0) assert.deepEqual(home.state(), before);
    },
  });
}

testMore({
  name: "claimPlace: on a terminal a dry run asks nothing, and says that the backup will",
  ignore: !hasTerminal,
  async fn() {
    using home = Home.withLibrary();
    const before = home.state();
    const command = programCommand(["backup", "--dry-run", "--backup-dir", "disk"], { home: home.path });
    const { code, terminal } = await runOnTerminal(command, [], { columns: 200 });
    assert.equal(code, 0, terminal);
    assert.match(home.masked(terminal), /there is no directory "HOME\/disk": a real run will ask whether to use it\n/);
    assert.deepEqual(home.state(), before);
  },
});

Deno.test({
  name: "claimPlace: what root makes in a user's directory is that user's (needs root)",
  ignore: !isRoot,
  async fn() {
    using home = Home.withLibrary();
    Deno.mkdirSync(join(home.path, "theirs"));
    Deno.chownSync(join(home.path, "theirs"), 1234, 2345);
    assert.equal((await backUp(home, ["--make-dir", "--output", "theirs/new/deep/"])).code, 0);
    for (const path of ["theirs/new", "theirs/new/deep"]) {
      const { uid, gid, mode } = Deno.statSync(join(home.path, path));
      assert.deepEqual([uid, gid, (mode ?? 0) & 0o777], [1234, 2345, 0o700]);
    }
  },
});
