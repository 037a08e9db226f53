import { join } from "node:path";
import type { SettingsDestination, SettingsPaths, SettingsWish } from "../../src/engine/protocol/mod.ts";
import { planSettings, type SettingsPlan } from "../../src/engine/settings/plan.ts";
import { SettingsPlacement } from "../../src/engine/settings/place_settings.ts";
import { writeArchive } from "../../src/archive/write.ts";
import { SettingsBundle, type SettingsEntry } from "../../src/store/settings/settings_index.ts";
import { WorkDirectory } from "../../src/store/work_directory.ts";
import { ownMetadata } from "./archives.ts";
import type { Home } from "./home.ts";
import { TemporaryDirectory } from "./temporary.ts";

/** A machine on which nothing tells where settings are. */
export const NO_PLACES: SettingsPaths = {
  "config.toml": null,
  "backup.toml": null,
  policies: null,
  profiles: null,
  plugins: null,
  "data/policies": null,
};

/** The wish for all settings, plugins included. */
export const ALL_SETTINGS: SettingsWish = { settings: true, plugins: true };

/** Settings as an archive holds them, by name; their modes are 0644 unless the name is in `modes`. */
export type SettingsContent = Readonly<Record<string, string>>;

/** Settings of every kind, by name. */
export const SAMPLE_SETTINGS = {
  "config.toml": "[server]\nport = 8321\n",
  "backup.toml": "level = 3\n",
  "policies/movies.yaml": "schema_version: 12\n",
  "policies/more/séries.yaml": "",
  "profiles/fast.yaml": "fast",
  "plugins/hello/plugin.py": "print('hello')\n",
};

/** Where settings go that are below a directory, as VPO's own are. */
export function settingsBelow(vpo: string): SettingsDestination {
  return {
    paths: {
      "config.toml": join(vpo, "config.toml"),
      "backup.toml": join(vpo, "backup.toml"),
      policies: join(vpo, "policies"),
      profiles: join(vpo, "profiles"),
      plugins: join(vpo, "plugins"),
      "data/policies": null,
    },
    kept: join(vpo, "settings.before-restore-2026-02-06T09-12-44Z"),
    directories: [{ directory: vpo, existing: vpo }],
  };
}

/** A machine whose settings are to be replaced, and what is to replace them. */
export class SettingsMachine extends TemporaryDirectory {
  readonly vpo = join(this.path, ".vpo");
  readonly kept = this.destination.kept;
  readonly #work: WorkDirectory;
  readonly bundle: SettingsBundle;

  constructor(content: SettingsContent, modes: Readonly<Record<string, number>> = {}) {
    super();
    Deno.mkdirSync(this.vpo);
    this.#work = WorkDirectory.create(this.path);
    this.bundle = bundleOf(join(this.path, "bundle"), content, modes);
  }

  get destination(): SettingsDestination {
    return settingsBelow(this.vpo);
  }

  plan(wish: SettingsWish = ALL_SETTINGS, entries: readonly SettingsEntry[] = this.bundle.entries): SettingsPlan {
    return planSettings(entries, this.destination, wish, Deno.build.os === "windows" ? null : Deno.uid());
  }

  placement(plan: SettingsPlan): SettingsPlacement {
    return new SettingsPlacement(plan, this.bundle, Deno.build.os === "windows" ? null : Deno.uid(), this.#work.path);
  }

  /** Path of the run's work directory. */
  get work(): string {
    return this.#work.path;
  }

  /** Writes a file below VPO's directory, and the directories on its way. */
  put(name: string, content: string, mode = 0o644): string {
    const path = join(this.vpo, ...name.split("/"));
    Deno.mkdirSync(join(path, ".."), { recursive: true });
    Deno.writeTextFileSync(path, content, { mode });
    return path;
  }

  override [Symbol.dispose](): void {
    this.bundle[Symbol.dispose]();
    this.#work[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

function bundleOf(path: string, content: SettingsContent, modes: Readonly<Record<string, number>>): SettingsBundle {
  const bundle = new SettingsBundle(path);
  for (const [name, text] of Object.entries(content)) {
    const bytes = new TextEncoder().encode(text);
    bundle.begin({ name, mode: modes[name] ?? 0o644, modified: 1_770_000_000, size: bytes.length });
    if (bytes.length > 0) bundle.write(bytes);
  }
  return bundle;
}

/**
 * Puts an archive of this program with the sample library and these settings into the backup directory.
 *
 * @returns its path
 */
export async function putArchiveWithSettings(
  home: Home,
  content: SettingsContent,
  name = "vpo-library-2026-02-05T14-30-22Z.tar.gz",
): Promise<string> {
  const library = new URL("../fixtures/library-v27.db", import.meta.url);
  Deno.mkdirSync(home.backups, { recursive: true });
  const path = join(home.backups, name);
  using scratch = new TemporaryDirectory();
  using bundle = bundleOf(scratch.file("settings"), content, {});
  using database = Deno.openSync(library);
  using archive = Deno.openSync(path, { write: true, createNew: true });
  await writeArchive(archive, database, ownMetadata(Deno.statSync(library).size), { level: 6, settings: bundle });
  return path;
}

/** Text of a file below VPO's directory of a home; null where there is none. */
export function readSetting(home: Home, name: string): string | null {
  try {
    return Deno.readTextFileSync(join(home.vpo, ...name.split("/")));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Names of the directories of a home that hold settings which were replaced, the oldest first. */
export function keptSettings(home: Home): string[] {
  return Array.from(Deno.readDirSync(home.vpo), ({ name }) => name)
    .filter((name) => name.startsWith("settings.before-restore-")).sort();
}
