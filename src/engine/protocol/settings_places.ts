import type { Destination } from "./requests.ts";
import type { SettingsPaths } from "./settings.ts";

/** Where settings of a backup go. */
export interface SettingsDestination {
  readonly paths: SettingsPaths;
  /** Path of a directory, which is made for what is replaced. */
  readonly kept: string;
  /** Directories in which the places are, which are made where they are missing. */
  readonly directories: readonly Destination[];
}

/** What of the settings of a backup is wanted. */
export interface SettingsWish {
  /** All but the plugins. */
  readonly settings: boolean;
  /** Programs that VPO will run. */
  readonly plugins: boolean;
}

/** How the settings of a backup differ from those of this machine: names as in the archive, in order. */
export interface SettingsDifference {
  readonly missing: readonly string[];
  readonly different: readonly string[];
}

/** What a restore would do to the settings of this machine, or leave. */
export interface SettingsPreview {
  /** How many settings files the backup holds. */
  readonly count: number;
  /** What is put in place. */
  readonly wanted: SettingsDifference;
  /** What is not, because nobody asked for it. */
  readonly left: SettingsDifference;
  /** What has no place on this machine. */
  readonly homeless: readonly string[];
  /** Where `config.toml` belongs, where there is none; null where there is one, or where nothing tells. */
  readonly missingConfig: string | null;
}

/** What became of the settings of this machine. */
export interface PlacedSettings {
  /** Names of those that were put in place. */
  readonly names: readonly string[];
  /** Directory with those that were replaced; null where there were none. */
  readonly kept: string | null;
}
