import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { DONE, expectExit, type FileCase } from "./file_case.ts";
import { namesIn } from "../../support/large_home.ts";

/** Names that mean something else to a shell, to SQLite, to a URL, to a terminal or to a parser of options. */
const NAMES = [
  "with spaces",
  " space at both ends ",
  "two\nlines",
  "escape \x1b[31mred",
  "file:library.db?mode=memory&cache=shared",
  "file:",
  ":memory:",
  "-dash",
  "--library=other",
  "100%41 #fragment ?query",
  "'quoted' \"twice\" $(sub) `tick`",
  "Bücher 映画 🎬",
  "..dots",
  "~tilde",
  "back\\slash",
  "semi;colon,comma",
];

/** Backs up, restores and takes back a library whose directory, file and archive have such a name, from within. */
function named(name: string): FileCase {
  return {
    name: `the name ${JSON.stringify(name)}`,
    async run(stage, stock) {
      const directory = join(stage.path, name);
      const archive = `${name}.tar.gz`;
      const surroundings = { cwd: directory };
      const library = `--library=${name}`;
      Deno.mkdirSync(directory);
      Deno.copyFileSync(stage.library, join(directory, name));
      const backup = await expectExit(stage, DONE, ["backup", library, `--output=${archive}`, "--json"], surroundings);
      assert.equal((JSON.parse(backup.stdout) as { path: string }).path, join(directory, archive));
      assert.equal(await stock.contents.ofArchive(join(directory, archive)), stock.old.settled);

      // SQLite leaves the side files of a library that it has only read.
      Deno.copyFileSync(stage.aside, join(directory, name));
      const restore = await expectExit(stage, DONE, ["restore", "--yes", library, "--", archive], surroundings);
      assert(!restore.stdout.includes("\x1b"), "what a terminal would obey is not printed");
      assert.equal(stock.contents.of(join(directory, name)), stock.old.settled);
      await expectExit(stage, DONE, ["undo", "--yes", library], surroundings);
      assert.equal(stock.contents.of(join(directory, name)), stock.aside);
      const kept = namesIn(directory).filter((each) => each.startsWith(`${name}.before-restore-`));
      assert.equal(kept.length, 1);
      assert.deepEqual(namesIn(directory), [name, archive, ...kept].sort(), "nothing else is made");
      assert.deepEqual(
        namesIn(stage.path),
        ["backups", "vpo", basename(directory)].sort(),
        "and nothing somewhere else",
      );
    },
  };
}

export const NAME_CASES: readonly FileCase[] = NAMES.map(named);
