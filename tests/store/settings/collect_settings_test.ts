import assert from "node:assert/strict";
import { join } from "node:path";
import { collectSettings } from "../../../src/store/settings/collect_settings.ts";
import { findSettings, type LeftOut } from "../../../src/store/settings/find_settings.ts";
import type { SettingsPaths } from "../../../src/store/settings/names.ts";
import { SettingsBundle } from "../../../src/store/settings/settings_index.ts";
import { noise } from "../../support/bytes.ts";
import { isInstalled, run } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { cannotObeyModes } from "../../support/modes.ts";
import { testWithSymlinks } from "../../support/symlinks.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const MIB = 1024 * 1024;

/** A directory with settings in it as VPO has them. */
class Machine extends TemporaryDirectory {
  readonly places: SettingsPaths = {
    "config.toml": this.file("config.toml"),
    "backup.toml": this.file("backup.toml"),
    policies: this.file("policies"),
    profiles: this.file("profiles"),
    plugins: this.file("plugins"),
    "data/policies": this.file("data"),
  };

  put(path: string, content: Uint8Array | string = path, mode = 0o600): string {
    const whole = this.file(path);
    Deno.mkdirSync(join(whole, ".."), { recursive: true });
    Deno.writeFileSync(whole, typeof content === "string" ? new TextEncoder().encode(content) : content);
    if (Deno.build.os !== "windows") Deno.chmodSync(whole, mode);
    return whole;
  }

  /** The names that go into a backup with their contents, and what does not. */
  collect(advance: () => void = () => {}): { taken: Record<string, string>; leftOut: readonly LeftOut[] } {
    using bundle = new SettingsBundle(this.file("bundle"));
    try {
      const leftOut = collectSettings(findSettings(this.places), bundle, advance);
      const content = (entry: (typeof bundle.entries)[number]) => new TextDecoder().decode(bundle.read(entry));
      return { taken: Object.fromEntries(bundle.entries.map((entry) => [entry.name, content(entry)])), leftOut };
    } finally {
      Deno.removeSync(this.file("bundle"));
    }
  }
}

Deno.test("collectSettings: takes all of the five places, plugins last, and nothing of what is not there", () => {
  using machine = new Machine();
  assert.deepEqual(machine.collect(), { taken: {}, leftOut: [] });
  for (const path of ["config.toml", "backup.toml", "library.db", "plugins/a.py", "data/film.yaml"]) machine.put(path);
  for (const path of ["policies/film.yaml", "policies/deep/er.yaml", "profiles/a b.yaml", "logs/x"]) machine.put(path);
  const { taken, leftOut } = machine.collect();
  assert.deepEqual(taken, {
    "config.toml": "config.toml",
    "backup.toml": "backup.toml",
    "policies/deep/er.yaml": "policies/deep/er.yaml",
    "policies/film.yaml": "policies/film.yaml",
    "profiles/a b.yaml": "profiles/a b.yaml",
    "data/policies/film.yaml": "data/film.yaml",
    "plugins/a.py": "plugins/a.py",
  });
  assert.deepEqual([Object.keys(taken).at(-1), leftOut], ["plugins/a.py", []]);
});

Deno.test("collectSettings: keeps modes, times and empty files", () => {
  using machine = new Machine();
  const path = machine.put("policies/a.yaml", "", 0o640);
  Deno.utimeSync(path, new Date(0), new Date("2026-02-05T14:30:22.900Z"));
  using bundle = new SettingsBundle(machine.file("bundle"));
  collectSettings(findSettings(machine.places), bundle, () => {});
  const [{ mode, modified, size } = assert.fail()] = bundle.entries;
  assert.deepEqual([modified, size], [Date.parse("2026-02-05T14:30:22Z") / 1000, 0]);
  if (Deno.build.os !== "windows") assert.equal(mode, 0o640);
});

Deno.test("findSettings: leaves out without a word what Python makes of plugins", () => {
  using machine = new Machine();
  for (const path of ["plugins/p/__init__.py", "plugins/p/__pycache__/a.pyc", "plugins/p/b.pyc"]) machine.put(path);
  assert.deepEqual(machine.collect(), {
    taken: { "plugins/p/__init__.py": "plugins/p/__init__.py" },
    leftOut: [],
  });
});

