import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { directoryState } from "../../support/directory_state.ts";
import { OBEYING_MODES } from "../../support/modes.ts";
import { StartedProgram } from "../../support/started.ts";
import { DONE, expectArchive, expectExit, FAILED, type FileCase, modeOf } from "./file_case.ts";
import { assertTidy, libraryInPlace } from "./findings.ts";
import type { Stage } from "./stage.ts";

const UMASK_000 = ["sh", "-c", 'umask 000 && exec "$0" "$@"'];
const OBEYING = { through: OBEYING_MODES } as const;

/** Modes of all that is in a directory, the directory's own first. */
function modesIn(directory: string): number[] {
  const inside = Array.from(Deno.readDirSync(directory), ({ name }) => modeOf(join(directory, name)));
  return [modeOf(directory), ...inside];
}

/** Looks at the temporary files of a run that is stopped in its middle, then lets it go on. */
async function watchTemporaries(stage: Stage, args: readonly string[], step: string, directory: string): Promise<void> {
  await using program = StartedProgram.start([...args, "-v"], { home: dirname(stage.path), through: UMASK_000 });
  await program.said(`step ${step}`);
  await program.stop();
  const [temporary] = Array.from(Deno.readDirSync(directory)).filter(({ name }) => name.startsWith(".vpo-backup-"));
  assert(temporary !== undefined, "the run was not faster");
  const [own, ...inside] = modesIn(join(directory, temporary.name));
  assert.equal(own, 0o700);
  assert(inside.length >= 2 && inside.every((mode) => mode === 0o600), inside.map((mode) => mode.toString(8)).join());
  program.signal("SIGCONT");
  const { code, stderr } = await program.ended();
  assert.equal(code, DONE, stderr);
}

const UMASK: readonly FileCase[] = [
  {
    name: "umask 000: a backup's temporary files",
    run: (stage) => watchTemporaries(stage, stage.command("backup", "--level", "9"), "check copy", stage.vpo),
  },
  {
    name: "umask 000: a restore's temporary files",
    run: (stage) => watchTemporaries(stage, stage.command("restore"), "check database", stage.vpo),
  },
  {
    name: "umask 000: an archive and the directories that are made for it",
    async run(stage, stock) {
      const directory = join(stage.path, "new", "deep");
      const args = ["backup", "--make-dir", "--library", stage.library, "--output", `${directory}/`];
      const archive = await expectArchive(stage, stock, args, { through: UMASK_000 });
      assert.equal(dirname(archive), directory);
      assert.deepEqual([modeOf(directory), modeOf(dirname(directory))], [0o700, 0o700]);
    },
  },
  {
    name: "umask 000: a library that comes where there was none",
    async run(stage, stock) {
      const library = join(stage.path, "new", "library.db");
      const args = ["restore", stage.archive, "--yes", "--library", library];
      await expectExit(stage, DONE, args, { through: UMASK_000 });
      assert.deepEqual([modeOf(dirname(library)), modeOf(library)], [0o700, 0o600]);
      assert.equal(stock.contents.of(library), stock.new);
    },
  },
  {
    name: "umask 000: a library that is replaced keeps its mode",
    async run(stage, stock) {
      Deno.chmodSync(stage.library, 0o640);
      await expectExit(stage, DONE, stage.command("restore"), { through: UMASK_000 });
      assert.equal(modeOf(stage.library), 0o640);
      assert.equal(libraryInPlace(stock, stage, "settled"), "new");
    },
  },
];

/** Does something under modes that keep things from being read or written, and puts them right again. */
async function withMode(path: string, mode: number, act: () => Promise<void>): Promise<void> {
  const before = modeOf(path);
  Deno.chmodSync(path, mode);
  try {
    await act();
  } finally {
    Deno.chmodSync(path, before);
  }
}

/** A run that must be refused because of the mode of one thing. */
function refused(
  name: string,
  what: (stage: Stage) => string,
  mode: number,
  args: (stage: Stage) => string[],
): FileCase {
  return {
    name,
    needs: "modes",
    async run(stage) {
      const before = directoryState(stage.path);
      await withMode(what(stage), mode, async () => {
        const { stderr } = await expectExit(stage, FAILED, args(stage), OBEYING);
        assert.match(stderr, /^Error: /m);
      });
      assert.deepEqual(directoryState(stage.path), before, "a refusal changes nothing");
    },
  };
}

const MODES: readonly FileCase[] = [
  refused("backup into a read-only directory", ({ backups }) => backups, 0o500, (stage) => stage.command("backup")),
  refused(
    "backup into a directory that cannot be made",
    ({ backups }) => backups,
    0o500,
    (stage) => ["backup", "--make-dir", "--library", stage.library, "--backup-dir", join(stage.backups, "new", "deep")],
  ),
  refused(
    "backup into a directory without permission",
    ({ backups }) => backups,
    0,
    (stage) => stage.command("backup"),
  ),
  refused("backup of a library without permission", ({ library }) => library, 0, (stage) => stage.command("backup")),
  refused("backup out of a directory without permission", ({ vpo }) => vpo, 0, (stage) => stage.command("backup")),
  refused(
    "restore over a library without permission",
    ({ library }) => library,
    0,
    (stage) => stage.command("restore"),
  ),
  refused("restore into a read-only directory", ({ vpo }) => vpo, 0o500, (stage) => stage.command("restore")),
  refused("restore into a directory without permission", ({ vpo }) => vpo, 0, (stage) => stage.command("restore")),
  refused("restore of an archive without permission", ({ archive }) => archive, 0, (stage) => stage.command("restore")),
  refused("undo in a read-only directory", ({ vpo }) => vpo, 0o500, (stage) => stage.command("undo")),
  refused("undo of a library without permission", ({ aside }) => aside, 0, (stage) => stage.command("undo")),
  refused(
    "list of a directory without permission",
    ({ backups }) => backups,
    0,
    (stage) => ["backups", "--path", stage.backups],
  ),
  {
    name: "backup of a read-only library",
    needs: "modes",
    async run(stage, stock) {
      Deno.chmodSync(stage.library, 0o400);
      await expectArchive(stage, stock, stage.command("backup"), OBEYING);
      assert.equal(modeOf(stage.library), 0o400);
    },
  },
  {
    name: "backup of a library in rollback mode out of a read-only directory",
    needs: "modes",
    async run(stage, stock) {
      stock.furnish(stage, "rollback mode");
      await withMode(stage.vpo, 0o500, async () => {
        await expectArchive(stage, stock, stage.command("backup"), OBEYING, "rollback mode");
      });
    },
  },
  {
    name: "restore over a read-only library",
    needs: "modes",
    async run(stage, stock) {
      Deno.chmodSync(stage.library, 0o400);
      const { code, stderr } = await stage.run(stage.command("restore"), OBEYING);
      assert(code === DONE || code === FAILED, `exit ${code}: ${stderr}`);
      assert.equal(libraryInPlace(stock, stage, "settled"), code === DONE ? "new" : "old");
      if (code === FAILED) assert.match(stderr, /permission|read-only|readonly|written/i, "it says what is in the way");
      assert.equal(modeOf(stage.library), 0o400);
      assertTidy(stage);
    },
  },
];

export const MODE_CASES: readonly FileCase[] = [...UMASK, ...MODES];
