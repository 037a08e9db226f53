import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { theirMetadata, theirTar } from "../../support/archives.ts";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";

const NAME = "vpo-library-2026-02-05T14-30-22Z.tar.gz";
const FIXTURE = new URL("../../fixtures/library-v27.db", import.meta.url);
const SAID = "its metadata say otherwise: schema v27, a database of 700.0 KB, 399 files, media of 1.0 KB";

/** A home with VPO's archive of a library of schema 25, of which its metadata say all that VPO gets wrong. */
function homeWithLiar(): Home {
  const home = new Home();
  const library = home.file("old.db", Deno.readFileSync(FIXTURE));
  execute(library, "PRAGMA journal_mode = DELETE; UPDATE _meta SET value = '25' WHERE key = 'schema_version'");
  const wrong = { database_size_bytes: 700 * 1024, file_count: 399, total_library_size_bytes: 1024 };
  const metadata = { ...theirMetadata(0), ...wrong };
  Deno.mkdirSync(home.backups);
  home.file(`.vpo/backups/${NAME}`, gzipSync(theirTar(Deno.readFileSync(library), metadata)));
  return home;
}

const OTHERWISE = {
  schema_version: 27,
  database_size_bytes: 700 * 1024,
  file_count: 399,
  total_library_size_bytes: 1024,
};

Deno.test("show: what is in the library of VPO's archive, and that its metadata say otherwise", async () => {
  using home = homeWithLiar();
  const { code, stdout } = await home.run(["show", NAME]);
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}Schema: +v25$/m);
  assert.match(stdout, /^ {2}Media: +400 files, 10\.9 TB$/m);
  assert(stdout.includes(`  Note:          ${SAID}\n`), stdout);
  const document = JSON.parse((await home.run(["show", NAME, "--json"])).stdout) as Record<string, unknown>;
  assert.deepEqual(document["metadata_say_otherwise"], OTHERWISE);
  assert.deepEqual([document["schema_version"], document["file_count"]], [25, 400]);
});

testMore("verify: what is in the library of VPO's archive, and that its metadata say otherwise", async () => {
  using home = homeWithLiar();
  const { code, stdout } = await home.run(["verify", NAME]);
  assert.deepEqual([code, stdout], [0, `ok         ${NAME}  400 files, 776.0 KB; ${SAID}\n`]);
  const { backups } = JSON.parse((await home.run(["verify", NAME, "--json"])).stdout) as {
    backups: Record<string, unknown>[];
  };
  assert.deepEqual(backups[0]?.["metadata_say_otherwise"], OTHERWISE);
});

testMore("show, verify: nothing is said of metadata that are right", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  for (const command of ["show", "verify"]) {
    assert.doesNotMatch((await home.run([command, "latest"])).stdout, /otherwise/);
  }
});
