import { findSettings, type FoundSetting } from "../../store/settings/find_settings.ts";
import { hashFile } from "../../store/settings/settings_file.ts";
import type { SettingsEntry } from "../../store/settings/settings_index.ts";
import type { SettingHere, SettingsChanges, SettingsPaths } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";
import { kindOf } from "./compare.ts";

/** The settings of this machine as a backup would take them, for comparison with those in a backup. */
export class SettingsHere {
  readonly #paths: SettingsPaths;
  readonly #files: ReadonlyMap<string, FoundSetting>;
  /** What no backup takes. */
  readonly #others: ReadonlySet<string>;
  readonly #job: Job;

  constructor(paths: SettingsPaths, job: Job) {
    this.#paths = paths;
    this.#job = job;
    const { files, leftOut } = findSettings(paths, () => job.throwIfCancelled());
    this.#files = new Map(files.map((file) => [file.name, file]));
    this.#others = new Set(leftOut.map(({ name }) => name));
  }

  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** How a settings file of a backup compares with the one here. */
  compare({ name, size, sha256 }: SettingsEntry): SettingHere {
    this.#job.throwIfCancelled();
    const file = this.#files.get(name);
    if (file === undefined) {
      if (this.#paths[kindOf(name)] === null) return "unknown";
      return this.#others.has(name) ? "different" : "missing";
    }
    return size === file.info.size && hashIfReadable(file.path) === sha256 ? "same" : "different";
  }

  /** How the settings of a backup have changed since. */
  changesSince(entries: readonly SettingsEntry[]): SettingsChanges {
    const compared = entries.map((entry) => ({ name: entry.name, here: this.compare(entry) }));
    const named = (...wanted: readonly SettingHere[]) =>
      compared.filter(({ here }) => wanted.includes(here)).map(({ name }) => name);
    const names = new Set(entries.map(({ name }) => name));
    return {
      onlyInFrom: named("missing", "unknown").sort(),
      onlyInTo: this.names.filter((name) => !names.has(name)).sort(),
      changed: named("different").sort(),
      unchanged: named("same").length,
    };
  }
}

/** How the settings of two backups differ. */
export function compareEntries(from: readonly SettingsEntry[], to: readonly SettingsEntry[]): SettingsChanges {
  const [one, other] = [from, to].map((entries) => new Map(entries.map(({ name, sha256 }) => [name, sha256])));
  const [inFrom, inTo] = [one ?? new Map<string, string>(), other ?? new Map<string, string>()];
  const both = [...inFrom.keys()].filter((name) => inTo.has(name));
  const changed = both.filter((name) => inFrom.get(name) !== inTo.get(name));
  return {
    onlyInFrom: [...inFrom.keys()].filter((name) => !inTo.has(name)).sort(),
    onlyInTo: [...inTo.keys()].filter((name) => !inFrom.has(name)).sort(),
    changed: changed.sort(),
    unchanged: both.length - changed.length,
  };
}

/** @returns null where it cannot be read any more */
function hashIfReadable(path: string): string | null {
  try {
    return hashFile(path);
  } catch {
    return null;
  }
}
