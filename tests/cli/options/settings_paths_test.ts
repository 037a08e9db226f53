import assert from "node:assert/strict";
import { join } from "node:path";
import { settingsDestination, settingsPaths } from "../../../src/cli/options/settings_paths.ts";
import { NULL_DEVICE } from "../../../src/engine/text_file.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const UNNAMED = { config: undefined };
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
  assert.deepEqual(settingsPaths(UNNAMED, env({ HOME, USERPROFILE: HOME }), NONE), usual);
  const config = join(HOME, "etc", "vpo.toml");
  const data = join(HOME, "data");
  const elsewhere = env({ HOME, USERPROFILE: HOME, VPO_CONFIG_PATH: config, VPO_DATA_DIR: data });
  assert.deepEqual(settingsPaths(UNNAMED, elsewhere, NONE), {
    ...usual,
    "config.toml": config,
    "data/policies": join(data, "policies"),
  });
  const rules = env({ HOME, USERPROFILE: HOME, VPO_BACKUP_CONFIG: join("~", "rules.toml") });
  assert.equal(settingsPaths(UNNAMED, rules, NONE)["backup.toml"], join(HOME, "rules.toml"));
  const noRules = env({ HOME, USERPROFILE: HOME, VPO_BACKUP_CONFIG: NULL_DEVICE });
  assert.equal(settingsPaths(UNNAMED, noRules, NONE)["backup.toml"], inVpo("backup.toml"));
  const option = settingsPaths({ config: join("~", "mine.toml") }, rules, NONE);
  assert.equal(option["backup.toml"], join(HOME, "mine.toml"));
  // Whoever leaves out rules for one run has them all the same.
  const leftOut = settingsPaths({ config: NULL_DEVICE }, rules, NONE);
  assert.equal(leftOut["backup.toml"], join(HOME, "rules.toml"));
  const same = env({ HOME, USERPROFILE: HOME, VPO_DATA_DIR: join(HOME, ".vpo") });
  assert.deepEqual(settingsPaths(UNNAMED, same, NONE), usual);
  const nowhere = settingsPaths(UNNAMED, env({}), NONE);
  assert(Object.values(nowhere).every((path) => path === null));
  const built = settingsPaths(UNNAMED, env({}), { library_dir: HOME, backup_dir: null });
  assert.equal(built["config.toml"], join(HOME, "config.toml"));
});

testWithSymlinks("settingsPaths: what a link of the same user leads to, and no other link", () => {
  using home = new TemporaryDirectory();
  const { path: HOME } = home;
  const dotfiles = join(HOME, "dotfiles");
  Deno.mkdirSync(join(dotfiles, "policies"), { recursive: true });
  Deno.mkdirSync(join(HOME, ".vpo"));
  const config = join(HOME, ".vpo", "config.toml");
  const paths = () => settingsPaths(UNNAMED, env({ HOME, USERPROFILE: HOME }), NONE);
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

Deno.test("settingsDestination: rules go where the option says, and the directory of that is among those of all", () => {
  using home = new TemporaryDirectory();
  const { path: HOME } = home;
  const config = join(HOME, "etc", "mine.toml");
  const destination = settingsDestination({ config }, env({ HOME, USERPROFILE: HOME }), new Date(), NONE);
  assert.equal(destination?.paths["backup.toml"], config);
  assert.deepEqual(destination?.directories.at(-1), { directory: join(HOME, "etc"), existing: HOME });
});

Deno.test("settingsDestination: the directories of all places, and one that is free for what is replaced", () => {
  using home = new TemporaryDirectory();
  const { path: HOME } = home;
  const config = join(HOME, "etc", "vpo.toml");
  const time = new Date("2026-02-06T09:12:44.5Z");
  const variables = env({ HOME, USERPROFILE: HOME, VPO_CONFIG_PATH: config });
  const vpo = join(HOME, ".vpo");
  const kept = join(vpo, "settings.before-restore-2026-02-06T09-12-44Z");
  const destination = settingsDestination(UNNAMED, variables, time, NONE);
  assert.equal(destination?.kept, kept);
  assert.deepEqual(destination?.directories, [
    { directory: vpo, existing: HOME },
    { directory: join(HOME, "etc"), existing: HOME },
  ]);
  Deno.mkdirSync(kept, { recursive: true });
  assert.equal(settingsDestination(UNNAMED, variables, time, NONE)?.kept, `${kept}-2`);
  assert.equal(settingsDestination(UNNAMED, env({}), time, NONE), null);
  const onlyConfig = settingsDestination(UNNAMED, env({ VPO_CONFIG_PATH: config }), time, NONE);
  assert.deepEqual(onlyConfig?.directories, [{ directory: join(HOME, "etc"), existing: HOME }]);
});
