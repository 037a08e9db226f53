import assert from "node:assert/strict";
import { join } from "node:path";
import { SettingsPlacement } from "../../../src/engine/settings/place_settings.ts";
import type { SettingsEntry } from "../../../src/store/settings/settings_index.ts";
import { currentUser } from "../../../src/store/user.ts";
import { directoryState } from "../../support/directory_state.ts";
import { SettingsMachine } from "../../support/settings.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";

const CONTENT = {
  "config.toml": "[server]\nport = 8321\n",
  "backup.toml": "level = 3\n",
  "policies/movies.yaml": "schema_version: 12\n",
  "policies/more/series.yaml": "",
  "profiles/fast.yaml": "fast",
  "plugins/hello/plugin.py": "print('hello')\n",
};

const quiet = () => {};

/** Text of all regular files below a directory, by path with slashes. */
function textsIn(directory: string, below = ""): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(join(directory, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) Object.assign(texts, textsIn(directory, path));
    else texts[path] = Deno.readTextFileSync(join(directory, path));
  }
  return texts;
}

Deno.test("SettingsPlacement: a machine without settings gets all of them, to the byte", () => {
  using machine = new SettingsMachine(CONTENT, { "config.toml": 0o600, "plugins/hello/plugin.py": 0o777 });
  const placed = machine.placement(machine.plan()).run(quiet);
  assert.equal(placed.kept, null);
  assert.deepEqual(placed.names.toSorted(), Object.keys(CONTENT).toSorted());
  assert.equal(placed.names.at(-1), "config.toml");
  assert.deepEqual(textsIn(machine.vpo), CONTENT);
  if (Deno.build.os === "windows") return;
  const modeOf = (name: string) => (Deno.statSync(join(machine.vpo, name)).mode ?? 0) & 0o777;
  assert.deepEqual(
    ["config.toml", "policies/movies.yaml", "plugins/hello/plugin.py"].map(modeOf),
    [0o600, 0o644, 0o644],
  );
});

Deno.test("SettingsPlacement: what differs is kept and replaced, what is only here or the same stays", () => {
  using machine = new SettingsMachine(CONTENT);
  machine.put("config.toml", "newer\n", 0o640);
  machine.put("policies/movies.yaml", "newer, too\n", 0o600);
  machine.put("policies/only here.yaml", "mine");
  machine.put("profiles/fast.yaml", "fast");
  const untouched = Deno.statSync(join(machine.vpo, "profiles", "fast.yaml"));
  const placed = machine.placement(machine.plan()).run(quiet);
  assert.equal(placed.kept, machine.kept);
  assert(!placed.names.includes("profiles/fast.yaml"));
  const { [`policies/only here.yaml`]: mine, ...rest } = textsIn(machine.vpo);
  const kept = { "config.toml": "newer\n", "policies/movies.yaml": "newer, too\n" };
  const stamp = "settings.before-restore-2026-02-06T09-12-44Z";
  const asKept = Object.fromEntries(Object.entries(kept).map(([name, text]) => [`${stamp}/${name}`, text]));
  assert.equal(mine, "mine");
  assert.deepEqual(rest, { ...CONTENT, ...asKept });
  const now = Deno.statSync(join(machine.vpo, "profiles", "fast.yaml"));
  assert.deepEqual([now.ino, now.mtime], [untouched.ino, untouched.mtime]);
  if (Deno.build.os === "windows") return;
  const modeOf = (name: string) => (Deno.statSync(join(machine.vpo, name)).mode ?? 0) & 0o777;
  assert.deepEqual(
    ["config.toml", "policies/movies.yaml", stamp, `${stamp}/config.toml`].map(modeOf),
    [0o640, 0o600, 0o700, 0o640],
  );
});

