import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { namesIn } from "../../support/large_home.ts";
import { runProgram } from "../../support/program.ts";
import {
  DONE,
  expectArchive,
  expectExit,
  expectRefusal,
  FAILED,
  type FileCase,
  NO_LIBRARY,
  USAGE,
} from "./file_case.ts";
import { assertTidy, libraryInPlace } from "./findings.ts";
import type { Stage } from "./stage.ts";

const VICTIM = "this must stay as it is";

function makePipe(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assert(success, "mkfifo");
}

function output(stage: Stage, path: string, ...more: string[]): string[] {
  return ["backup", "--make-dir", "--library", stage.library, "--output", path, ...more];
}

/** A file that a link leads to, which nobody may change. */
function makeVictim(stage: Stage): string {
  const victim = join(stage.path, "victim");
  Deno.writeTextFileSync(victim, VICTIM);
  return victim;
}

/** What stands where an archive, a library or a backup directory is named. */
export const OUTPUT_CASES: readonly FileCase[] = [
  {
    name: "the output is a symlink to a file",
    async run(stage) {
      const link = join(stage.path, "link.tar.gz");
      Deno.symlinkSync(makeVictim(stage), link);
      await expectRefusal(stage, USAGE, output(stage, link));
    },
  },
  {
    name: "the output is a symlink to a file, by force",
    async run(stage, stock) {
      const victim = makeVictim(stage);
      const link = join(stage.path, "link.tar.gz");
      Deno.symlinkSync(victim, link);
      await expectExit(stage, DONE, output(stage, link, "--force"));
      assert.equal(await stock.contents.ofArchive(link), stock.old.settled);
      if (!Deno.lstatSync(link).isSymlink) assert.equal(Deno.readTextFileSync(victim), VICTIM);
      assertTidy(stage);
    },
  },
  {
    name: "the output is a dangling symlink",
    async run(stage, stock) {
      const link = join(stage.path, "link.tar.gz");
      Deno.symlinkSync(join(stage.path, "nowhere"), link);
      await expectRefusal(stage, USAGE, output(stage, link));
      await expectExit(stage, DONE, output(stage, link, "--force"));
      assert.equal(await stock.contents.ofArchive(link), stock.old.settled);
    },
  },
  {
    name: "the output is a symlink to a directory",
    async run(stage, stock) {
      const link = join(stage.path, "link.tar.gz");
      Deno.symlinkSync(stage.backups, link);
      assert.equal(dirname(await expectArchive(stage, stock, output(stage, link))), stage.backups);
    },
  },
  {
    name: "the backup directory is a symlink",
    async run(stage, stock) {
      const link = join(stage.path, "link");
      Deno.symlinkSync("backups", link);
      const args = ["backup", "--make-dir", "--library", stage.library, "--backup-dir", link];
      assert.equal(dirname(await expectArchive(stage, stock, args)), stage.backups);
    },
  },
  {
    name: "the backup directory is a dangling symlink: it is made where the link leads, or nothing is",
    async run(stage, stock) {
      Deno.symlinkSync("nowhere", join(stage.path, "link"));
      const args = [
        "backup",
        "--make-dir",
        "--library",
        stage.library,
        "--backup-dir",
        join(stage.path, "link"),
        "--json",
      ];
      const { code, stdout } = await stage.run(args);
      assert(code === DONE || code === FAILED, stdout);
      assert.equal(namesIn(stage.path).includes("nowhere"), code === DONE);
      if (code === FAILED) return;
      const { path } = JSON.parse(stdout) as { path: string };
      assert.equal(dirname(path), join(stage.path, "nowhere"));
      assert.equal(await stock.contents.ofArchive(path), stock.old.settled);
    },
  },
  {
    name: "the backup directory is a file",
    async run(stage) {
      const path = makeVictim(stage);
      await expectRefusal(stage, FAILED, ["backup", "--library", stage.library, "--backup-dir", path]);
    },
  },
  {
    name: "the output is the library: by its name, through a symlink, through a linked directory",
    async run(stage) {
      const library = join(stage.path, "library.tar.gz");
      Deno.copyFileSync(stage.library, library);
      const link = join(stage.path, "link.tar.gz");
      Deno.symlinkSync(library, link);
      const directory = join(stage.path, "directory");
      Deno.symlinkSync(".", directory);
      for (const path of [library, link, join(directory, "library.tar.gz")]) {
        for (const more of [[], ["--force"]]) {
          await expectRefusal(stage, USAGE, ["backup", "--library", library, "--output", path, ...more]);
        }
      }
    },
  },
  {
    name: "the output is another name of the library, by force",
    async run(stage, stock) {
      const path = join(stage.path, "hard.tar.gz");
      Deno.linkSync(stage.library, path);
      const { code } = await runProgram(output(stage, path, "--force"), { home: dirname(stage.path) });
      assert(code === DONE || code === USAGE, `exit ${code}`);
      assert.equal(libraryInPlace(stock, stage, "settled"), "old");
      if (code === DONE) assert.equal(await stock.contents.ofArchive(path), stock.old.settled);
    },
  },
  {
    name: "pipes and directories in the place of files",
    async run(stage) {
      // Beside the stage: whoever looks into the pipe waits for ever, which is what the program must not do.
      const pipe = `${stage.path}-pipe.tar.gz`;
      makePipe(pipe);
      const limited = { through: ["timeout", "20"] };
      for (const path of [pipe, stage.backups]) {
        const backup = ["backup", "--make-dir", "--library", path, "--backup-dir", stage.backups];
        await expectRefusal(stage, NO_LIBRARY, backup, limited);
        await expectRefusal(stage, NO_LIBRARY, ["restore", stage.archive, "--yes", "--library", path], limited);
        await expectRefusal(stage, FAILED, ["restore", path, "--yes", "--library", stage.library], limited);
      }
      for (const more of [[], ["--force"]]) await expectRefusal(stage, USAGE, output(stage, pipe, ...more), limited);
      Deno.removeSync(pipe);
    },
  },
  {
    name: "symlinks that lead in a circle",
    async run(stage) {
      const loop = join(stage.path, "loop.tar.gz");
      Deno.symlinkSync(basename(loop), loop);
      await expectRefusal(stage, FAILED, ["backup", "--library", loop, "--backup-dir", stage.backups]);
      await expectRefusal(stage, FAILED, ["restore", loop, "--yes", "--library", stage.library]);
      await expectRefusal(stage, FAILED, output(stage, loop));
    },
  },
];
