import assert from "node:assert/strict";
import { join } from "node:path";
import { readWhole } from "../../support/archives.ts";
import { contentHash } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { programCommand, type Surroundings } from "../../support/program.ts";
import { canMount, mountMemory } from "../../support/surroundings/mounts.ts";
import { hasTerminal, runOnTerminal } from "../../support/terminal.ts";

interface Piped {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

function start(home: Home, args: readonly string[], surroundings: Partial<Surroundings> = {}): Deno.ChildProcess {
  const { program, args: rest, env, cwd } = programCommand(args, { home: home.path, ...surroundings });
  const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(program, { args: [...rest], env: { ...env }, clearEnv: true, cwd, ...streams }).spawn();
}

/** Runs the program with these bytes in its standard input. */
async function piped(home: Home, args: readonly string[], input = new Uint8Array()): Promise<Piped> {
  const process = start(home, args);
  const writer = process.stdin.getWriter();
  // It may have ended before it has taken all.
  const written = writer.write(input).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await process.output();
  await written;
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

async function archiveOf(home: Home): Promise<Uint8Array<ArrayBuffer>> {
  const { code, stdout, stderr } = await piped(home, ["backup", "-o", "-"]);
  assert.equal(code, 0, stderr);
  return new Uint8Array(stdout);
}

/** Names in the home that are neither the library nor SQLite's. */
function extraNames(home: Home): string[] {
  return Object.keys(home.state()).filter((name) => ![".vpo", ".vpo/library.db"].includes(name));
}

Deno.test("backup -o -: a whole archive goes out, the report to standard error, and nothing stays", async () => {
  using home = Home.withLibrary();
  const { code, stdout, stderr } = await piped(home, ["backup", "--output=-"]);
  assert.equal(code, 0, stderr);
  const path = home.file("sent.tar.gz", new Uint8Array(stdout));
  assert.equal((await readWhole(path)).metadata.file_count, 400);
  assert.match(stderr, /^Backup written to standard output\n {2}Database size: 776\.0 KB\n/);
  assert.deepEqual(extraNames(home), ["sent.tar.gz"]);
  const together = await piped(home, ["backup", "-vo", "-"]);
  home.file("sent.tar.gz", new Uint8Array(together.stdout));
  assert.equal((await readWhole(path)).metadata.file_count, 400, "nothing else follows");
  assert.match(together.stderr, /^Backup written to standard output$/m);
  const json = await piped(home, ["backup", "-o", "-", "--json"]);
  assert.equal((JSON.parse(json.stderr) as { path: string }).path, "-");
});

Deno.test("backup -o -: one that fails writes no byte, whatever it fails by", async () => {
  using home = Home.withLibrary();
  home.file("broken.db", new TextEncoder().encode("no database at all"));
  const cases: readonly (readonly [readonly string[], number])[] = [
    [["--library", "missing.db"], 20],
    [["--library", "broken.db"], 42],
    [["--keep-last", "3"], 2],
    [["--copy-to", "usb"], 2],
    [["--no-such-option"], 2],
    [["--dry-run"], 0],
  ];
  for (const [args, expected] of someOf(cases, 2)) {
    for (const form of someOf([[], ["--json"]], 1)) {
      const { code, stdout, stderr } = await piped(home, ["backup", "-o", "-", ...args, ...form]);
      assert.deepEqual([code, stdout.length], [expected, 0], args.join(" "));
      assert.notEqual(stderr, "");
    }
  }
  assert.deepEqual(extraNames(home), ["broken.db"]);
});

testMore({
  name: "sendFile: a standard output that is closed, or the null device, is no success",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    const { program, args, env, cwd } = programCommand(["backup", "-o", "-"], { home: home.path });
    for (const way of [">&-", ">/dev/null"]) {
      const { code, stderr } = await new Deno.Command("/bin/sh", {
        args: ["-c", `exec "$@" ${way}`, "sh", program, ...args],
        env: { ...env },
        clearEnv: true,
        cwd,
      }).output();
      assert.equal(code, 40);
      assert.match(
        new TextDecoder().decode(stderr),
        /^Error: Cannot write the archive to standard output: it is closed/,
      );
    }
    assert.deepEqual(extraNames(home), []);
  },
});

Deno.test("PipedArchive.receive: what cannot be an archive is refused at its first bytes, for it may never end", async () => {
  using home = Home.withLibrary();
  const process = start(home, ["verify", "-"]);
  const writer = process.stdin.getWriter();
  await writer.write(new Uint8Array([0x1f]));
  await writer.write(new Uint8Array(65_536));
  const { code, stderr } = await process.output();
  await writer.close().catch(() => {});
  assert.equal(code, 46);
  assert.match(
    new TextDecoder().decode(stderr),
    /^Error: Cannot check: standard input is not a VPO backup/,
  );
  assert.deepEqual(extraNames(home), []);
});

Deno.test("sendFile: a reader that goes away is exit 40, and the far end is told not to be trusted", async () => {
  using home = Home.withLibrary();
  const process = start(home, ["backup", "-o", "-"]);
  const reader = process.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [stderr, { code }] = await Promise.all([new Response(process.stderr).text(), process.status]);
  await process.stdin.close();
  assert.equal(code, 40);
  assert.match(stderr, /^Error: Cannot write the archive to standard output: its reader has gone\n/);
  assert.deepEqual(extraNames(home), []);
});

Deno.test("withArchiveFromInput: verify, show and restore take what backup -o - wrote, and VPO's own", async () => {
  using home = Home.withLibrary();
  const theirs = new Uint8Array(Deno.readFileSync(home.putArchive(VPO_ARCHIVES.present)));
  Deno.removeSync(home.backups, { recursive: true });
  const ours = await archiveOf(home);
  for (const archive of someOf([ours, theirs], 1)) {
    const verified = await piped(home, ["verify", "-"], archive);
    assert.equal(verified.code, 0, verified.stderr);
    assert.match(new TextDecoder().decode(verified.stdout), /^ok +standard input /);
    const shown = await piped(home, ["show", "-", "--json"], archive);
    const document = JSON.parse(new TextDecoder().decode(shown.stdout)) as Record<string, unknown>;
    assert.deepEqual([document["path"], document["archive_size_bytes"]], ["-", archive.length]);
  }
  const before = contentHash(home.library);
  Deno.removeSync(home.library);
  const restored = await piped(home, ["restore", "-", "--yes"], ours);
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(new TextDecoder().decode(restored.stdout), /^Restoring from: standard input\n/);
  assert.deepEqual(contentHash(home.library), before);
  assert.deepEqual(extraNames(home), []);
});

Deno.test("restore -: a cut or damaged archive changes nothing, and is not told of by a path of ours", async () => {
  using home = Home.withLibrary();
  const archive = await archiveOf(home);
  const flipped = archive.slice();
  flipped[archive.length >> 1] = (flipped[archive.length >> 1] ?? 0) ^ 1;
  const before = home.state();
  for (const wrong of someOf([archive.slice(0, -1), archive.slice(0, 1000), flipped, new Uint8Array()], 1)) {
    const { code, stdout, stderr } = await piped(home, ["restore", "-", "--yes"], wrong);
    assert.deepEqual([code, stdout.length], [46, 0]);
    assert.match(stderr, /^Error: Cannot restore( standard input)?: .*\nCheck the command before the pipe\.\n$/);
    assert.doesNotMatch(stderr, /vpo-backup-/);
    assert.deepEqual(home.state(), before);
  }
});

testMore("restore -: needs --yes, for nobody can be asked", async () => {
  using home = Home.withLibrary();
  const archive = await archiveOf(home);
  const before = home.state();
  const { code, stderr } = await piped(home, ["restore", "-"], archive);
  assert.deepEqual([code, /--yes/.test(stderr)], [2, true]);
  assert.equal((await piped(home, ["restore", "-", "--dry-run"], archive)).code, 0);
  assert.deepEqual(home.state(), before);
});

testMore({
  name: "withArchiveToOutput, withArchiveFromInput: a terminal at the other end is refused",
  ignore: !hasTerminal,
  async fn() {
    using home = Home.withLibrary();
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [["backup", "-o", "-"], /Cannot back up to standard output: it is a terminal/],
      [["verify", "-"], /Cannot check: "-" is standard input, and that is a terminal/],
      [["show", "-"], /Cannot show: "-" is standard input, and that is a terminal/],
      [["restore", "-", "--yes"], /Cannot restore: "-" is standard input, and that is a terminal/],
    ];
    for (const [args, expected] of someOf(refusals, 2)) {
      const { code, terminal } = await runOnTerminal(programCommand(args, { home: home.path }), []);
      assert.equal(code, 2, terminal);
      assert.match(terminal, expected);
    }
    assert.deepEqual(extraNames(home), []);
  },
});

