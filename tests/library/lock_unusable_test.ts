import assert from "node:assert/strict";
import { type HeldLibrary, holdLibrary } from "../../src/library/lock.ts";
import { sqliteFailure } from "../../src/library/sqlite.ts";
import { concat, noise } from "../support/bytes.ts";
import { connectTo, makeSmallLibrary } from "../support/small_library.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

/** Ends a hold of any state and says which it was. */
function letGo(found: { readonly state: string; readonly library?: HeldLibrary | null }): string {
  found.library?.[Symbol.dispose]();
  return found.state;
}

/** A database whose header is whole and whose first page is noise after it. */
function withoutSchema(database: Uint8Array): Uint8Array {
  return concat(database.subarray(0, 100), noise(database.length - 100));
}

Deno.test("holdLibrary: says that SQLite cannot use what is there", () => {
  using directory = new TemporaryDirectory();
  const sound = Deno.readFileSync(makeSmallLibrary(directory, "delete"));
  const broken: Record<string, Uint8Array> = {
    "text.db": new TextEncoder().encode("not a database ".repeat(1000)),
    "noise.db": noise(8192),
    "zeros.db": new Uint8Array(8192),
    "header.db": sound.subarray(0, 100),
    "schema.db": withoutSchema(sound),
  };
  for (const [name, content] of Object.entries(broken)) {
    const path = directory.file(name, content);
    assert.equal(letGo(holdLibrary(path, 0)), "unusable", name);
    assert.deepEqual(Deno.readFileSync(path), content, name);
  }
});

// A restore sets an unusable library aside whole: a person may still get something out of its log.
Deno.test({
  name: "holdLibrary: leaves a library that SQLite cannot use as it is, and its log, until another takes its place",
  ignore: Deno.build.os === "windows", // It renames nothing that is open.
  async fn() {
    using directory = new TemporaryDirectory();
    const library = makeSmallLibrary(directory, "wal");
    {
      await using peer = await connectTo(library);
      assert.equal(await peer.ask("PRAGMA wal_autocheckpoint = 0; INSERT INTO files VALUES (3)"), "ok");
      await peer.kill();
    }
    const sound = Deno.readFileSync(library);
    const log = Deno.readFileSync(`${library}-wal`);
    for (const content of [sound.subarray(0, 100), withoutSchema(sound)]) {
      for (const wal of [log, log.with(24, (log[24] ?? 0) ^ 1)]) {
        Deno.writeFileSync(library, content);
        Deno.writeFileSync(`${library}-wal`, wal);
        const found = holdLibrary(library, 0);
        assert.equal(found.state, "unusable");
        Deno.renameSync(library, directory.file("kept.db"));
        Deno.renameSync(`${library}-wal`, directory.file("kept.db-wal"));
        letGo(found);
        assert.deepEqual(Deno.readFileSync(directory.file("kept.db")), content);
        assert.deepEqual(Deno.readFileSync(directory.file("kept.db-wal")), wal);
      }
    }
  },
});

Deno.test("holdLibrary: refuses a library that was damaged while another process has it open", async () => {
  using directory = new TemporaryDirectory();
  const library = makeSmallLibrary(directory, "wal");
  const damaged = withoutSchema(Deno.readFileSync(library));
  await using _peer = await connectTo(library);
  Deno.writeFileSync(library, damaged);
  assert.throws(() => holdLibrary(library, 0), (error) => sqliteFailure(error) === "busy");
});
