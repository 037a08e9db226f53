import assert from "node:assert/strict";
import { join } from "node:path";
import { hasPython, isInstalled } from "../support/commands.ts";
import { execute } from "../support/database.ts";
import { directoryState } from "../support/directory_state.ts";
import { someOf, testMore } from "../support/extent.ts";
import { holdLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { LargeHome, LargeSample, namesIn, temporariesIn } from "../support/large_home.ts";
import { meet } from "../support/moments.ts";
import { programCommand } from "../support/program.ts";
import { StartedProgram } from "../support/started.ts";
import { CTRL_C, hasTerminal, runOnTerminal } from "../support/terminal.ts";

/** Exit codes by signal. */
const EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof EXITS;

const isUnix = Deno.build.os !== "windows";

let sample: LargeSample;
Deno.test.beforeAll(async () => void (sample = await LargeSample.make(3_000)));
Deno.test.afterAll(() => sample[Symbol.dispose]());

const MOMENTS: readonly (readonly [verb: "backup" | "restore", step: string, signal: Signal])[] = [
  ["backup", "lock library", "SIGTERM"],
  ["backup", "copy library", "SIGINT"],
  ["backup", "check copy", "SIGTERM"],
  ["backup", "compress", "SIGINT"],
  ["restore", "read archive", "SIGINT"],
  ["restore", "check database", "SIGTERM"],
];

for (const [verb, step, signal] of someOf(MOMENTS, 3)) {
  Deno.test({
    name: `${verb}: ${signal} at the step "${step}" leaves everything as it was`,
    ignore: !isUnix,
    async fn() {
      await meet(`the step "${step}"`, async () => {
        using home = new LargeHome(sample);
        const before = directoryState(home.path);
        await using program = verb === "backup" ? home.startBackup() : home.startRestore();
        await program.said(`step ${step}`);
        program.signal(signal);
        const { code, stdout, stderr } = await program.ended();
        if (code === 0) return false;
        assert.deepEqual([code, stdout], [EXITS[signal], ""], stderr);
        assert.match(stderr, /^Error: .*: nothing was changed, temporary files were removed$/m);
        assert.deepEqual(directoryState(home.path), before, "directories that were made are gone too");
        return true;
      });
    },
  });
}

testMore({
  name: "backup: a second signal does not keep the first one's end from being tidy and told",
  ignore: !isUnix,
  async fn() {
    await meet('the step "compress"', async () => {
      using home = new LargeHome(sample);
      const before = directoryState(home.path);
      await using program = home.startBackup();
      await program.said("step compress");
      program.signal("SIGINT");
      program.signal("SIGTERM");
      program.signal("SIGINT");
      const { code, stderr } = await program.ended();
      if (code === 0) return false;
      assert([EXITS.SIGINT, EXITS.SIGTERM].some((exit) => exit === code), `${code}: ${stderr}`);
      assert.match(stderr, /^Error: .*: nothing was changed, temporary files were removed$/m);
      assert.deepEqual(directoryState(home.path), before);
      return true;
    });
  },
});

for (const step of someOf(["publish", "read back"], 1)) {
  Deno.test({
    name: `backup: a signal at the step "${step}" leaves a whole archive or none`,
    ignore: !isUnix,
    async fn() {
      using home = new LargeHome(sample);
      await using program = home.startBackup();
      await program.said(`step ${step}`);
      program.signal("SIGTERM");
      const { code, stdout, stderr } = await program.ended();
      assert(code === 0 || code === EXITS.SIGTERM, stderr);
      const [archive, ...others] = namesIn(home.backups);
      assert.deepEqual(others, []);
      assert.equal(archive !== undefined, stdout.includes("Backup created"), "it says what it did");
      if (archive === undefined) return;
      const checked = await home.run(["restore", join(home.backups, archive), "--dry-run"]);
      assert.equal(checked.code, 0, checked.stderr);
    },
  });
}

for (const step of someOf(["replace library", "lock library"], 1)) {
  Deno.test({
    name: `restore: a signal at the step "${step}" leaves the whole old library or the whole new one`,
    ignore: !isUnix,
    async fn() {
      using home = new LargeHome(sample);
      await using program = home.startRestore();
      await program.said(`step ${step}`);
      program.signal("SIGINT");
      const { code, stdout, stderr } = await program.ended();
      assert(code === 0 || code === EXITS.SIGINT, stderr);
      const isRestored = stdout.includes("Restore complete.");
      assert.deepEqual(temporariesIn(home.vpo), []);
      // The log of the old library would take effect on the new one.
      assert.equal(code, isRestored ? 0 : EXITS.SIGINT, "one story, one exit code");
      if (isRestored) assert.deepEqual(namesIn(home.vpo).filter((name) => /-(wal|shm|journal)$/.test(name)), []);
      assert.equal(home.libraryInPlace(), isRestored ? "new" : "old");
      assert.equal(stderr.includes("nothing was changed"), !isRestored, stderr);
    },
  });
}

for (const through of someOf([[], ["nohup"]], 1)) {
  Deno.test({
    name: `backup: goes on after a hangup where no stream is a terminal${through.length > 0 ? ", under nohup" : ""}`,
    ignore: !isUnix || !isInstalled("nohup", "--version"),
    async fn() {
      using home = new LargeHome(sample);
      await using program = home.startBackup(through);
      await program.said("step compress");
      program.signal("SIGHUP");
      const { code, stdout, stderr } = await program.ended();
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Backup created: /);
    },
  });
}

