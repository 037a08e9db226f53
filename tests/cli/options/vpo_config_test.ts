import assert from "node:assert/strict";
import { join } from "node:path";
import { configPath, readDatabasePath, UnusableConfig } from "../../../src/cli/options/vpo_config.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";
import { makeSymlink } from "../../support/symlinks.ts";

const isUnix = Deno.build.os !== "windows";

function written(directory: TemporaryDirectory, text: string): string {
  return directory.file("config.toml", new TextEncoder().encode(text));
}

function read(text: string): string | null {
  using directory = new TemporaryDirectory();
  return readDatabasePath(written(directory, text));
}

/** Why a file cannot be used, without its path. */
function refusal(config: string): string {
  try {
    readDatabasePath(config);
  } catch (error) {
    assert(error instanceof UnusableConfig);
    const begin = `Cannot tell which library is VPO's from "${config}": `;
    assert(error.message.startsWith(begin), error.message);
    assert.match(error.hint ?? "", /--library PATH/);
    return error.message.slice(begin.length);
  }
  return "it can be used";
}

Deno.test("configPath: VPO_CONFIG_PATH to the letter, else the one in the home", () => {
  const path = (variables: Readonly<Record<string, string>>) => configPath((name) => variables[name]);
  assert.equal(path({ HOME: "/home/u" }), join("/home/u", ".vpo", "config.toml"));
  assert.equal(path({ HOME: "/home/u", VPO_CONFIG_PATH: "~/vpo.toml" }), "~/vpo.toml");
  assert.equal(path({ HOME: "/home/u", VPO_CONFIG_PATH: "" }), join("/home/u", ".vpo", "config.toml"));
  assert.equal(path({}), null);
});

Deno.test("readDatabasePath: the key of the top level, in every way in which TOML writes a text", () => {
  assert.equal(read('database_path = "/srv/vpo/média.db"\n'), "/srv/vpo/média.db");
  assert.equal(read("'database_path' = 'C:\\vpo\\media.db' # here\n[server]\nport = 1\n"), "C:\\vpo\\media.db");
  assert.equal(read("[server]\ndatabase_path = '/a.db'\n"), null, "VPO ignores it there");
  assert.equal(read("[jobs]\nbig = 9223372036854775807\nwhen = 2026-02-05T14:30:22Z\n"), null);
});

Deno.test("readDatabasePath: none where the file, the key or its text is missing", () => {
  using directory = new TemporaryDirectory();
  assert.equal(readDatabasePath(directory.file("config.toml")), null);
  assert.equal(readDatabasePath(join(written(directory, ""), "below a file")), null);
  for (const text of ["", "# nothing\n", 'database_path = ""\n', "database_path = false\n"]) {
    assert.equal(read(text), null);
  }
  if (isUnix) assert.equal(readDatabasePath("/dev/null"), null);
});

Deno.test("readDatabasePath: what cannot be parsed is refused with the line", () => {
  using directory = new TemporaryDirectory();
  const why = (text: string) => refusal(written(directory, text));
  assert.equal(why("a = 1\nb == 2\n"), "line 2, column 4: invalid value");
  assert.equal(why("database_path = ~/media.db\n"), "line 1, column 17: invalid value");
  assert.equal(why("\n\n database_path = 5\n"), "line 3: database_path is not a string");
  assert.equal(why(`x = ${"[".repeat(100_000)}`).startsWith("line 1, column"), true, "and no stack runs over");
  Deno.writeFileSync(directory.file("config.toml"), new Uint8Array([0x61, 0x3d, 0x22, 0xff, 0x22]));
  assert.equal(refusal(directory.file("config.toml")), "it is not UTF-8 text");
});

Deno.test("readDatabasePath: what is no regular file or too large is refused unread", () => {
  using directory = new TemporaryDirectory();
  assert.equal(refusal(directory.path), "it is not a regular file");
  const large = written(directory, "");
  Deno.truncateSync(large, 11 * 1024 * 1024);
  assert.equal(refusal(large), "it is larger than 10485760 bytes, which no settings need");
});

Deno.test({
  name: "readDatabasePath: a pipe is refused and not waited for, and a link is followed",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    assert(new Deno.Command("mkfifo", { args: [directory.file("pipe")] }).outputSync().success);
    assert.equal(refusal(directory.file("pipe")), "it is not a regular file");
    assert.equal(refusal("/dev/zero"), "it is not a regular file");
    makeSymlink(written(directory, "database_path = '/a.db'"), directory.file("link"));
    assert.equal(readDatabasePath(directory.file("link")), "/a.db");
  },
});

