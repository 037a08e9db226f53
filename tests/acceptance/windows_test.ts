import assert from "node:assert/strict";
import { join, parse, win32 } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { execute, isSound, query } from "../support/database.ts";
import { Home } from "../support/home.ts";
import { type Outcome, runProgram } from "../support/program.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

/** What is so on Windows only: its names, its locks, its attributes. */

function testOnWindows(name: string, fn: () => Promise<void>, isPossible = true): void {
  Deno.test({ name: `on Windows: ${name}`, ignore: Deno.build.os !== "windows" || !isPossible, fn });
}

/** A home below a directory of this name. */
class NamedHome extends Home {
  readonly directory: string;
  readonly libraryThere: string;

  constructor(...names: readonly string[]) {
    super();
    this.directory = join(this.path, ...names);
    this.libraryThere = join(this.directory, ".vpo", "library.db");
    Deno.mkdirSync(join(this.directory, ".vpo"), { recursive: true });
    this.putLibrary(this.libraryThere);
  }

  /** Runs the program as a user whose profile is there; a shell such as Git's has set `HOME`, which does not count. */
  runThere(...args: readonly string[]): Promise<Outcome> {
    return runProgram(args, { home: this.path, env: { USERPROFILE: this.directory }, cwd: this.path });
  }
}

/** Backs a library up, empties it, gets it back, and undoes that. */
async function thereAndBack(home: NamedHome): Promise<void> {
  const done = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await home.runThere(...args);
    assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const count = () => query(home.libraryThere, "SELECT count(*) FROM files")[0];
  const { path } = await done("backup", "--json");
  assert.equal(win32.dirname(String(path)), join(home.directory, ".vpo", "backups"));
  execute(home.libraryThere, "DELETE FROM files");
  assert.equal((await done("backups", "--json"))["total_count"], 1);
  assert.equal((await done("restore", "latest", "--yes", "--json"))["database_path"], home.libraryThere);
  assert.equal(count(), 400);
  await done("undo", "--yes", "--json");
  assert.equal(count(), 0);
  assert(isSound(home.libraryThere));
}

testOnWindows("a profile with a space and letters that are not ASCII in its name", async () => {
  using home = new NamedHome("Jörg Ünal 映画");
  await thereAndBack(home);
});

const LONG = Array.from({ length: 6 }, (_, index) => `${index}`.padEnd(50, "-long"));

/** Wine cannot say where a file is whose path is so long. */
const tellsLongPaths: boolean = Deno.build.os === "windows" && (() => {
  using directory = new TemporaryDirectory();
  const path = join(directory.path, ...LONG);
  Deno.mkdirSync(path, { recursive: true });
  try {
    return Deno.realPathSync(path) === path;
  } catch {
    return false;
  }
})();

testOnWindows("paths of more than 260 characters", async () => {
  using home = new NamedHome(...LONG);
  assert(home.libraryThere.length > 300);
  await thereAndBack(home);
}, tellsLongPaths);

testOnWindows("a library that a program has open is backed up, and not replaced", async () => {
  using home = new NamedHome("there");
  using holder = new DatabaseSync(home.libraryThere);
  holder.prepare("SELECT count(*) FROM files").get();
  assert.equal((await home.runThere("backup", "--quiet")).code, 0);
  const { code, stderr } = await home.runThere("restore", "latest", "--yes", "--wait", "0");
  assert.equal(code, 43, stderr);
  assert.match(stderr, /is in use by another process/);
  assert.equal(holder.prepare("SELECT count(*) AS count FROM files").get()?.["count"], 400);
  holder.close();
  assert.equal((await home.runThere("restore", "latest", "--yes", "--quiet")).code, 0);
});

testOnWindows("an archive that a program has open can be read", async () => {
  using home = new NamedHome("there");
  assert.equal((await home.runThere("backup", "--quiet")).code, 0);
  const backups = join(home.directory, ".vpo", "backups");
  const [name = ""] = Array.from(Deno.readDirSync(backups), ({ name }) => name).filter((name) => name.endsWith(".gz"));
  using _open = Deno.openSync(join(backups, name));
  assert.equal((await home.runThere("verify", "--quiet")).code, 0);
  assert.equal((await home.runThere("restore", "latest", "--yes", "--quiet")).code, 0);
});

testOnWindows(
  "a library that is marked read-only is backed up, and not replaced",
  async () => {
    using home = new NamedHome("there");
    Deno.chmodSync(home.libraryThere, 0o444);
    try {
      const count = () => query(home.libraryThere, "SELECT count(*) FROM files");
      const { code, stderr } = await home.runThere("backup", "--quiet");
      assert.equal(code, 0, stderr);
      const restored = await home.runThere("restore", "latest", "--yes", "--quiet");
      // Wine lets root open it for writing, as Windows does not, and refuses to replace it.
      assert([40, 43].includes(restored.code), restored.stderr);
      assert.deepEqual(count(), [400]);
    } finally {
      Deno.chmodSync(home.libraryThere, 0o666);
    }
  },
);

testOnWindows("a path may have either separator and no drive, but a drive alone is no place", async () => {
  using home = new NamedHome("there");
  const { root } = parse(home.path);
  const below = home.libraryThere.slice(root.length);
  for (const path of [`\\${below}`, home.libraryThere.replaceAll("\\", "/"), `\\\\?\\${home.libraryThere}`]) {
    const { code, stdout, stderr } = await home.runThere("backup", "--dry-run", "--json", "--library", path);
    assert.equal(code, 0, `${path}: ${stdout}${stderr}`);
    assert.equal((JSON.parse(stdout) as { database_path: string }).database_path, home.libraryThere);
  }
  const { code, stderr } = await home.runThere("backup", "--library", `${root.slice(0, 2)}there\\.vpo\\library.db`);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /it depends on the current directory of that drive/);
});

testOnWindows("a share or a drive that is not there is told as such", async () => {
  using home = new NamedHome("there");
  const share = "\\\\no-such-host.invalid\\share";
  for (const place of [["--library", `${share}\\library.db`], ["--backup-dir", `${share}\\backups`]]) {
    const { code, stderr } = await home.runThere("backup", ...place);
    // From Deno 2.9 on no program with limited permissions may name a share.
    if (code === 40) assert.match(stderr, /Deno does not let .*\nMap the share to a drive letter \(net use\)/);
    else assert.match(stderr, /there is no drive or share .*\nIs the disk or the share connected\?/);
    assert([20, 40].includes(code));
  }
  const { code, stderr } = await home.runThere("backup", "--library", "Q:\\library.db");
  assert.equal(code, 20, stderr);
  assert.notEqual((await home.runThere("backup", "--backup-dir", "Q:\\backups")).code, 0);
});

testOnWindows("a name that no file can have is refused before anything is done", async () => {
  using home = new NamedHome("there");
  for (const name of ["what?.tar.gz", "a:b.tar.gz", "<x>.tar.gz"]) {
    const { code, stderr } = await home.runThere("backup", "--output", join(home.path, name));
    assert.notEqual(code, 0, name);
    assert.match(stderr, /^Error: /);
    assert.deepEqual(home.names().sort(), [".vpo", "there"].sort(), name);
  }
});
