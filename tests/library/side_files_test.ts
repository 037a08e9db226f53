import assert from "node:assert/strict";
import { PlantedFile, requireHarmlessFiles } from "../../src/library/side_files.ts";
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
