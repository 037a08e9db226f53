import assert from "node:assert/strict";
import { join } from "node:path";
import { findIncomplete, removeIncomplete } from "../../../src/store/settings/incomplete_settings.ts";
import { directoryState } from "../../support/directory_state.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const DEAD = ".vpo-backup-00000000-0001";

/** What a killed run has left in a directory for others. */
function leave(directory: TemporaryDirectory): string {
  const there = directory.file("there");
  const root = join(there, `${DEAD}.settings`);
  Deno.mkdirSync(join(root, "policies"), { recursive: true });
  Deno.writeTextFileSync(join(root, "policies", "a.yaml"), "half");
  return there;
}

testWithSymlinks("removeIncomplete: removes settings, and leaves what is none of them, and what links lead to", () => {
  using directory = new TemporaryDirectory();
  const there = leave(directory);
  const mine = directory.file("policies");
  Deno.mkdirSync(mine);
  Deno.writeTextFileSync(join(mine, "b.yaml"), "mine");
  const root = join(there, `${DEAD}.settings`);
  makeSymlink(mine, join(root, "profiles"));
  Deno.writeTextFileSync(join(root, "notes.txt"), "mine");
  removeIncomplete(there, []);
  assert.deepEqual(Object.keys(directoryState(there)).sort(), [
    `${DEAD}.settings`,
    `${DEAD}.settings/notes.txt`,
    `${DEAD}.settings/profiles`,
  ]);
  assert.equal(Deno.readTextFileSync(join(mine, "b.yaml")), "mine");
});

Deno.test({
  name: "removeIncomplete: removes nothing where others can put something else in its place",
  ignore: Deno.build.os === "windows",
  fn() {
    using directory = new TemporaryDirectory();
    const there = leave(directory);
    Deno.chmodSync(there, 0o777);
    const before = directoryState(there);
    removeIncomplete(there, []);
    assert.deepEqual(directoryState(there), before);
    Deno.chmodSync(there, 0o755);
    removeIncomplete(there, []);
    assert.deepEqual(directoryState(there), {});
  },
});

Deno.test("findIncomplete: not those of a run that may be alive, whose work directory is there", () => {
  using directory = new TemporaryDirectory();
  const there = leave(directory);
  const root = join(there, `${DEAD}.settings`);
  assert.deepEqual(findIncomplete(there, []), [{ path: root, size: "half".length }]);
  Deno.mkdirSync(join(there, DEAD));
  assert.deepEqual(findIncomplete(there, []), []);
  assert.deepEqual(removeIncomplete(there, []), []);
  assert.equal(Deno.readTextFileSync(join(root, "policies", "a.yaml")), "half");
  assert.deepEqual(removeIncomplete(there, [join(there, DEAD)]), [root], "its run is known to be dead");
  assert.deepEqual(Object.keys(directoryState(there)), [DEAD]);
});
