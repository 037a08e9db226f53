import { dirname, join } from "node:path";
import { BackupError } from "../../errors.ts";
import { PRIVATE_FILE } from "../../store/private_file.ts";
import { removeIfPresent, syncDirectory } from "../../store/publish.ts";
import type { SettingsBundle } from "../../store/settings/settings_index.ts";
import { writeNewFile } from "../../store/settings/settings_file.ts";
import { whyImpossible } from "../settings/compare.ts";

const DIRECTORY_NAME = "settings";
const PRIVATE_DIRECTORY = 0o700;

/** Settings that were extracted from an archive, into a directory made for them. */
export class ExtractedSettings {
  readonly path: string;
  readonly count: number;
  readonly #made = new Set<string>();

  /**
   * Writes all of them, or none.
   *
   * @throws {BackupError} where one of their names is impossible on this system
   */
  constructor(bundle: SettingsBundle, directory: string) {
    this.path = settingsPath(directory);
    this.count = bundle.entries.length;
    const files = bundle.entries.map((entry) => {
      const parts = entry.name.split("/");
      return { entry, parts, path: join(this.path, ...parts) };
    });
    for (const { path, parts } of files) requirePossible(path, parts);
    try {
      for (const { entry, path } of files) {
        this.#makeDirectory(dirname(path));
        const modified = new Date(entry.modified * 1000);
        writeNewFile(path, bundle.read(entry), { mode: PRIVATE_FILE, owner: null, modified });
        this.#made.add(path);
      }
      for (const path of new Set(Array.from(this.#made, (path) => dirname(path)))) syncDirectory(path);
    } catch (error) {
      this.takeBack();
      throw error;
    }
  }

  /** Removes what was written, and nothing else. */
  takeBack(): void {
    for (const path of [...this.#made].reverse()) removeIfPresent(path);
  }

  #makeDirectory(path: string): void {
    if (this.#made.has(path)) return;
    if (path !== this.path) this.#makeDirectory(dirname(path));
    Deno.mkdirSync(path, { mode: PRIVATE_DIRECTORY });
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
