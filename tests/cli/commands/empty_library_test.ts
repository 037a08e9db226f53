import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { canMount, mountMemory } from "../../support/surroundings/mounts.ts";

const SMALL = { bytes: 64 * 1024 * 1024 };

/** A home with a library such as VPO's commands make where there is none: sound, and empty. */
function emptyHome(): Home {
  const home = Home.withLibrary();
  execute(home.library, "PRAGMA foreign_keys = ON; DELETE FROM files");
  return home;
}

Deno.test("backup: a library that knows no files is backed up, with a warning, and a dry run warns likewise", async () => {
  using home = emptyHome();
  const warning = 'Warning: the library lists no files: "HOME/.vpo/library.db"; ' +
    "if VPO works with another one, name it with --library PATH\n";
  for (const args of [["backup", "--dry-run"], ["backup"]]) {
    const { code, stderr } = await home.run(args);
    assert.deepEqual([code, home.masked(stderr)], [0, warning]);
  }
});

testMore("status, doctor: a library that knows no files is a warning", async () => {
  using home = emptyHome();
  await home.run(["backup", "-q"]);
  const status = await home.run(["status"]);
  assert.equal(status.code, 60);
  assert.match(
    home.masked(status.stdout),
    /^WARNING: the library lists no files: HOME\/\.vpo\/library\.db; the newest good/,
  );
  const { stdout } = await home.run(["status", "--json"]);
  const { reasons, library_file_count } = JSON.parse(stdout) as {
    reasons: { code: string; level: string }[];
    library_file_count: number;
  };
  assert.deepEqual(reasons.map(({ code, level }) => [code, level]), [["empty_library", "warning"]]);
  assert.equal(library_file_count, 0);
  const doctor = await home.run(["doctor"]);
  assert.equal(doctor.code, 60);
  assert.match(doctor.stdout, /^warning {2}Library .*; SQLite found no damage, but it lists no files\n/m);
});

testMore({
  name: "status, doctor: whether the backups are on the library's own disk is said, and is no warning (needs root)",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    await home.run(["backup", "-q"]);
    const own = await home.run(["status", "--json"]);
    assert.deepEqual([own.code, (JSON.parse(own.stdout) as { on_library_disk: boolean }).on_library_disk], [0, true]);
    assert.match((await home.run(["status"])).stdout, / free on the library's own disk, /);
    assert.match((await home.run(["doctor"])).stdout, /^ok +Backups +1 backup, .*, on the library's own disk\n/m);

    const path = join(home.path, "disk");
    using _disk = mountMemory(path, SMALL);
    const place = ["--backup-dir", path];
    assert.equal((await home.run(["backup", "-q", "--make-dir", ...place])).code, 0);
    const other = await home.run(["status", "--json", ...place]);
    assert.equal((JSON.parse(other.stdout) as { on_library_disk: boolean }).on_library_disk, false);
    for (const command of ["status", "doctor"]) {
      assert.doesNotMatch((await home.run([command, ...place])).stdout, /own disk/);
    }
  },
});
