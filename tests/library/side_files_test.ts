import assert from "node:assert/strict";
import { join } from "node:path";
import { PlantedFile, requireHarmlessFiles } from "../../src/library/side_files.ts";
import { Snapshot } from "../../src/library/snapshot.ts";
import { hasPython } from "../support/commands.ts";
import { Peer } from "../support/peer.ts";
import { makeSmallLibrary } from "../support/small_library.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const OWNER = 1000;

Deno.test({
  name: "requireHarmlessFiles: a side file may be another user's or have a second name, but not both (needs root)",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn() {
    using directory = new TemporaryDirectory();
    const library = makeSmallLibrary(directory, "wal");
    Deno.chownSync(library, OWNER, OWNER);
    const other = directory.file("other", new Uint8Array(1));
    for (const suffix of ["-wal", "-shm", "-journal"]) {
      Deno.writeTextFileSync(library + suffix, "");
      requireHarmlessFiles(library);
      Deno.removeSync(library + suffix);

      Deno.linkSync(other, library + suffix);
      assert.throws(() => requireHarmlessFiles(library), PlantedFile);
      Deno.chownSync(other, OWNER, OWNER);
      requireHarmlessFiles(library);
      Deno.chownSync(other, 0, 0);
      Deno.removeSync(library + suffix);
    }
  },
});

/** Puts a file beside the library, once it is asked to, and only then lets go of the lock. */
const PLANTING = `
import os, sqlite3, sys, time
library, planted = sys.argv[1:]
connection = sqlite3.connect(library, isolation_level=None)
connection.execute("PRAGMA locking_mode = EXCLUSIVE")
connection.execute("BEGIN EXCLUSIVE")
print("locked")
sys.stdin.readline()
time.sleep(0.3)
os.rename(planted, library + "-shm")
connection.close()
sys.stdin.read()
`;

Deno.test({
  name: "Snapshot.pin: overwrites no file that was linked beside the library while it waited (needs root and Python)",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 || !hasPython,
  async fn() {
    using directory = new TemporaryDirectory();
    const library = makeSmallLibrary(directory, "wal");
    Deno.chownSync(library, OWNER, OWNER);
    const victim = directory.file("victim", new Uint8Array(100).fill(1));
    const planted = join(directory.path, "planted");
    Deno.linkSync(victim, planted);
    await using peer = Peer.python(PLANTING, library, planted);
    assert.equal(await peer.answer(), "locked");
    await peer.tell("plant");
    assert.throws(() => Snapshot.pin(library, 30), PlantedFile);
    assert.deepEqual(Deno.readFileSync(victim), new Uint8Array(100).fill(1));
    assert.equal(Deno.statSync(victim).uid, 0);
  },
});