Deno.test("SettingsPlacement: one that fails half-way says how far it came, and the next one finishes it", () => {
  using machine = new SettingsMachine(CONTENT);
  machine.put("policies/movies.yaml", "newer\n");
  machine.put("config.toml", "newer\n");
  const plan = machine.plan();
  // Somebody puts it there while a person thinks about the question.
  Deno.mkdirSync(join(machine.vpo, "profiles", "fast.yaml"), { recursive: true });
  assert.throws(() => machine.placement(plan).run(quiet), {
    code: "operation_failed",
    message: `Cannot put "profiles/fast.yaml" in place: "${join(machine.vpo, "profiles", "fast.yaml")}" ` +
      "is a directory, not a file; 3 of 6 settings files are in place",
    hint: `What is in place stays: run it again to finish it. What they replaced is kept in "${machine.kept}".`,
  });
  const texts = textsIn(machine.vpo);
  assert.equal(texts["policies/movies.yaml"], CONTENT["policies/movies.yaml"]);
  assert.equal(texts["config.toml"], "newer\n");
  Deno.removeSync(join(machine.vpo, "profiles", "fast.yaml"));
  const again = machine.plan();
  assert.deepEqual(again.preview.wanted, {
    missing: ["profiles/fast.yaml", "backup.toml"],
    different: ["config.toml"],
  });
  // Another run keeps what it replaces in another directory.
  const second = { ...again, destination: { ...again.destination, kept: `${machine.kept}-2` } };
  assert.deepEqual(machine.placement(second).run(quiet).kept, `${machine.kept}-2`);
  assert.equal(Deno.readTextFileSync(join(machine.kept, "policies", "movies.yaml")), "newer\n");
  assert.equal(Deno.readTextFileSync(join(`${machine.kept}-2`, "config.toml")), "newer\n");
});

Deno.test("SettingsPlacement: what somebody makes in the meantime is kept, and nothing of ours is left", () => {
  using machine = new SettingsMachine(CONTENT);
  const plan = machine.plan();
  assert.deepEqual(plan.preview.wanted.different, []);
  machine.put("backup.toml", "made meanwhile\n");
  assert.equal(machine.placement(plan).run(quiet).kept, machine.kept);
  assert.equal(Deno.readTextFileSync(join(machine.kept, "backup.toml")), "made meanwhile\n");
  assert.deepEqual(Object.keys(textsIn(machine.path)).filter((path) => path.endsWith(".setting")), []);
});

Deno.test("SettingsPlacement: what somebody saves while the file is being replaced is not lost", () => {
  using machine = new SettingsMachine(CONTENT);
  const path = machine.put("policies/movies.yaml", "old\n");
  const saving = {
    read: (entry: SettingsEntry) => {
      if (entry.name === "policies/movies.yaml") machine.put(entry.name, "saved meanwhile\n");
      return machine.bundle.read(entry);
    },
  };
  const placement = new SettingsPlacement(machine.plan(), saving, currentUser(), machine.work);
  assert.throws(() => placement.run(quiet), /Cannot put "policies\/movies.yaml" in place: somebody has changed it/);
  assert.equal(Deno.readTextFileSync(path), "saved meanwhile\n");
  assert.deepEqual(Object.keys(textsIn(machine.path)).filter((name) => name.endsWith(".setting")), []);
});

testWithSymlinks("SettingsPlacement: a directory that becomes a link in the meantime leads nowhere", () => {
  using machine = new SettingsMachine(CONTENT);
  const plan = machine.plan();
  const elsewhere = join(machine.path, "elsewhere");
  Deno.mkdirSync(elsewhere);
  Deno.mkdirSync(join(machine.vpo, "policies"));
  makeSymlink(elsewhere, join(machine.vpo, "policies", "more"), "dir");
  assert.throws(() => machine.placement(plan).run(quiet), /more" is a link, not a directory/);
  assert.deepEqual(directoryState(elsewhere), {});
});

Deno.test("SettingsPlacement: a thousand files in a hundred directories", () => {
  const content = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`policies/${at % 100}/${at}.yaml`, ""]));
  using machine = new SettingsMachine(content);
  const seen: number[] = [];
  assert.equal(machine.placement(machine.plan()).run((done) => void seen.push(done)).names.length, 1000);
  assert.equal(seen.length, 1000);
  assert.equal(machine.plan().steps.length, 0);
});
