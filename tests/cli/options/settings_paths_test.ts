import assert from "node:assert/strict";
import { join } from "node:path";
import { settingsDestination, settingsPaths } from "../../../src/cli/options/settings_paths.ts";
import { NULL_DEVICE } from "../../../src/engine/text_file.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const NONE = { library_dir: null, backup_dir: null };

function env(variables: Readonly<Record<string, string>>) {
  return (name: string) => variables[name];
}

Deno.test("settingsPaths: below VPO's directory, config.toml where the variable says, policies in two places", () => {
  using home = new TemporaryDirectory();
  const { path: HOME } = home;
  const inVpo = (name: string) => join(HOME, ".vpo", name);
  const usual = {
    "config.toml": inVpo("config.toml"),
    "backup.toml": inVpo("backup.toml"),
    policies: inVpo("policies"),
    profiles: inVpo("profiles"),
    plugins: inVpo("plugins"),
    "data/policies": null,
  };
  assert.deepEqual(settingsPaths(env({ HOME, USERPROFILE: HOME }), NONE), usual);
  const config = join(HOME, "etc", "vpo.toml");
  const data = join(HOME, "data");
  const elsewhere = env({ HOME, USERPROFILE: HOME, VPO_CONFIG_PATH: config, VPO_DATA_DIR: data });
  assert.deepEqual(settingsPaths(elsewhere, NONE), {
    ...usual,
    "config.toml": config,
    "data/policies": join(data, "policies"),
  });
  const rules = env({ HOME, USERPROFILE: HOME, VPO_BACKUP_CONFIG: join("~", "rules.toml") });
  assert.equal(settingsPaths(rules, NONE)["backup.toml"], join(HOME, "rules.toml"));
  const noRules = env({ HOME, USERPROFILE: HOME, VPO_BACKUP_CONFIG: NULL_DEVICE });
  assert.equal(settingsPaths(noRules, NONE)["backup.toml"], inVpo("backup.toml"));
  const same = env({ HOME, USERPROFILE: HOME, VPO_DATA_DIR: join(HOME, ".vpo") });
  assert.deepEqual(settingsPaths(same, NONE), usual);
  const nowhere = settingsPaths(env({}), NONE);
  assert(Object.values(nowhere).every((path) => path === null));
  const built = settingsPaths(env({}), { library_dir: HOME, backup_dir: null });
  assert.equal(built["config.toml"], join(HOME, "config.toml"));
});

testWithSymlinks("settingsPaths: what a link of the same user leads to, and no other link", () => {
  using home = new TemporaryDirectory();
  const { path: HOME } = home;
  const dotfiles = join(HOME, "dotfiles");
  Deno.mkdirSync(join(dotfiles, "policies"), { recursive: true });
  Deno.mkdirSync(join(HOME, ".vpo"));
  const config = join(HOME, ".vpo", "config.toml");
  const paths = () => settingsPaths(env({ HOME, USERPROFILE: HOME }), NONE);
  makeSymlink(join(dotfiles, "policies"), join(HOME, ".vpo", "policies"), "dir");
  makeSymlink(join(dotfiles, "config.toml"), config);
  assert.equal(paths()["config.toml"], config, "a link that leads to nothing");
  Deno.writeTextFileSync(join(dotfiles, "config.toml"), "");
  assert.equal(paths().policies, join(dotfiles, "policies"));
  assert.equal(paths()["config.toml"], join(dotfiles, "config.toml"));
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return;
  Deno.chownSync(join(dotfiles, "config.toml"), 1000, 1000);
  assert.equal(paths()["config.toml"], config, "a link to another user's file");
});

Deno.test("settingsDestination: the directories of all places, and one that is free for what is replaced", () => {
  using home = new TemporaryDirectory();
  const { path: HOME } = home;
  const config = join(HOME, "etc", "vpo.toml");
  const time = new Date("2026-02-06T09:12:44.5Z");
  const variables = env({ HOME, USERPROFILE: HOME, VPO_CONFIG_PATH: config });
  const vpo = join(HOME, ".vpo");
  const kept = join(vpo, "settings.before-restore-2026-02-06T09-12-44Z");
  const destination = settingsDestination(variables, time, NONE);
  assert.equal(destination?.kept, kept);
  assert.deepEqual(destination?.directories, [
    { directory: vpo, existing: HOME },
    { directory: join(HOME, "etc"), existing: HOME },
  ]);
  Deno.mkdirSync(kept, { recursive: true });
  assert.equal(settingsDestination(variables, time, NONE)?.kept, `${kept}-2`);
  assert.equal(settingsDestination(env({}), time, NONE), null);
  const onlyConfig = settingsDestination(env({ VPO_CONFIG_PATH: config }), time, NONE);
  assert.deepEqual(onlyConfig?.directories, [{ directory: join(HOME, "etc"), existing: HOME }]);
});