Deno.test("findSettings: leaves out without a word what a restore that was killed has left", () => {
  using machine = new Machine();
  machine.put("policies/.vpo-backup-01234567-89ab.setting");
  machine.put("policies/.vpo-backup-mine.yaml");
  const { taken, leftOut } = machine.collect();
  assert.deepEqual([Object.keys(taken), leftOut], [["policies/.vpo-backup-mine.yaml"], []]);
});

Deno.test("findSettings: leaves out what is too large, and takes the rest", () => {
  using machine = new Machine();
  machine.put("config.toml");
  machine.put("policies/large.bin", new Uint8Array(10 * MIB + 1));
  machine.put("policies/just.bin", new Uint8Array(10 * MIB));
  const { taken, leftOut } = machine.collect();
  assert.deepEqual(Object.keys(taken), ["config.toml", "policies/just.bin"]);
  assert.deepEqual(leftOut, [{ name: "policies/large.bin", why: "it is larger than 10 MB" }]);
});

Deno.test("findSettings: leaves out what is beyond the limits of all together, hidden files and plugins first", () => {
  using machine = new Machine();
  for (
    const path of ["policies/.git/a", "plugins/a", "policies/a", "policies/b", "policies/c", "profiles/a", "data/a"]
  ) {
    machine.put(path, new Uint8Array(10 * MIB));
  }
  machine.put("policies/.git/small", "small");
  const { files, leftOut } = findSettings(machine.places);
  const six = ["policies/a", "policies/b", "policies/c", "profiles/a", "data/policies/a", "plugins/a"];
  assert.deepEqual(files.map(({ name }) => name), [...six, "policies/.git/small"]);
  assert.deepEqual(leftOut, [{ name: "policies/.git/a", why: "all settings together are larger than 64 MB" }]);
});

testMore("findSettings: takes 10,000 files and no more", () => {
  using machine = new Machine();
  Deno.mkdirSync(machine.file("policies"));
  for (let index = 0; index < 10_001; index++) Deno.createSync(machine.file(`policies/${index + 10_000}`)).close();
  const { files, leftOut } = findSettings(machine.places);
  assert.equal(files.length, 10_000);
  assert.deepEqual(leftOut, [{ name: "policies/20000", why: "there are more than 10,000 settings files" }]);
});

Deno.test("findSettings: ends with what the caller throws", () => {
  using machine = new Machine();
  machine.put("config.toml");
  const stop = new Error("stop");
  const advance = () => {
    throw stop;
  };
  assert.throws(() => findSettings(machine.places, advance), (error) => error === stop);
  assert.throws(() => machine.collect(advance), (error) => error === stop);
});

testWithSymlinks("findSettings: leaves out links, and what is beyond them", () => {
  using machine = new Machine();
  machine.put("elsewhere/secret", "secret");
  machine.put("policies/a.yaml");
  Deno.symlinkSync(machine.file("elsewhere/secret"), machine.file("policies/file"));
  Deno.symlinkSync(machine.file("elsewhere"), machine.file("policies/directory"), { type: "dir" });
  Deno.symlinkSync(machine.file("elsewhere"), machine.file("profiles"), { type: "dir" });
  Deno.symlinkSync(machine.file("elsewhere/secret"), machine.file("config.toml"));
  Deno.symlinkSync("nowhere", machine.file("backup.toml"));
  const why = "it is a link";
  assert.deepEqual(machine.collect(), {
    taken: { "policies/a.yaml": "policies/a.yaml" },
    leftOut: [
      { name: "config.toml", why },
      { name: "backup.toml", why },
      { name: "policies/directory", why },
      { name: "policies/file", why },
      { name: "profiles", why },
    ],
  });
});

Deno.test("findSettings: a directory in the place of a file, and a file in that of a directory, are left out", () => {
  using machine = new Machine();
  machine.put("config.toml/x");
  machine.put("policies");
  assert.deepEqual(machine.collect(), {
    taken: {},
    leftOut: [
      { name: "config.toml", why: "it is not a regular file" },
      { name: "policies", why: "it is not a directory" },
    ],
  });
});

