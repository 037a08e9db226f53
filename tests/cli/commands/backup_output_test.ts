import assert from "node:assert/strict";
import { join } from "node:path";
import { readThrough } from "../../support/archives.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

/** Backs up to `output` and gives the path that the archive got, with times masked. */
async function backUpTo(home: Home, output: string): Promise<string> {
  const { code, stdout, stderr } = await home.run(["backup", "--json", "--make-dir", "--output", output]);
  assert.equal(code, 0, stderr);
  const { path } = JSON.parse(stdout) as { path: string };
  await readThrough(path);
  return home.masked(path);
}

/** Why a backup to `output` is refused as wrong usage. */
async function refusal(home: Home, output: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.run(["backup", "--output", output, ...args]);
  assert.deepEqual([code, stdout], [2, ""]);
  return home.masked(stderr);
}

Deno.test("backup --output: a directory gets an archive with a name of our own", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(join(home.path, "plain"));
  Deno.mkdirSync(join(home.path, "named.tar.gz"));
  const directories = [
    ["missing/deep", "HOME/missing/deep"],
    [join(home.path, "plain"), "HOME/plain"],
    ["named.tar.gz", "HOME/named.tar.gz"],
    ["~/mine", "HOME/mine"],
    ["dotted.dir/", "HOME/dotted.dir"],
  ] as const;
  for (const [named, directory] of someOf(directories, 2)) {
    assert.equal(await backUpTo(home, named), `${directory}/vpo-library-NOW.tar.gz`);
  }
});

Deno.test("backup --output: a file gets that name, its directories are made", async () => {
  using home = Home.withLibrary();
  assert.equal(await backUpTo(home, "one.tar.gz"), "HOME/one.tar.gz");
  assert.equal(await backUpTo(home, "a/b/two.tar.gz"), "HOME/a/b/two.tar.gz");
  assert.deepEqual(Object.keys(home.state()), [
    ".vpo",
    ".vpo/library.db",
    "a",
    "a/b",
    "a/b/.vpo-backup-place",
    "a/b/two.tar.gz",
    "one.tar.gz",
  ]);
});

Deno.test("backup --output: an existing file is replaced with --force and never without", async () => {
  using home = Home.withLibrary();
  const path = home.file("mine.tar.gz", new Uint8Array([1, 2, 3]));
  const before = home.state();
  const message = `Error: Cannot back up to "HOME/mine.tar.gz": it already exists
Choose another name, or replace it with --force.
`;
  assert.equal(await refusal(home, path), message);
  assert.equal(await refusal(home, path, "--dry-run"), message);
  assert.deepEqual(home.state(), before);

  const planned = await home.run(["backup", "-o", path, "--force", "--dry-run", "--json"]);
  assert.equal((JSON.parse(planned.stdout) as { output_path: string }).output_path, path);
  assert.deepEqual(home.state(), before);

  assert.equal((await home.run(["backup", "-o", path, "--force", "-q"])).code, 0);
  assert.equal((await readThrough(path)).file_count, 400);
  assert.deepEqual(Object.keys(home.state()), Object.keys(before));
});

testWithSymlinks(
  "backup --output: with --force a link is replaced itself, and a name that is free is as good",
  async () => {
    using home = Home.withLibrary();
    const real = home.file("real.tar.gz", new Uint8Array([1]));
    makeSymlink("real.tar.gz", join(home.path, "link.tar.gz"));
    for (const name of ["link.tar.gz", "free.tar.gz"]) {
      const path = join(home.path, name);
      assert.equal((await home.run(["backup", "-o", path, "--force", "-q"])).code, 0);
      assert(Deno.lstatSync(path).isFile);
      await readThrough(path);
    }
    assert.deepEqual(Deno.readFileSync(real), new Uint8Array([1]));
  },
  testMore,
);

testWithSymlinks("backup --output: a link counts as an existing file, even one that leads to nothing", async () => {
  using home = Home.withLibrary();
  home.file("real.tar.gz", new Uint8Array([1]));
  makeSymlink("real.tar.gz", join(home.path, "link.tar.gz"));
  makeSymlink("missing.tar.gz", join(home.path, "dangling.tar.gz"));
  const before = home.state();
  for (const name of ["link.tar.gz", "dangling.tar.gz"]) {
    assert.match(await refusal(home, name), new RegExp(`"HOME/${name}": it already exists\n`));
  }
  assert.deepEqual(home.state(), before);
}, testMore);

testMore("backup --output: refuses names that are neither", async () => {
  using home = Home.withLibrary();
  home.file("notes", new Uint8Array([1]));
  const before = home.state();
  const suffix = `a file name must end in .tar.gz
Name a directory or another file.
`;
  for (const name of ["library.zip", "library.tgz", "deep/library.tar", "notes"]) {
    assert.equal(await refusal(home, name), `Error: Cannot back up to "${name}": ${suffix}`);
  }
  assert.match(await refusal(home, home.library, "--force"), /it is the library itself\n/);
  assert.deepEqual(home.state(), before);
});

testMore("backup --output: directories that were made for nothing are removed again", async () => {
  using home = new Home();
  home.file(".vpo/library.db", new TextEncoder().encode("this is no database"));
  Deno.mkdirSync(join(home.path, "disk"));
  const before = home.state();
  for (const output of ["disk/a/b/c", "disk/a/b/c.tar.gz"]) {
    assert.equal((await home.run(["backup", "--make-dir", "--output", output])).code, 42);
  }
  assert.equal((await home.run(["backup"])).code, 42);
  assert.deepEqual(home.state(), before);
});

Deno.test("backup --output: an empty name is not the current directory", async () => {
  using home = Home.withLibrary();
  const before = home.state();
  await refusal(home, "");
  assert.deepEqual(home.state(), before);
});

Deno.test("backup --output: a file where a directory should be is told as such", async () => {
  using home = Home.withLibrary();
  const path = home.file("file.tar.gz", new Uint8Array([1]));
  const before = home.state();
  const { code, stderr } = await home.run(["backup", "--output", join(path, "x.tar.gz")]);
  assert.match(home.masked(stderr), /^Error: Cannot back up.*HOME\/file\.tar\.gz/);
  assert.equal(code, 40);
  assert.deepEqual(home.state(), before);
});
