import assert from "node:assert/strict";
import { join } from "node:path";
import { backupDirectory } from "../../../src/cli/options/backup_directory.ts";
import { expandHome, hasSeparator, homeOf } from "../../../src/cli/options/paths.ts";
import { BackupError } from "../../../src/errors.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

type Variables = Readonly<Record<string, string>>;

const HOME = "/home/u";

function directory(flag: string | undefined, variables: Variables): string {
  return backupDirectory({ backupDir: flag, config: undefined }, (name) => variables[name]);
}

/** For `assert.throws`: wrong usage, with these texts. */
function usage(message: string, hint: string) {
  return (error: unknown) => {
    assert(error instanceof BackupError);
    assert.deepEqual([error.code, error.message, error.hint], ["usage", message, hint]);
    return true;
  };
}

Deno.test("backupDirectory: the flag, then VPO_BACKUP_DIR, then the home directory", () => {
  const all = { HOME, VPO_DATABASE_PATH: "/db/my.db", VPO_BACKUP_DIR: "/backups" };
  assert.equal(directory("here", all), "here");
  assert.equal(directory(undefined, all), "/backups");
  assert.equal(directory(undefined, { HOME }), join(HOME, ".vpo", "backups"));
});

Deno.test("backupDirectory: that of VPO_DATA_DIR only where the one library is there", () => {
  using home = new Home();
  using data = new TemporaryDirectory();
  const env = { HOME: home.path, VPO_DATA_DIR: data.path };
  assert.equal(directory(undefined, env), home.backups, "VPO looks there neither for a library nor for backups");
  home.putLibrary(data.file("library.db"));
  assert.equal(directory(undefined, env), data.file("backups"));
  assert.equal(directory(undefined, { VPO_DATA_DIR: data.path }), data.file("backups"));
  assert.equal(directory(undefined, { ...env, VPO_BACKUP_DIR: "/backups" }), "/backups");
  home.putLibrary();
  assert.equal(directory(undefined, env), home.backups);
});

Deno.test("backupDirectory: an empty value counts as none", () => {
  const empty = { HOME, VPO_DATA_DIR: "", VPO_DATABASE_PATH: "", VPO_BACKUP_DIR: "" };
  assert.equal(directory("", empty), join(HOME, ".vpo", "backups"));
});

Deno.test("backupDirectory: USERPROFILE is the home where there is no HOME; of both the system's own counts", () => {
  assert.equal(directory(undefined, { USERPROFILE: HOME }), join(HOME, ".vpo", "backups"));
  const home = Deno.build.os === "windows" ? "/other" : HOME;
  assert.equal(directory(undefined, { USERPROFILE: "/other", HOME }), join(home, ".vpo", "backups"));
});

Deno.test("backupDirectory: a tilde in any value is the home", () => {
  assert.equal(directory("~/b", { HOME }), join(HOME, "b"));
  assert.equal(directory(undefined, { HOME, VPO_BACKUP_DIR: "~/b" }), join(HOME, "b"));
  using home = new Home();
  Deno.mkdirSync(join(home.path, "data"));
  home.putLibrary(join(home.path, "data", "library.db"));
  const env = { HOME: home.path, VPO_DATA_DIR: "~/data" };
  assert.equal(directory(undefined, env), join(home.path, "data", "backups"));
});

Deno.test("expandHome: on Windows a colon is for drives; in a name it would begin a hidden stream of another file", () => {
  const none = () => undefined;
  for (const path of ["C:\\a\\b.tar.gz", "\\\\?\\C:\\a", "b.tar.gz", "\\\\nas\\share\\a"]) {
    assert.equal(expandHome(path, none, "windows"), path);
  }
  for (const path of ["C:\\a:b.tar.gz", "a:b.tar.gz:c", "D:\\lib.db::$DATA", "\\\\nas\\share\\a:b"]) {
    assert.throws(() => expandHome(path, none, "windows"), /^BackupError: Cannot use ".*": on Windows a file name/);
    assert.equal(expandHome(path, none, "linux"), path);
  }
  assert.throws(
    () => expandHome("C:lib.db", none, "windows"),
    /^BackupError: .*: it depends on the current directory/,
  );
});

Deno.test("backupDirectory: without a home the error says which option to give", () => {
  assert.throws(
    () => directory(undefined, { HOME: "", USERPROFILE: "" }),
    usage("Cannot tell where the backup directory is: HOME is not set", "Name it with --backup-dir DIR."),
  );
  assert.throws(
    () => directory("~/b", {}),
    usage('Cannot tell what "~/b" is: HOME is not set', "Give the full path."),
  );
});

