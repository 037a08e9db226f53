import assert from "node:assert/strict";
import { join } from "node:path";
import { writeTextFiles } from "../../src/engine/text_file.ts";
import { testMore } from "../support/extent.ts";
import { Home } from "../support/home.ts";

const INTENT = { action: "Cannot write it", replace: true, remedy: "Name another file." };
const MODES = 0o7777;
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;

/** What a page, replaced in a home, has for a mode and a group after it was as `prepare` leaves it. */
function replaced(home: Home, prepare: (path: string) => void): readonly [string, number | null] {
  const path = home.file("page.html", new TextEncoder().encode("old"));
  prepare(path);
  writeTextFiles(home.path, [{ name: "page.html", text: "new" }], INTENT);
  assert.equal(Deno.readTextFileSync(path), "new");
  const { mode, gid } = Deno.lstatSync(path);
  Deno.removeSync(path);
  return [((mode ?? 0) & MODES).toString(8), gid];
}

Deno.test({
  name: "keepReaders: whoever could read the old file can read the new one, and nobody else",
  ignore: Deno.build.os === "windows",
  fn() {
    using home = new Home();
    const modes = { 0o644: "644", 0o666: "644", 0o755: "644", 0o600: "600", 0o400: "600", 0o604: "600", 0o640: "600" };
    for (const [mode, expected] of Object.entries(modes)) {
      assert.equal(replaced(home, (path) => Deno.chmodSync(path, Number(mode)))[0], expected, Number(mode).toString(8));
    }
    const [unused] = replaced(home, (path) => Deno.removeSync(path));
    assert.equal(unused, "600");
    const linked = replaced(home, (path) => {
      Deno.renameSync(path, join(home.path, "other.html"));
      Deno.chmodSync(join(home.path, "other.html"), 0o644);
      Deno.symlinkSync("other.html", path);
    });
    assert.equal(linked[0], "600");
  },
});

testMore({
  name: "keepReaders: a file given to another group stays that group's; a stranger's says nothing (needs root)",
  ignore: !isRoot,
  fn() {
    using home = new Home();
    const give = (uid: number, gid: number, mode: number) => (path: string) => {
      Deno.chownSync(path, uid, gid);
      Deno.chmodSync(path, mode);
    };
    assert.deepEqual(replaced(home, give(0, 33, 0o640)), ["640", 33]);
    assert.deepEqual(replaced(home, give(0, 33, 0o600))[0], "600");
    assert.deepEqual(replaced(home, give(1000, 1000, 0o644)), ["600", 0]);
  },
});
