import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../support/bytes.ts";
import { someOf, testMore } from "../support/extent.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../support/home.ts";
import { type Outcome, programCommand } from "../support/program.ts";
import { canMount, mountMemory } from "../support/surroundings/mounts.ts";
import { hasTerminal, runOnTerminal } from "../support/terminal.ts";

const { present: PRESENT } = VPO_ARCHIVES;
/** Nothing can be written to it: it is always full. */
const FULL = "/dev/full";
const PAGE_BYTES = 4096;
const hasFull = Deno.build.os === "linux";

/** Runs the program with a redirection as a shell has it. */
function redirected(home: Home, args: readonly string[], redirection: string): Promise<Outcome> {
  return home.run(args, { through: ["sh", "-c", `"$@" ${redirection}`, "sh"] });
}

const DONE = "Error: Cannot write to standard output: the disk is full; the work itself was done\n";

for (const json of someOf([[], ["--json"]], 1)) {
  Deno.test({
    name: `run: a result that cannot be written does not undo the work${
      json.length > 0 ? ", with --json neither" : ""
    }`,
    ignore: !hasFull,
    async fn() {
      using home = Home.withLibrary();
      home.putArchive(PRESENT);
      const restore = await redirected(home, ["restore", PRESENT, "--yes", ...json], `>${FULL}`);
      assert.deepEqual([restore.code, restore.stderr], [40, DONE]);
      assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(PRESENT).library_db_sha256);
      const others = [["backups"], ["show"], ["verify", "--quick"], ["doctor"], ["version"]];
      for (const args of [["undo", "--yes"], ["backup"], ...someOf(others, 1)]) {
        const { code, stderr } = await redirected(home, [...args, ...json], `>${FULL}`);
        assert([40, 60, 61].includes(code), `${args[0]}: ${code}`);
        assert.equal(stderr, DONE, args[0]);
      }
      assert.equal(home.archives().length, 2);
      const refused = await redirected(home, ["restore", "lost", "--yes", ...json], `>${FULL}`);
      assert.equal(refused.code, 20);
      assert.match(refused.stderr, /Cannot restore "lost": there is no such archive/);
    },
  });
}

testMore({
  name: "run: progress that cannot be written does not keep a backup from being made",
  ignore: !hasFull,
  async fn() {
    using home = Home.withLibrary();
    const said = await redirected(home, ["backup", "--progress", "json"], `2>${FULL}`);
    assert.equal(said.code, 40);
    assert.match(said.stdout, /^Backup created: /);
    assert(said.stdout.endsWith(DONE.replace("output", "error")), said.stdout);
    const json = await redirected(home, ["backup", "--progress", "json", "--json"], `2>${FULL}`);
    assert.equal(json.code, 40);
    assert.equal((JSON.parse(json.stdout) as { success: boolean }).success, true);
    const both = await redirected(home, ["backup", "-v"], `>${FULL} 2>${FULL}`);
    assert.deepEqual(both, { code: 40, stdout: "", stderr: "" });
    assert.equal(home.archives().length, 3);
  },
});

Deno.test({
  name: "run: a reader that goes away changes nothing",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    const { code, stderr } = await home.run(["backup"], {
      through: ["sh", "-c", '{ "$@"; echo "$?" >&2; } | true', "sh"],
    });
    assert.deepEqual([code, stderr], [0, "0\n"]);
  },
});

testMore({
  name: "run: a log that can no longer be written does not keep a backup from being made",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    const disk = join(home.path, "disk");
    using _disk = mountMemory(disk, { bytes: 64 * 1024 });
    const log = join(disk, "log.jsonl");
    assert.equal((await home.run(["version", "--log-file", log])).code, 0);
    const { size } = Deno.statSync(log);
    Deno.writeTextFileSync(log, " ".repeat(PAGE_BYTES - 1 - size % PAGE_BYTES) + "\n", { append: true });
    // Fills what is left; the log has no room in its last page either.
    await home.run(["version"], { through: ["sh", "-c", `cat /dev/zero >"${disk}/rest" 2>/dev/null; "$@"`, "sh"] });
    const { code, stdout, stderr } = await home.run(["backup", "-v", "--log-file", log]);
    assert.equal(code, 40, stderr);
    assert.match(stdout, /^Backup created: /);
    assert.match(
      stderr,
      /\nError: Cannot write to the log ".*log\.jsonl": the disk is full; the work itself was done\n$/,
    );
  },
});

Deno.test({
  name: "restore: a question that cannot be shown is answered by nobody",
  ignore: !hasTerminal || !hasFull,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    const before = home.state();
    // The terminal's other end is closed while the program runs: what it writes then comes to nothing.
    // The hang-up is ignored from before it is forked, because it may come before a line of the child has run.
    const script = `import os,pty,signal,sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(terminal)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))`;
    const { stdout } = await home.run(["restore", PRESENT], {
      through: ["python3", "-c", script],
      env: { TERM: "xterm" },
    });
    assert.match(stdout.trim(), /^(1|2|129)$/);
    assert.deepEqual(home.state(), before);
    const seen = await runOnTerminal(programCommand(["backup"], { home: home.path }), []);
    assert.equal(seen.code, 0);
  },
});
