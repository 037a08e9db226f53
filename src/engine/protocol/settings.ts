import type { SettingsKind, SettingsPaths } from "../../store/settings/names.ts";
import type { Destination } from "./destination.ts";

export type { SettingsKind, SettingsPaths };

/** Which settings go into a backup. */
export interface SettingsSource {
  readonly paths: SettingsPaths;
  /** Include them even where others could read the archive. */
  readonly insist: boolean;
  /** Directories that the archive is copied to afterwards. */
  readonly copies: readonly string[];
}

/** How many settings files there are, and their total size in bytes. */
export interface SettingsTotal {
  readonly count: number;
  readonly totalBytes: number;
}

/** Where settings of a backup go. */
export interface SettingsDestination {
  readonly paths: SettingsPaths;
  /** Path of the directory, made when needed, that keeps what is replaced. */
  readonly kept: string;
  /** Directories that contain the places, made if missing. */
  readonly directories: readonly Destination[];
}

/** Which settings of a backup are wanted. */
export interface SettingsWish {
  /** All but the plugins. */
  readonly settings: boolean;
  /** Programs that VPO will run. */
  readonly plugins: boolean;
}

/** What to do with the settings of a backup. */
export interface SettingsRequest {
  readonly destination: SettingsDestination;
  readonly wish: SettingsWish;
}

/** How the settings of a backup differ from those of this machine: names as in the archive, in order. */
export interface SettingsDifference {
  readonly missing: readonly string[];
  readonly different: readonly string[];
}

/** What a restore would do to the settings of this machine, and what it would leave. */
export interface SettingsPreview {
  /** How many settings files the backup holds. */
  readonly count: number;
  /** What is put in place. */
  readonly wanted: SettingsDifference;
  /** What is not put in place, because nobody asked for it. */
  readonly left: SettingsDifference;
  /** What has no place on this machine. */
  readonly homeless: readonly string[];
  /** Where `config.toml` belongs if it is missing; null where it exists, or where nothing tells. */
  readonly missingConfig: string | null;
}

/** What became of the settings of this machine. */
export interface PlacedSettings {
  /** Names of those that were put in place. */
  readonly names: readonly string[];
  /** Directory with the replaced ones; null where there were none. */
  readonly kept: string | null;
}

/** What is asked before settings are put in place. */
export interface SettingsQuestion {
  readonly kind: "settings";
  readonly preview: SettingsPreview;
  /** Where the replaced ones are kept. */
  readonly kept: string;
  /** The bytes of the `config.toml` that is put in place; null where none is. */
  readonly config: Uint8Array | null;
  /** Path of the library that goes with them; null where it is left alone. */
  readonly library: string | null;
  /** Whether a person is asked. Otherwise only objections are looked for. */
  readonly confirm: boolean;
  readonly dryRun: boolean;
}

/** Put the settings of a backup in place, and leave the library alone. */
export interface RestoreSettingsRequest {
  readonly verb: "restore settings";
  readonly archive: string;
  readonly settings: SettingsRequest;
  readonly dryRun: boolean;
  readonly confirm: boolean;
}

/** Settings that could be put in place, without the library. */
export interface SettingsChecked {
  readonly kind: "settings checked";
  readonly source: string;
  readonly createdAt: string;
  readonly preview: SettingsPreview;
}

/** Settings that were put in place, without the library. */
export interface SettingsRestored {
  readonly kind: "settings restored";
  readonly source: string;
  readonly createdAt: string;
  readonly preview: SettingsPreview;
  readonly placed: PlacedSettings;
  readonly seconds: number;
}

/** Whether this machine has a settings file of a backup; unknown where it has no place for it. */
export type SettingHere = "same" | "different" | "missing" | "unknown";

/** A settings file of a backup. */
export interface ShownSetting {
  /** As in the archive, without `settings/`. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly here: SettingHere;
}

/** How the settings on two sides differ, by their names. */
export interface SettingsChanges {
  readonly onlyInFrom: readonly string[];
  readonly onlyInTo: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
}
