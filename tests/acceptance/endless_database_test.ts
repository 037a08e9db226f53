import assert from "node:assert/strict";
import { join } from "node:path";
import { archiveOf } from "../torture/archives/database_ground.ts";
import { databaseBombs } from "../torture/archives/database_bombs.ts";
import { directoryState } from "../support/directory_state.ts";
import { Home } from "../support/home.ts";

/** Libraries of some KB that SQLite never gets to the end of; found by the trials, which kept a check busy for ever. */
const ENDLESS = databaseBombs().filter(({ name }) => /lead to the same page/.test(name));

Deno.test("backup: a library that a look at never ends is refused, with nothing left behind", async () => {
  assert.equal(ENDLESS.length, 4);
  for (const { make } of ENDLESS) {
    using home = new Home();
    make(home.library);
    const { code, stderr } = await home.run(["backup"]);
    assert.equal(code, 42, stderr);
    assert.deepEqual(Array.from(Deno.readDirSync(home.vpo), ({ name }) => name).sort(), ["library.db"]);
  }
});

Deno.test("restore: an archive with such a library is refused, with nothing changed", async () => {
  using home = Home.withLibrary();
  const endless = ENDLESS.find(({ name }) => name.startsWith("a schema"));
  assert(endless !== undefined);
  const archive = join(home.backups, "vpo-library-2026-02-05T14-30-22Z.tar.gz");
  Deno.mkdirSync(home.backups, { recursive: true });
  Deno.writeFileSync(archive, await archiveOf(endless, join(home.path, "endless")));
  const before = directoryState(home.vpo);
  const { code, stderr } = await home.run(["restore", archive, "--yes"]);
  assert.equal(code, 46, stderr);
  assert.match(stderr, /checking the library in .* does not come to an end/);
  assert.deepEqual(directoryState(home.vpo), before);
});
