import assert from "node:assert/strict";
import { join } from "node:path";
import { planSettings } from "../../../src/engine/settings/plan.ts";
import type { SettingsEntry } from "../../../src/store/settings/settings_index.ts";
import { isInstalled } from "../../support/commands.ts";
import { directoryState } from "../../support/directory_state.ts";
import { ALL_SETTINGS, SettingsMachine } from "../../support/settings.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

const CONTENT = {
  "config.toml": "[server]\n",
  "policies/a.yaml": "a",
  "policies/b.yaml": "b",
  "plugins/p.py": "p",
};

/** What a refusal says of a thing in the way, below VPO's directory. */
function inTheWay({ vpo }: SettingsMachine, name: string, why: string) {
  return { code: "operation_failed", message: `Cannot restore the settings: "${join(vpo, name)}" ${why}` };
}

Deno.test("planSettings: what is wanted, what is left, and what is the same", () => {
  using machine = new SettingsMachine(CONTENT);
  machine.put("policies/a.yaml", "another a");
  machine.put("policies/b.yaml", "b");
  const none = { missing: [], different: [] };
  const ours = { missing: ["config.toml"], different: ["policies/a.yaml"] };
  const plugins = { missing: ["plugins/p.py"], different: [] };
  const missingConfig = join(machine.vpo, "config.toml");
  const rest = { count: 4, homeless: [], missingConfig };
  assert.deepEqual(machine.plan({ settings: true, plugins: false }).preview, { ...rest, wanted: ours, left: plugins });
  assert.deepEqual(machine.plan({ settings: false, plugins: true }).preview, { ...rest, wanted: plugins, left: ours });
  const all = { missing: ["plugins/p.py", "config.toml"], different: ["policies/a.yaml"] };
  assert.deepEqual(machine.plan(ALL_SETTINGS).preview, { ...rest, wanted: all, left: none });
  assert.deepEqual(machine.plan({ settings: false, plugins: false }).preview, { ...rest, wanted: none, left: all });
});

Deno.test("planSettings: what has no place on this machine is named, and nothing else is done with it", () => {
  using machine = new SettingsMachine({ "data/policies/a.yaml": "a", "policies/a.yaml": "b" });
  const { steps, preview } = machine.plan();
  assert.deepEqual(preview.homeless, ["data/policies/a.yaml"]);
  assert.deepEqual(steps.map(({ entry }) => entry.name), ["policies/a.yaml"]);
});

Deno.test("planSettings: a directory in the place of a file, and a file in that of a directory", () => {
  using machine = new SettingsMachine(CONTENT);
  Deno.mkdirSync(join(machine.vpo, "config.toml"));
  assert.throws(() => machine.plan(), inTheWay(machine, "config.toml", "is a directory, not a file"));
  Deno.removeSync(join(machine.vpo, "config.toml"));
  machine.put("policies", "no directory");
  assert.throws(() => machine.plan(), inTheWay(machine, "policies", "is a file, not a directory"));
  // What nobody wants is in nobody's way.
  assert.deepEqual(machine.plan({ settings: false, plugins: true }).preview.left.missing.length, 3);
});

testWithSymlinks("planSettings: a link in the place of a file or of a directory, wherever it leads", () => {
  for (const name of ["config.toml", "policies/a.yaml", "policies", "plugins"]) {
    for (const target of ["there", "nowhere"]) {
      using machine = new SettingsMachine(CONTENT);
      const isDirectory = !name.includes(".");
      const there = join(machine.path, "there");
      if (isDirectory) Deno.mkdirSync(there);
      else Deno.writeTextFileSync(there, "its content");
      Deno.mkdirSync(join(machine.vpo, name, ".."), { recursive: true });
      makeSymlink(join(machine.path, target), join(machine.vpo, name), isDirectory ? "dir" : "file");
      const before = directoryState(machine.path);
      const why = `is a link, not a ${isDirectory ? "directory" : "file"}`;
      assert.throws(() => machine.plan(), inTheWay(machine, name, why));
      assert.deepEqual(directoryState(machine.path), before);
    }
  }
});

Deno.test({
  name: "planSettings: a pipe is not opened (needs mkfifo)",
  ignore: !isInstalled("mkfifo", "--version"),
  fn() {
    using machine = new SettingsMachine(CONTENT);
    machine.put("policies/b.yaml", "b");
    assert(isInstalled("mkfifo", join(machine.vpo, "policies", "a.yaml")));
    assert.throws(() => machine.plan(), inTheWay(machine, "policies/a.yaml", "is a pipe, not a file"));
    assert.deepEqual(machine.plan({ settings: false, plugins: true }).preview.left.different, ["policies/a.yaml"]);
  },
});

Deno.test("planSettings: a name that no file system has room for, before anything is changed", () => {
  using machine = new SettingsMachine(CONTENT);
  const [entry] = machine.bundle.entries;
  assert(entry !== undefined);
  const named = (name: string): SettingsEntry[] => [{ ...entry, name: `policies/${name}` }];
  const why = "is a longer path than this system allows";
  for (const name of ["x".repeat(256), "é".repeat(128), "x/".repeat(2500) + "x"]) {
    assert.throws(() => machine.plan(ALL_SETTINGS, named(name)), inTheWay(machine, join("policies", name), why));
  }
  assert.throws(() => machine.plan(ALL_SETTINGS, named("x".repeat(256))), {
    hint: /on another system with: vpo-backup/,
  });
  assert.equal(machine.plan(ALL_SETTINGS, named("x".repeat(255))).steps.length, 1);
});

Deno.test({
  name: "planSettings: names that mean something else to Windows (needs Windows)",
  ignore: Deno.build.os !== "windows",
  fn() {
    using machine = new SettingsMachine(CONTENT);
    const [entry] = machine.bundle.entries;
    assert(entry !== undefined);
    for (const name of ["aux", "NUL.yaml", "a.yaml:stream", "a. ", "a.", "com1.txt", "a*", "a\nb", "CON/a"]) {
      assert.throws(
        () => machine.plan(ALL_SETTINGS, [{ ...entry, name: `policies/${name}` }]),
        { message: /is not a valid file name on Windows$/, hint: /with: tar -xf ARCHIVE settings$/ },
      );
    }
  },
});

Deno.test({
  name: "planSettings: what belongs to another user is left to that user (needs root)",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn() {
    using machine = new SettingsMachine(CONTENT);
    machine.put("config.toml", "of root");
    const { destination, bundle } = machine;
    assert.throws(
      () => planSettings(bundle.entries, destination, ALL_SETTINGS, 1000),
      inTheWay(machine, "config.toml", "belongs to another user"),
    );
  },
});
