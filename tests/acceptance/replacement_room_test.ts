import assert from "node:assert/strict";
import { join } from "node:path";
import { hasPython } from "../support/commands.ts";
import { someOf } from "../support/extent.ts";
import { crashLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";
import { canMount, mountMemory, mountOver } from "../support/surroundings/mounts.ts";

/** What a restore and an undo need of the place where the library is, and whose it is afterwards. */

const ignore = !hasPython || !canMount;
const MIB = 1024 * 1024;
const LOG = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA wal_autocheckpoint = 0",
  `CREATE TABLE large AS WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 24)
    SELECT randomblob(1000000) FROM numbers`.replaceAll("\n", " "),
];

for (const verb of someOf(["restore", "undo"] as const, 1)) {
  Deno.test({
    name: `${verb}: without room for the library's log nothing is touched (needs root and Python)`,
    ignore,
    async fn() {
      using home = new Home();
      const vpo = join(home.path, "small");
      // Room for a candidate and the margin, but not for bringing in the 24 MB of the log as well.
      using _disk = mountMemory(vpo, { bytes: (24 + 16 + 10) * MIB });
      const library = home.putLibrary(join(vpo, "library.db"));
      home.putLibrary(`${library}.before-restore-2026-02-06T09-12-44Z`);
      await crashLibrary(library, LOG);
      const log = Deno.statSync(`${library}-wal`).size;
      assert(log > 20 * MIB);
      const content = Deno.readFileSync(library);
      const archive = home.putArchive(VPO_ARCHIVES.present);
      const names = namesIn(vpo);
      const args = verb === "restore" ? ["restore", archive] : ["undo"];
      for (const how of ["--dry-run", "--yes"]) {
        const { code, stderr } = await home.run([...args, how, "--library", library]);
        assert.match(stderr, /not enough space in/);
        assert.equal(code, 44);
        assert.deepEqual(Deno.readFileSync(library), content);
        assert.equal(Deno.statSync(`${library}-wal`).size, log);
        assert.deepEqual(namesIn(vpo), names);
      }
    },
  });
}

Deno.test({
  name: "restore: onto a library that is mounted by itself it is refused with what to do (needs root)",
  ignore: !canMount,
  async fn() {
    using home = new Home();
    const archive = home.putArchive(VPO_ARCHIVES.present);
    const outside = home.putLibrary(join(home.path, "outside.db"));
    using _mount = mountOver(outside, home.library);
    for (const how of ["--dry-run", "--yes"]) {
      const { code, stderr } = await home.run(["restore", archive, how]);
      const why = `"HOME/.vpo/library.db" is mounted by itself, and a mounted file cannot be replaced`;
      const hint = "Mount the directory that it is in, not the file.";
      assert.equal(home.masked(stderr), `Error: Cannot restore the backup: ${why}\n${hint}\n`);
      assert.equal(code, 40);
    }
  },
});

Deno.test({
  name: "restore: what root makes in a user's home that has nothing of VPO's is that user's (needs root)",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    using home = new Home();
    const archive = home.putArchive(VPO_ARCHIVES.present);
    const user = join(home.path, "user");
    Deno.mkdirSync(user);
    Deno.chownSync(user, 1234, 1234);
    const { code, stderr } = await home.run(["restore", archive, "--yes"], { home: user });
    assert.equal(code, 0, stderr);
    for (const name of [".vpo", ".vpo/library.db"]) {
      const { uid, gid } = Deno.statSync(join(user, name));
      assert.deepEqual([uid, gid], [1234, 1234], name);
    }
  },
});