Deno.test({
  name: "readDatabasePath: one that cannot be read is refused, with what the system says",
  ignore: Deno.build.os !== "linux",
  fn() {
    // For root, too, there is no reading the beginning of its own memory.
    assert.match(refusal("/proc/self/mem"), /^it cannot be read: Input\/output error$/);
  },
});

const BROKEN = "database_path =\n";

testMore(
  "config.toml: one that cannot be parsed is an error that names it and the line, for all that need a library",
  async () => {
    using home = Home.withLibrary();
    await home.run(["backup", "-q"]);
    const config = join(home.vpo, "config.toml");
    Deno.writeTextFileSync(config, `[server]\nport = 1\n${BROKEN}`);
    const before = home.state();
    const said = `Cannot tell which library is VPO's from "${config}": line 3, column 16: `;
    const commands = [
      ["backup"],
      ["restore", "latest", "--yes"],
      ["undo", "--yes"],
      ["status"],
      ["diff"],
      ["schedule", "cron"],
    ];
    for (const args of someOf(commands, 2)) {
      const { code, stderr } = await home.run(args);
      assert.equal(code, 2, args.join(" "));
      assert(stderr.startsWith(`Error: ${said}`), stderr);
      assert.match(
        stderr,
        /\nFix it, or name the library with --library PATH or VPO_DATABASE_PATH\. .* restore latest --settings-only\n$/,
      );
    }
    assert.deepEqual(home.state(), before);

    const listed = await home.run(["backups"]);
    assert.deepEqual([listed.code, listed.stdout.includes("Total: 1 backup")], [0, true]);
    assert(listed.stderr.startsWith(`Warning: ${said}`), listed.stderr);
    const doctor = await home.run(["doctor"]);
    assert.deepEqual([doctor.code, doctor.stdout.includes(said)], [61, true]);
  },
);

testMore(
  "config.toml: one that cannot be parsed is of no concern where flag or variable names the library",
  async () => {
    using home = Home.withLibrary();
    Deno.writeTextFileSync(join(home.vpo, "config.toml"), BROKEN);
    for (const surroundings of [{ args: ["--library", home.library] }, { env: { VPO_DATABASE_PATH: home.library } }]) {
      const { args = [], env = {} } = surroundings as { args?: string[]; env?: Record<string, string> };
      const { code, stderr } = await home.run(["backup", "--dry-run", ...args], { env });
      assert.deepEqual([code, stderr], [0, ""]);
    }
  },
);

Deno.test("database_path: every command follows it, says so where there are two, and doctor warns", async () => {
  using home = Home.withLibrary();
  const media = home.putLibrary(join(home.path, "media.db"));
  const config = join(home.vpo, "config.toml");
  Deno.writeTextFileSync(config, `database_path = ${JSON.stringify(media)}\n`);
  const said = `"${media}" is used as the library: database_path in "${config}" names it; ` +
    `VPO's commands other than "vpo serve" open "${home.library}"; to use another, name it with --library PATH`;

  const backup = await home.run(["backup", "--dry-run", "--json"]);
  assert.equal(backup.stderr, `Warning: ${said}\n`);
  assert.equal((JSON.parse(backup.stdout) as { database_path: string }).database_path, media);
  await home.run(["backup", "-q"]);

  assert.match((await home.run(["schedule", "cron"])).stdout, /--library \S+[/\\]'?media\.db'? /);
  const status = await home.run(["status", "--json"]);
  assert.deepEqual([status.stderr, (JSON.parse(status.stdout) as { library_path: string }).library_path], [
    `Warning: ${said}\n`,
    media,
  ]);
  const doctor = await home.run(["doctor"]);
  assert.equal(doctor.code, 60);
  assert(doctor.stdout.includes(`warning  Library      ${said}\n`), doctor.stdout);
  const restored = await home.run(["restore", "latest", "--yes"]);
  assert(restored.stdout.includes(`Database restored to: ${media}\n`), restored.stdout + restored.stderr);

  for (const args of someOf([["diff"], ["verify"]], 1)) {
    assert.equal((await home.run(args)).stderr, `Warning: ${said}\n`, "once, however often it is looked for");
  }

  Deno.removeSync(home.library);
  assert.equal((await home.run(["backup", "--dry-run"])).stderr, "", "one library, nothing to choose");
});
