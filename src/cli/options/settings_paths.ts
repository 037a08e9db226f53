import { basename, dirname, join, resolve } from "node:path";
import type { Destination, SettingsDestination, SettingsPaths } from "../../engine/protocol/mod.ts";
import { freeKeptPath } from "../../engine/settings/kept_settings.ts";
import { isThere, resolveDirectory, resolveFile } from "../../engine/real_paths.ts";
import { isNullDevice } from "../../engine/text_file.ts";
import { BUILD } from "../../version.ts";
import type { Naming } from "./backup_config.ts";
import { type Defaults, type Env, expandHome, homeOf, nonEmpty, VARIABLES } from "./paths.ts";
import { configPath } from "./vpo_config.ts";

/**
 * Real paths of the places that VPO reads its settings from, existing or not; null for those that nothing determines,
 * or that the sandbox hides. A link at such a place is followed if both ends belong to one user: that is how people
 * keep their settings elsewhere. Any other link is not followed.
 */
export function settingsPaths(naming: Naming, env: Env, defaults: Defaults = BUILD): SettingsPaths {
  const vpo = vpoDirectory(env, defaults);
  const inVpo = (name: string) => vpo === null ? null : join(vpo, name);
  const config = nonEmpty(env(VARIABLES.config)) === undefined ? inVpo("config.toml") : configPath(env);
  const policies = followed(inVpo("policies"));
  const data = followed(lookedAt(() => dataPolicies(env)));
  return {
    "config.toml": followed(config),
    "backup.toml": followed(ownRules(naming, env) ?? inVpo("backup.toml")),
    policies,
    profiles: followed(inVpo("profiles")),
    plugins: followed(inVpo("plugins")),
    "data/policies": data === policies ? null : data,
  };
}

/** The variables that say where settings are, with paths that lead there from every directory and for every user. */
export function settingsVariables(env: Env): (readonly [name: string, value: string])[] {
  const config = nonEmpty(env(VARIABLES.config));
  const data = nonEmpty(env(VARIABLES.dataDirectory));
  const rules = ownRules({ config: undefined }, env);
  return [
    ...(config === undefined ? [] : [[VARIABLES.config, resolve(config)] as const]),
    ...(data === undefined ? [] : [[VARIABLES.dataDirectory, resolve(expandHome(data, env))] as const]),
    ...(rules === null ? [] : [[VARIABLES.backupConfig, resolve(rules)] as const]),
  ];
}

/** Where the settings of a backup go, and what they replace; null where there is no place for any of them. */
export function settingsDestination(
  naming: Naming,
  env: Env,
  time: Date,
  defaults: Defaults = BUILD,
): SettingsDestination | null {
  const paths = settingsPaths(naming, env, defaults);
  const home = keepingDirectory(env, defaults);
  if (home === null || Object.values(paths).every((path) => path === null)) return null;
  const above = Object.values(paths).flatMap((path) => path === null ? [] : [resolveDirectory(dirname(path))]);
  const directories = [...new Map([home, ...above].map((one) => [one.directory, one])).values()];
  return { paths, kept: freeKeptPath(home.directory, time), directories };
}

/** Directory below which replaced settings are kept: VPO's own or, without one, that of `config.toml`. */
export function keepingDirectory(env: Env, defaults: Defaults = BUILD): Destination | null {
  const config = configPath(env);
  const directory = vpoDirectory(env, defaults) ?? (config === null ? null : dirname(config));
  const found = directory === null ? null : lookedAt(() => resolveDirectory(directory));
  return found !== null && Deno.statSync(found.existing).isDirectory ? found : null;
}

/** Where the path of a place leads, even if nothing is there. */
function followed(place: string | null): string | null {
  if (place === null || Deno.permissions.querySync({ name: "read", path: place }).state !== "granted") return null;
  try {
    return follow(place);
  } catch {
    // It leads in a circle, or may not be examined. Whoever reads or writes there finds that out, and says so.
    return resolve(place);
  }
}

function follow(place: string): string {
  const path = join(resolveDirectory(dirname(place)).directory, basename(place));
  if (!isThere(path)) return path;
  const own = Deno.lstatSync(path);
  if (!own.isSymlink) return path;
  const target = resolveFile(path);
  return target.info?.uid === own.uid ? target.path : path;
}

/** Null for what cannot be examined: that is no place for settings. */
function lookedAt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}

/** VPO's own directory; null without a home. */
function vpoDirectory(env: Env, { library_dir }: Defaults): string | null {
  const home = homeOf(env);
  return library_dir ?? (home === undefined ? null : join(home, ".vpo"));
}

/** The `backup.toml` that the option or else the environment names; the null device names none. */
function ownRules({ config }: Naming, env: Env): string | null {
  const named = [config, env(VARIABLES.backupConfig)].map(nonEmpty);
  const rules = named.find((path) => path !== undefined && !isNullDevice(path));
  return rules === undefined ? null : expandHome(rules, env);
}

/** Where VPO's jobs look for policies. */
function dataPolicies(env: Env): string | null {
  const data = nonEmpty(env(VARIABLES.dataDirectory));
  return data === undefined ? null : join(expandHome(data, env), "policies");
}
