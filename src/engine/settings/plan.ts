import { BackupError } from "../../errors.ts";
import { PROGRAM } from "../../program.ts";
import { pathExists } from "../../store/publish.ts";
import type { SettingsEntry } from "../../store/settings/settings_index.ts";
import type { SettingsDestination, SettingsDifference, SettingsPreview, SettingsWish } from "../protocol/mod.ts";
import { type ComparedSetting, Comparison, kindOf } from "./compare.ts";

const MOVE = `Move that out of the way, or extract the settings instead with: ${PROGRAM} extract BACKUP --settings`;

/** What is done with the settings of a backup. */
export interface SettingsPlan {
  /** In the order in which they are put in place: `config.toml`, without which VPO does not start, comes last. */
  readonly steps: readonly ComparedSetting[];
  readonly destination: SettingsDestination;
  readonly preview: SettingsPreview;
}

/**
 * Compares the settings of a backup with those of this machine, and checks all that can be checked before the wanted
 * ones are put in place. Changes nothing.
 *
 * @param user ID of the user who does it; null where users have none
 * @throws {BackupError} where one of them cannot be put in place
 */
export function planSettings(
  entries: readonly SettingsEntry[],
  destination: SettingsDestination,
  wish: SettingsWish,
  user: number | null,
): SettingsPlan {
  const comparison = new Comparison(destination.paths, user);
  const compared = entries.toSorted(byOrder).map((entry) => ({ entry, found: comparison.compare(entry) }));
  const differing = compared.flatMap(({ found }) => found === null || found.state === "same" ? [] : [found]);
  const steps = differing.filter(({ entry }) => isWanted(entry, wish));
  const blocked = steps.find(({ obstacle }) => obstacle !== null);
  if (blocked !== undefined) throw inTheWay(blocked);
  const config = destination.paths["config.toml"];
  const preview: SettingsPreview = {
    count: entries.length,
    wanted: difference(steps),
    left: difference(differing.filter(({ entry }) => !isWanted(entry, wish))),
    homeless: compared.filter(({ found }) => found === null).map(({ entry }) => entry.name),
    missingConfig: config !== null && !pathExists(config) ? config : null,
  };
  return { steps, destination, preview };
}

function isWanted({ name }: SettingsEntry, { settings, plugins }: SettingsWish): boolean {
  return kindOf(name) === "plugins" ? plugins : settings;
}

function difference(settings: readonly ComparedSetting[]): SettingsDifference {
  const named = (wanted: ComparedSetting["state"]) =>
    settings.filter(({ state }) => state === wanted).map(({ entry }) => entry.name);
  return { missing: named("missing"), different: named("different") };
}

/** Sorts directories before single files, and then by name. */
function byOrder(one: SettingsEntry, other: SettingsEntry): number {
  const isSingle = (name: string) => Number(!name.includes("/"));
  return isSingle(one.name) - isSingle(other.name) || (one.name < other.name ? -1 : Number(one.name > other.name));
}

function inTheWay({ entry, obstacle }: ComparedSetting): BackupError {
  const { path, why, hint = MOVE } = obstacle ?? { path: entry.name, why: "" };
  return new BackupError("operation_failed", `Cannot restore the settings: "${path}" ${why}`, hint);
}
