import { dirname, join } from "node:path";
import { BackupError } from "../../errors.ts";
import { PRIVATE_FILE } from "../../store/private_file.ts";
import { pathExists, removeIfPresent, syncDirectory } from "../../store/publish.ts";
import { incompleteSettings } from "../../store/settings/incomplete_settings.ts";
import type { SettingsBundle } from "../../store/settings/settings_index.ts";
import { writeNewFile } from "../../store/settings/settings_file.ts";
import { whyImpossible } from "../settings/compare.ts";

const DIRECTORY_NAME = "settings";
const PRIVATE_DIRECTORY = 0o700;

/** Settings that were extracted from an archive, into a directory made for them. */
export class ExtractedSettings {
  readonly path: string;
  readonly count: number;
  /** The directory that they are in, which has another name until they are complete. */
  #root: string;
  /** Directories and files, as paths below the root, each after the one that it is in. */
  readonly #made = new Set<string>();

  /**
   * Writes all of them, or none.
   *
   * @param work path of the run's work directory
   * @throws {BackupError} where one of their names is impossible on this system
   * @throws {Deno.errors.AlreadyExists} where somebody has just made a directory for settings
   */
  constructor(bundle: SettingsBundle, directory: string, work: string) {
    this.path = settingsPath(directory);
    this.count = bundle.entries.length;
    this.#root = incompleteSettings(directory, work);
    for (const { name } of bundle.entries) {
      const parts = name.split("/");
      requirePossible(join(this.path, ...parts), parts);
    }
    try {
      for (const entry of bundle.entries) {
        const path = join(...entry.name.split("/"));
        this.#makeDirectory(dirname(path));
        const modified = new Date(entry.modified * 1000);
        writeNewFile(join(this.#root, path), bundle.read(entry), { mode: PRIVATE_FILE, owner: null, modified });
        this.#made.add(path);
      }
      const directories = new Set(Array.from(this.#made, (path) => dirname(join(this.#root, path))));
      for (const path of directories) if (path !== directory) syncDirectory(path);
      if (pathExists(this.path)) throw new Deno.errors.AlreadyExists(`"${this.path}" exists`);
      Deno.renameSync(this.#root, this.path);
      this.#root = this.path;
      syncDirectory(directory);
    } catch (error) {
      this.takeBack();
      throw error;
    }
  }

  /** Removes what was written, and nothing else. */
  takeBack(): void {
    for (const path of [...this.#made].reverse()) removeIfPresent(join(this.#root, path));
  }

  #makeDirectory(path: string): void {
    if (this.#made.has(path)) return;
    if (path !== ".") this.#makeDirectory(dirname(path));
    Deno.mkdirSync(join(this.#root, path), { mode: PRIVATE_DIRECTORY });
    this.#made.add(path);
  }
}

/** The directory for settings that are extracted into `directory`. */
export function settingsPath(directory: string): string {
  return join(directory, DIRECTORY_NAME);
}

function requirePossible(path: string, parts: readonly string[]): void {
  const obstacle = whyImpossible(path, parts);
  if (obstacle === null) return;
  const message = `Cannot extract the settings: "${obstacle.path}" ${obstacle.why}`;
  throw new BackupError("operation_failed", message, obstacle.hint);
}
