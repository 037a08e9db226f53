import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf, testMore } from "../../support/extent.ts";
import { theirArchive } from "../../support/archives.ts";
import { sha256 } from "../../support/bytes.ts";
import { Home } from "../../support/home.ts";
import { makeOdd, ODD_DATABASES } from "../../support/odd_databases.ts";

/** Without the header, in which SQLite counts changes. */
function contentOf(database: string): string {
  return sha256(Deno.readFileSync(database).subarray(100));
}

/** Whether the Deno that the program runs on can limit SQLite. */
async function hasLimits(home: Home): Promise<boolean> {
  const { deno } = JSON.parse((await home.run(["version", "--json"])).stdout) as { deno: string };
  const [major = 0, minor = 0] = deno.split(".").map(Number);
  return major > 2 || minor >= 9;
}

for (const odd of someOf(ODD_DATABASES, 1)) {
  const whatIsSaid = [...odd.quick.stale, ...odd.quick.unchecked];

  Deno.test(`backup and restore --any-database: ${odd.name} is copied whole, and what was not checked is said`, async () => {
    using home = new Home();
    makeOdd(home.library, odd);
    const before = contentOf(home.library);
    for (const args of [["backup"], ["restore", "latest", "--yes"]]) {
      const { code, stderr } = await home.run([...args, "--any-database"]);
      assert.equal(code, 0, stderr);
      for (const what of whatIsSaid) assert(stderr.includes(`is sound, but`) && stderr.includes(what), stderr);
      assert.doesNotMatch(stderr, /SQL logic error|damaged/);
    }
    assert.equal(contentOf(home.library), before);
    const { code, stdout } = await home.run(["verify", "--any-database"]);
    assert.equal(code, odd.full.stale.length > 0 ? 60 : 0, stdout);
    // Without limits, which Deno sets from 2.9 on, more can be checked.
    const unchecked = await hasLimits(home) ? odd.full.unchecked : [];
    for (const what of [...odd.full.stale, ...unchecked]) assert(stdout.includes(what), stdout);
  });
}

testMore("restore: VPO's archive with an index that does not match its table is restored, with a warning", async () => {
  using home = Home.withLibrary();
  const [stray] = ODD_DATABASES;
  assert(stray !== undefined);
  const odd = home.putLibrary(join(home.path, "odd.db"));
  makeOdd(odd, stray);
  const archive = home.file("theirs.tar.gz", theirArchive(Deno.readFileSync(odd)));
  const { code, stderr } = await home.run(["restore", archive, "--yes"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /is sound, but index stray does not match its table: REINDEX fixes it/);
  const doctor = await home.run(["doctor"]);
  assert.match(doctor.stdout, /warning {2}Library {6}index stray does not match its table: REINDEX fixes it/);
});