Deno.test("expandHome: just a leading tilde that stands alone", () => {
  const env = (name: string) => name === "HOME" ? HOME : undefined;
  assert.equal(expandHome("~", env), join(HOME));
  assert.equal(expandHome("~/", env), join(HOME, "/"));
  assert.equal(expandHome("~/a/~/b", env), join(HOME, "a/~/b"));
  for (const path of ["~other/x", "a/~/b", "./~", "", "/~"]) assert.equal(expandHome(path, env), path);
});

Deno.test("homeOf: HOME, but USERPROFILE on Windows, and the other where that is missing", () => {
  const home = (variables: Variables, os: typeof Deno.build.os) => homeOf((name) => variables[name], os);
  const both = { HOME: "/c/Users/u", USERPROFILE: "C:\\Users\\u" };
  assert.equal(home(both, "linux"), both.HOME);
  assert.equal(home(both, "darwin"), both.HOME);
  assert.equal(home(both, "windows"), both.USERPROFILE);
  assert.equal(home({ HOME: "/c/Users/u", USERPROFILE: "" }, "windows"), "/c/Users/u");
  assert.equal(home({}, "windows"), undefined);
});

Deno.test("hasSeparator: a backslash separates on Windows and is part of a name elsewhere", () => {
  for (const os of ["linux", "darwin", "windows"] as const) {
    for (const path of ["/", "a/b", "a/"]) assert(hasSeparator(path, os));
    for (const path of ["", "a", "vpo-library-2026-02-05T14-30-22Z.tar.gz"]) {
      assert.equal(hasSeparator(path, os), false);
    }
    assert.equal(hasSeparator("a\\b", os), os === "windows");
  }
});

Deno.test("backupDirectory: a build's own directory takes the place of the home's and of nothing else", () => {
  const built = { library_dir: "/srv/vpo", backup_dir: "/srv/backups" };
  const env = (variables: Variables) => (name: string) => variables[name];
  const named = (backupDir: string | undefined) => ({ backupDir, config: undefined });
  assert.equal(backupDirectory(named(undefined), env({}), built), "/srv/backups");
  assert.equal(backupDirectory(named("here"), env({ HOME }), built), "here");
  assert.equal(backupDirectory(named(undefined), env({ VPO_DATA_DIR: "/data" }), built), "/srv/backups");
});

/** The library and the backup that would be made, as the program tells it with this directory's path masked. */
async function plan(home: Home, args: string[], env: Variables, isHomeSet = true): Promise<unknown[]> {
  const surroundings = { env, home: isHomeSet ? home.path : null, cwd: home.path };
  const { code, stdout, stderr } = await home.run(
    ["backup", "--dry-run", "--make-dir", "--json", ...args],
    surroundings,
  );
  assert.equal(code, 0, stdout + stderr);
  const document = home.document(stdout) as Record<string, unknown>;
  return [document["database_path"], document["output_path"]];
}

testMore("paths: the program goes by its options and its environment", async () => {
  using home = Home.withLibrary();
  Deno.mkdirSync(join(home.path, "data"));
  home.putLibrary(join(home.path, "data", "library.db"));
  home.putLibrary(join(home.path, "named.db"));
  const data = join(home.path, "data");
  const all = { VPO_DATA_DIR: data, VPO_DATABASE_PATH: "~/named.db", VPO_BACKUP_DIR: "backups" };
  const name = "vpo-library-NOW.tar.gz";
  assert.deepEqual(await plan(home, [], {}), ["HOME/.vpo/library.db", `HOME/.vpo/backups/${name}`]);
  assert.deepEqual(await plan(home, [], { USERPROFILE: home.path }, false), [
    "HOME/.vpo/library.db",
    `HOME/.vpo/backups/${name}`,
  ]);
  assert.deepEqual(await plan(home, [], { VPO_DATA_DIR: data }, false), [
    "HOME/data/library.db",
    `HOME/data/backups/${name}`,
  ]);
  assert.deepEqual(await plan(home, [], all), ["HOME/named.db", `HOME/backups/${name}`]);
  assert.deepEqual(await plan(home, ["--library", "data/library.db", "--backup-dir", "~/x"], all), [
    "HOME/data/library.db",
    `HOME/x/${name}`,
  ]);
});

Deno.test("paths: without a home the program says which option to give", async () => {
  using home = Home.withLibrary();
  assert.deepEqual(await home.run(["backup", "--library", home.library], { home: null, cwd: home.path }), {
    code: 2,
    stdout: "",
    stderr: "Error: Cannot tell where the backup directory is: HOME is not set\nName it with --backup-dir DIR.\n",
  });
  assert.deepEqual(await home.run(["undo", "--yes"], { home: null, cwd: home.path }), {
    code: 2,
    stdout: "",
    stderr: "Error: Cannot tell where the library is: HOME is not set\nName it with --library PATH.\n",
  });
});
