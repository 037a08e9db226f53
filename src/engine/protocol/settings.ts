import type { SETTINGS_DIRECTORIES, SETTINGS_FILES } from "../../store/settings/names.ts";

/** What settings there are, by the beginning of their names in an archive. */
export type SettingsKind = (typeof SETTINGS_FILES)[number] | (typeof SETTINGS_DIRECTORIES)[number];

/** Real paths of the places of this machine that VPO reads its settings from, there or missing; null for none. */
export type SettingsPaths = Readonly<Record<SettingsKind, string | null>>;

/** Which settings go into a backup. */
export interface SettingsSource {
  readonly paths: SettingsPaths;
  /** They go in even where others could read the archive. */
  readonly insist: boolean;
}

/** How many settings files there are, and their size together in bytes. */
export interface SettingsTotal {
  readonly count: number;
  readonly totalBytes: number;
}
