import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { hasPython } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { holdLibrary } from "../../support/holder.ts";
import { Home } from "../../support/home.ts";
import { canBeOtherUser, OtherUser } from "../../support/surroundings/other_user.ts";
import { canMount, mountReadOnly } from "../../support/surroundings/mounts.ts";

/** What is wrong may be told only as far as it is known. */
const NO_SIDE_FILES = /cannot be read: SQLite needs a file beside a library to read it, and cannot create one there/;

Deno.test({
  name:
    "backup: a library beside which this user may make no file has no unfinished transaction (needs root and setpriv)",
  ignore: !canBeOtherUser,
  async fn() {
    using user = new OtherUser(2000);
    using home = Home.withLibrary();
    for (const path of [home.path, home.vpo]) Deno.chmodSync(path, 0o755);
    Deno.chmodSync(home.library, 0o644);
    execute(home.library, "PRAGMA journal_mode = WAL");
    user.give(home.library);
    const args = ["--force", "--make-dir", "--library", home.library, "--output", user.home];
    const { code, stderr } = await user.run(["backup", ...args]);
    assert.equal(code, 40, stderr);
    assert.match(stderr, NO_SIDE_FILES);
    assert.doesNotMatch(stderr, /killed|damaged/);
  },
});

Deno.test({
  name:
    "backup: a library on a read-only file system is not said to be damaged, or left by a killed program (needs root)",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    execute(home.library, "PRAGMA journal_mode = WAL");
    const output = join(home.path, "elsewhere");
    Deno.mkdirSync(output);
    using _mount = mountReadOnly(home.vpo);
    const { code, stderr } = await home.run(["backup", "--make-dir", "--output", output]);
    assert.equal(code, 40, stderr);
    assert.match(stderr, NO_SIDE_FILES);
    assert.match(stderr, /read-only file system/);
  },
});

Deno.test({
  name: "doctor: of an idle program, whose log is empty, it does not say that none has the library open (needs Python)",
  ignore: !hasPython,
  async fn() {
    using home = Home.withLibrary();
    await using _idle = await holdLibrary(home.library, [
      "PRAGMA journal_mode = WAL",
      "SELECT count(*) FROM files",
    ]);
    const { stdout } = await home.run(["doctor"]);
    assert.match(stdout, /^ok {7}In use {7}nothing tells whether a program has it open/m);
  },
});

testMore(
  "backup, doctor: of a file that is no database and not named like one, no restore over it is advised",
  async () => {
    using home = new Home();
    const passwords = home.file("passwd", new TextEncoder().encode("root:x:0:0:root:/root:/bin/bash\n".repeat(40)));
    for (const command of ["backup", "doctor"]) {
      const { code, stdout, stderr } = await home.run([command, "--library", passwords]);
      assert(code === 42 || code === 61, stderr);
      assert.match(stdout + stderr, /Name (VPO's|the) library with --library PATH/);
      assert.doesNotMatch(stdout + stderr, /restore latest|damaged/);
    }
  },
);

Deno.test("doctor: what a run that comes to its end is just removing is not a killed run's", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(home.backups);
  let count = 0;
  let path: string | null = null;
  // There is always one, and never the same for long.
  const next = () => {
    if (path !== null) Deno.removeSync(path);
    path = join(home.backups, `.vpo-backup-${String(++count).padStart(8, "0")}-0123`);
    Deno.mkdirSync(path, { mode: 0o700 });
  };
  next();
  const timer = setInterval(next, 100);
  try {
    const { stdout } = await home.run(["doctor"]);
    assert.doesNotMatch(stdout, /killed runs left/);
  } finally {
    clearInterval(timer);
  }
});
