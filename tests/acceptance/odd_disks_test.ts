import assert from "node:assert/strict";
import { someOf, testMore } from "../support/extent.ts";
import { execute, query } from "../support/database.ts";
import { Home } from "../support/home.ts";
import type { Outcome } from "../support/program.ts";
import { answering, FILE_SYSTEMS } from "../support/surroundings/mounts.ts";

function done({ code, stderr }: Outcome): void {
  assert.deepEqual([code, stderr], [0, ""]);
}

// Issue 12, B13: the archives were thrown away, or the library on a local disk was said to be in use.
for (const [name, fileSystem] of Object.entries(FILE_SYSTEMS)) {
  testMore({
    name: `all commands: work with backups on another file system (${name}; needs root and FUSE)`,
    ignore: !fileSystem.can,
    async fn() {
      using home = Home.withLibrary();
      using _ = fileSystem.mount(home.backups);
      done(await home.run(["backup", "--dry-run"]));
      assert.deepEqual(home.archives(), [], "the trial leaves nothing");
      const named = ["backup", "--output", `${home.backups}/made.tar.gz`];
      done(await home.run(named));
      done(await home.run([...named, "--force"]));
      done(await home.run(["backup"]));
      done(await home.run(["backup", "--keep-last", "1"]));
      assert.equal(home.archives().length, 2, `no other file is left: ${home.archives()}`);
      for (const args of [["backups"], ["verify", "--all"], ["status"], ["show", "latest"], ["diff"]]) {
        done(await home.run(args));
      }
      const { code, stdout } = await home.run(["doctor"]);
      assert([0, 60].includes(code), stdout);
      assert.match(stdout, /Directory .*: it can be written to/);
      done(await home.run(["restore", "latest", "--yes"]));
      done(await home.run(["undo", "--yes"]));
      assert.equal(home.archives().length, 2, `nothing is left by those either: ${home.archives()}`);
    },
  });
}

for (const syncdir of someOf(["EINVAL", "ENOTTY", "EOPNOTSUPP", "EACCES", "EBADF"] as const, 1)) {
  const fileSystem = answering({ syncdir, link: "EIO" });
  Deno.test({
    name: `backup: where directories are not synced, ${syncdir}, that is noted and no failure (needs root and FUSE)`,
    ignore: !fileSystem.can,
    async fn() {
      using home = Home.withLibrary();
      using _ = fileSystem.mount(home.backups);
      const { code, stderr } = await home.run(["backup", "-v"]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /step directory not synced directory=/);
      assert.equal(home.archives().length, 1);
    },
  });
}

for (const syncdir of someOf(["EIO", "ENOSPC"] as const, 1)) {
  const fileSystem = answering({ syncdir });
  Deno.test({
    name:
      `backup: where syncing the directory fails, ${syncdir}, it fails, and there is no archive (needs root and FUSE)`,
    ignore: !fileSystem.can,
    async fn() {
      using home = Home.withLibrary();
      using _ = fileSystem.mount(home.backups);
      for (const args of [["backup"], ["backup", "--dry-run"]]) {
        assert.equal((await home.run(args)).code, syncdir === "EIO" ? 40 : 44);
        assert.deepEqual(home.archives(), []);
      }
    },
  });
}

const BROKEN = answering({ fsync: "EIO" });

Deno.test({
  name: "backup: an archive that cannot be synced is none (needs root and FUSE)",
  ignore: !BROKEN.can,
  async fn() {
    using home = Home.withLibrary();
    using _ = BROKEN.mount(home.backups);
    assert.equal((await home.run(["backup"])).code, 40);
    assert.deepEqual(home.archives(), []);
  },
});

// Issue 12, B13: a restore failed at its last step where the file system refuses a mode, and where it has no hard links.
for (
  const [what, fileSystem, warning] of someOf(
    [
      ["modes", FILE_SYSTEMS["bindfs --chmod-deny"], /^(Warning: the file system keeps no modes: .*\n)+$/],
      ["hard links, EIO", answering({ link: "EIO" }), /^$/],
      ["hard links, EXDEV", answering({ link: "EXDEV" }), /^$/],
      ["hard links, EACCES", answering({ link: "EACCES" }), /^$/],
    ] as const,
    1,
  )
) {
  Deno.test({
    name: `restore, undo: replace a library where there are no ${what} (needs root and FUSE)`,
    ignore: !fileSystem.can,
    async fn() {
      using home = Home.withLibrary();
      const archive = `${home.path}/kept.tar.gz`;
      done(await home.run(["backup", "--output", archive]));
      const disk = `${home.path}/disk`;
      using _ = fileSystem.mount(disk);
      const library = `${disk}/library.db`;
      Deno.writeFileSync(library, Deno.readFileSync(home.library));
      execute(library, "DELETE FROM files WHERE id > 200");
      for (const [args, count] of [[["restore", archive], 400], [["undo"], 200]] as const) {
        const { code, stderr } = await home.run([...args, "--library", library, "--yes"]);
        assert.equal(code, 0, stderr);
        assert.match(stderr, warning);
        assert.deepEqual(query(library, "SELECT count(*) FROM files"), [count]);
      }
    },
  });
}