Deno.test({
  name: "findSettings: leaves out pipes, names that are no text or that other systems lack, and all but one of a kind",
  ignore: Deno.build.os !== "linux" || !isInstalled("mkfifo", "--version") || !isInstalled("sh", "-c", ":"),
  async fn() {
    using machine = new Machine();
    machine.put("policies/a.yaml");
    machine.put("policies/A.yaml");
    machine.put("policies/a\\b.yaml");
    const made = await run("sh", [
      "-c",
      'cd "$1" && mkfifo pipe && : > "$(printf \'x\\377.yaml\')"',
      "sh",
      join(machine.path, "policies"),
    ]);
    assert.deepEqual([made.code, made.stderr], [0, ""]);
    assert.deepEqual(machine.collect(), {
      taken: { "policies/A.yaml": "policies/A.yaml" },
      leftOut: [
        { name: "policies/a\\b.yaml", why: "other systems do not allow such a name" },
        { name: "policies/pipe", why: "it is not a regular file" },
        { name: "policies/x\ufffd.yaml", why: "its name is not UTF-8" },
        { name: "policies/a.yaml", why: "some systems do not tell its name from another file's" },
      ],
    });
  },
});

/** Collects with files that others change once they were looked at. */
function collectAfter(machine: Machine, change: () => void): { names: string[]; leftOut: readonly LeftOut[] } {
  using bundle = new SettingsBundle(machine.file("bundle"));
  const found = findSettings(machine.places);
  change();
  const leftOut = collectSettings(found, bundle, () => {});
  return { names: bundle.entries.map(({ name }) => name), leftOut };
}

Deno.test("collectSettings: takes a file that was saved anew since it was looked at, as it is now", () => {
  using machine = new Machine();
  const path = machine.put("policies/a.yaml", "old");
  const saved = collectAfter(machine, () => {
    machine.put("policies/new", "longer than before");
    Deno.renameSync(machine.file("policies/new"), path);
  });
  assert.deepEqual(saved, { names: ["policies/a.yaml"], leftOut: [] });
});

Deno.test("collectSettings: leaves out what became too large since it was looked at, or went away", () => {
  using machine = new Machine();
  const path = machine.put("policies/a.yaml");
  machine.put("profiles/a.yaml");
  const grown = collectAfter(machine, () => {
    Deno.writeFileSync(path, noise(10 * MIB + 1));
    Deno.removeSync(machine.file("profiles/a.yaml"));
  });
  assert.deepEqual(grown.names, []);
  assert.deepEqual(grown.leftOut[0], { name: "policies/a.yaml", why: "it is larger than 10 MB" });
  assert.match(grown.leftOut[1]?.why ?? "", /^it cannot be read: /);
});

testWithSymlinks("collectSettings: never follows a link that took the place of a file", () => {
  using machine = new Machine();
  const path = machine.put("policies/a.yaml");
  const secret = machine.put("elsewhere/secret");
  const linked = collectAfter(machine, () => {
    Deno.removeSync(path);
    Deno.symlinkSync(secret, path);
  });
  assert.deepEqual(linked.names, []);
  assert.equal(linked.leftOut.length, 1);
});

Deno.test({
  name: "collectSettings: does not wait for a pipe that took the place of a file",
  ignore: Deno.build.os !== "linux" || !isInstalled("mkfifo", "--version"),
  fn() {
    using machine = new Machine();
    const path = machine.put("policies/a.yaml");
    const piped = collectAfter(machine, () => {
      Deno.removeSync(path);
      assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
    });
    assert.deepEqual(piped.names, []);
    assert.equal(piped.leftOut.length, 1);
  },
});

Deno.test({
  name: "findSettings: names a directory that may not be read, and goes on",
  ignore: cannotObeyModes() !== null || Deno.uid() === 0,
  fn() {
    using machine = new Machine();
    machine.put("policies/closed/a.yaml");
    machine.put("policies/open.yaml");
    Deno.chmodSync(machine.file("policies/closed"), 0);
    const { taken, leftOut } = machine.collect();
    Deno.chmodSync(machine.file("policies/closed"), 0o700);
    assert.deepEqual(Object.keys(taken), ["policies/open.yaml"]);
    assert.deepEqual(leftOut.map(({ name }) => name), ["policies/closed"]);
  },
});
