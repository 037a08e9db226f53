/**
 * VPO's settings, which people write by hand: which files these are, by their names in an archive, and how much of them
 * a backup holds. A name is never used as a path before it has been checked here.
 *
 * @module
 */

/** The prefix of each settings file's name in an archive. */
export const SETTINGS_PREFIX = "settings/";

/** Settings that are one file each. */
export const SETTINGS_FILES = ["config.toml", "backup.toml"] as const;

/**
 * Directories of which every file is a setting. `policies` is the one beside `config.toml`, which most of VPO's
 * commands use; `data/policies` is that of `VPO_DATA_DIR`, which its jobs use, if that is another directory.
 */
export const SETTINGS_DIRECTORIES = ["policies", "profiles", "plugins", "data/policies"] as const;

/** The kinds of settings, by the beginning of their names in an archive. */
export type SettingsKind = (typeof SETTINGS_FILES)[number] | (typeof SETTINGS_DIRECTORIES)[number];

/** Real paths of the places on this machine that VPO reads its settings from, existing or not; null for none. */
export type SettingsPaths = Readonly<Record<SettingsKind, string | null>>;

/** Largest settings file of a backup, in bytes. */
export const MAX_SETTINGS_FILE_BYTES: number = 10 * 1024 * 1024;
/** Total size of the settings of a backup, in bytes. */
export const MAX_SETTINGS_BYTES: number = 64 * 1024 * 1024;
/** Most settings files in a backup. */
export const MAX_SETTINGS_COUNT = 10_000;
/** Longest name, in bytes of UTF-8. */
export const MAX_SETTINGS_NAME_BYTES = 1024;

/**
 * Neither a backslash, which separates directories on Windows, nor NUL, nor the replacement character, which stands for
 * invalid text.
 */
const FORBIDDEN = /[\\\0\uFFFD]/;

/** Whether a settings file may have this name, which is without {@link SETTINGS_PREFIX}. */
export function isSettingsName(name: string): boolean {
  if (!name.isWellFormed() || new TextEncoder().encode(name).length > MAX_SETTINGS_NAME_BYTES) return false;
  if (FORBIDDEN.test(name)) return false;
  if (name.split("/").some((part) => part === "" || part === "." || part === "..")) return false;
  return SETTINGS_FILES.some((file) => name === file) ||
    SETTINGS_DIRECTORIES.some((directory) => name.startsWith(`${directory}/`));
}

/** Names of settings files, no two of which conflict on any file system. */
export class SettingsNames {
  readonly #files = new Set<string>();
  readonly #directories = new Set<string>();

  /** @returns false where it conflicts with another: then it is not added */
  add(name: string): boolean {
    const folded = fold(name);
    const above = directoriesAbove(folded);
    if (this.#files.has(folded) || this.#directories.has(folded)) return false;
    if (above.some((directory) => this.#files.has(directory))) return false;
    this.#files.add(folded);
    for (const directory of above) this.#directories.add(directory);
    return true;
  }
}

/** Folds all names that some file system considers equal into one: macOS and Windows ignore case and normalization. */
function fold(name: string): string {
  return name.normalize("NFD").toUpperCase().toLowerCase().normalize("NFD");
}

function directoriesAbove(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
