import assert from "node:assert/strict";
import { join } from "node:path";
import { readCommandLine } from "../../scripts/man/commands.ts";
import { isInstalled } from "../support/commands.ts";
import { Home } from "../support/home.ts";
import { BINARY } from "../support/program.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

/** What a command line may not do: reach for the network or start a program. */
const CALLS = ["socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"];
const STARTS = ["execve", "execveat", "fork", "vfork", "clone", "clone3"];

/** Command lines in the order of a library's life; a new command belongs here. */
const COMMAND_LINES = [
  ["--version"],
  ["--help"],
  ["version"],
  ["backup"],
  ["backup", "--dry-run"],
  ["backups"],
  ["verify", "--all"],
  ["status"],
  ["show"],
  ["extract", "latest", "--output", "extracted"],
  ["diff"],
  ["show", "latest"],
  ["config"],
  ["report"],
  ["doctor"],
  ["schedule", "systemd"],
  ["completion", "bash"],
  ["prune", "--keep-last", "5", "--yes"],
  ["restore", "latest", "--dry-run"],
  ["restore", "latest", "--yes"],
  ["undo", "--yes"],
] as const;

const hasStrace = isInstalled("strace", "--version");

Deno.test("executable: every command is among those whose system calls are watched", () => {
  const watched = new Set<string>(COMMAND_LINES.map(([name]) => name));
  for (const { name } of readCommandLine().commands) assert(watched.has(name.split(" ")[0] ?? ""), name);
});

Deno.test({
  name: "executable: opens no socket and starts no program (needs an executable: VPO_BACKUP_BIN, and strace)",
  ignore: BINARY === undefined || !hasStrace,
  async fn(test) {
    using home = Home.withLibrary();
    const trace = join(home.path, "trace");
    for (const args of COMMAND_LINES) {
      await test.step(args.join(" "), async () => {
        const through = ["strace", "-f", "-o", trace, "-e", `trace=${[...CALLS, ...STARTS].join(",")}`];
        const { code, stderr } = await home.run(args, { through });
        assert.equal(code, 0, stderr);
        assert.deepEqual(suspicious(Deno.readTextFileSync(trace)), []);
      });
    }
  },
});

Deno.test({
  name: "executable: takes no code from the temporary directory (needs an executable: VPO_BACKUP_BIN, and strace)",
  ignore: BINARY === undefined || !hasStrace,
  async fn() {
    using home = Home.withLibrary();
    using temporary = new TemporaryDirectory();
    const trace = join(home.path, "trace");
    for (const args of [["backup"], ["backups"]]) {
      const through = ["strace", "-f", "-o", trace, "-e", "trace=%file"];
      const { code, stderr } = await home.run(args, { through, env: { TMPDIR: temporary.path } });
      assert.equal(code, 0, stderr);
      const lines = Deno.readTextFileSync(trace).split("\n").filter((line) => !line.includes(" execve("));
      assert(lines.length > 10);
      assert.deepEqual(lines.filter((line) => line.includes(temporary.path)), []);
    }
  },
});

/** The calls that are more than the program's own start, its threads, and the pair of ends in which signals arrive. */
function suspicious(trace: string): string[] {
  const [start, ...calls] = trace.split("\n").filter((line) => /^\d+ +\w+\(/.test(line));
  assert.match(start ?? "", /^\d+ +execve\(/);
  return calls.filter((call) => !/ (clone3?)\(.*CLONE_THREAD/.test(call) && !/ socketpair\(AF_UNIX,/.test(call));
}