Deno.test({
  name: "PipedArchive.receive: takes no more than there is room for, and leaves nothing",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    const path = join(home.path, "small");
    using _disk = mountMemory(path, { bytes: 28 * 1024 * 1024 });
    const large = crypto.getRandomValues(new Uint8Array(65_536));
    large.set([0x1f, 0x8b]);
    const process = start(home, ["verify", "-", "--temp-dir", "small"]);
    const writer = process.stdin.getWriter();
    const feed = async () => {
      for (let sent = 0; sent < 64 * 1024 * 1024; sent += large.length) await writer.write(large);
      await writer.close();
    };
    // It goes away before all is sent.
    const fed = feed().then(() => "all", () => "some");
    const { code, stderr } = await process.output();
    assert.equal(code, 44);
    assert.match(new TextDecoder().decode(stderr), /^Error: Cannot check: not enough space in ".*small"/);
    assert.equal(await fed, "some");
    assert.deepEqual(Array.from(Deno.readDirSync(path)), []);
  },
});

testMore({
  name: "isOutputShared: settings go into a pipe, but not unasked into a file that others can read",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    home.file(".vpo/config.toml", new TextEncoder().encode("[server]\n"));
    const { program, args: [...before], env } = programCommand(["backup", "-o", "-"], { home: home.path });
    const script = 'umask "$1"; target=$2; shift 2; "$@" > "$target"';
    const settingsIn = async (umask: string, ...more: string[]) => {
      const target = join(home.path, `sent-${umask}${more.join("")}.tar.gz`);
      const all = ["-c", script, "sh", umask, target, program, ...before, ...more];
      const { code, stderr } = await new Deno.Command("/bin/sh", { args: all, env: { ...env }, clearEnv: true })
        .output();
      const said = new TextDecoder().decode(stderr);
      assert.equal(code, 0, said);
      assert.equal(/the settings are left out/.test(said), /^022$/.test(umask) && more.length === 0, said);
      return (await readWhole(target)).metadata.settings?.count;
    };
    assert.equal(await settingsIn("022"), undefined);
    assert.equal(await settingsIn("077"), 1);
    assert.equal(await settingsIn("022", "--settings"), 1);
    assert.equal(await settingsIn("022", "--no-settings"), undefined);
    const path = home.file("piped.tar.gz", await archiveOf(home));
    assert.equal((await readWhole(path)).metadata.settings?.count, 1);
  },
});