const WAIT_SECONDS = 40;

/** A run that another process keeps waiting: it has the library in one of these ways. */
const BLOCKED = [
  { args: ["backup"], mode: "DELETE", held: "BEGIN EXCLUSIVE", step: "lock library", signal: "SIGINT" },
  {
    args: ["restore", "latest", "--yes"],
    mode: "DELETE",
    held: "BEGIN EXCLUSIVE",
    step: "look at library",
    signal: "SIGTERM",
  },
  {
    args: ["restore", "latest", "--yes"],
    mode: "WAL",
    held: "BEGIN IMMEDIATE",
    step: "lock library",
    signal: "SIGTERM",
  },
  { args: ["undo", "--yes"], mode: "WAL", held: "BEGIN IMMEDIATE", step: "lock library", signal: "SIGINT" },
] as const;

for (const { args, mode, held, step, signal } of someOf(BLOCKED, 2)) {
  Deno.test({
    name: `${
      args[0]
    }: ${signal} at the step "${step}" while it waits for a process that did ${held} in ${mode} mode ends it`,
    ignore: !isUnix || !hasPython,
    async fn() {
      using home = Home.withLibrary();
      home.putArchive(VPO_ARCHIVES.present);
      home.putLibrary(`${home.library}.before-restore-2026-02-06T09-12-44Z`);
      execute(home.library, `PRAGMA journal_mode = ${mode}`);
      await using _holder = await holdLibrary(home.library, [held]);
      const before = directoryState(home.path);
      await using program = StartedProgram.start([...args, "-v", "--wait", `${WAIT_SECONDS}`], { home: home.path });
      await program.said(`step ${step}`);
      const signalled = performance.now();
      program.signal(signal);
      const { code, stderr } = await program.ended();
      assert(performance.now() - signalled < WAIT_SECONDS * 1000 / 2, "it does not wait to the end");
      assert.equal(code, EXITS[signal], stderr);
      assert.deepEqual(directoryState(home.path), before);
    },
  });
}

const QUESTION = "Continue? [y/N] ";
const AT_QUESTION = [
  { name: "Ctrl-C", action: { await: QUESTION, send: CTRL_C }, code: EXITS.SIGINT },
  { name: "SIGTERM", action: { await: QUESTION, signal: "SIGTERM" }, code: EXITS.SIGTERM },
  { name: "SIGHUP", action: { await: QUESTION, signal: "SIGHUP" }, code: EXITS.SIGHUP },
] as const;

for (const { name, action, code } of someOf(AT_QUESTION, 1)) {
  Deno.test({
    name: `restore: ${name} while the question is open leaves everything as it was`,
    ignore: !hasTerminal,
    async fn() {
      using home = Home.withLibrary();
      home.putArchive(VPO_ARCHIVES.present);
      const before = directoryState(home.path);
      const ended = await runOnTerminal(programCommand(["restore", "latest"], { home: home.path }), [action]);
      assert.equal(ended.code, code, ended.terminal);
      assert.deepEqual(directoryState(home.path), before);
    },
  });
}

for (const [step, signal] of someOf([["read archive", "SIGINT"], ["check database", "SIGTERM"]] as const, 1)) {
  Deno.test({
    name: `verify: ${signal} at the step "${step}" ends all checks that are under way, and leaves nothing behind`,
    ignore: !isUnix,
    async fn() {
      using home = new LargeHome(sample);
      Deno.mkdirSync(home.backups);
      for (const day of [1, 2, 3]) {
        Deno.copyFileSync(home.archive, join(home.backups, `vpo-library-2024-03-0${day}T03-00-00Z.tar.gz`));
      }
      const before = directoryState(home.path);
      await meet(`the step "${step}"`, async () => {
        await using program = StartedProgram.start(["verify", "--all", "-v"], { home: home.path });
        await program.said(`step ${step}`);
        program.signal(signal);
        const { code, stdout, stderr } = await program.ended();
        assert.deepEqual(directoryState(home.path), before);
        if (code === 0) return false;
        assert.deepEqual([code, stdout], [EXITS[signal], ""], stderr);
        assert.match(stderr, /^Error: .*: nothing was changed, temporary files were removed$/m);
        return true;
      });
    },
  });
}
