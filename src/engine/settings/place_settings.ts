import { dirname, join } from "node:path";
import { BackupError } from "../../errors.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { linkFile, pathExists, removeIfPresent, syncDirectory } from "../../store/publish.ts";
import {
  copyToNewFile,
  type FileTraits,
  hashFile,
  settingMode,
  writeNewFile,
} from "../../store/settings/settings_file.ts";
import type { SettingsEntry } from "../../store/settings/settings_index.ts";
import { outputFile } from "../../store/work_directory.ts";
import type { PlacedSettings } from "../protocol/mod.ts";
import { explainSystem } from "../worker/explain_system.ts";
import { type ComparedSetting, Comparison } from "./compare.ts";
import type { SettingsPlan } from "./plan.ts";

/** The settings in an archive, and their bytes. */
export interface ArchivedSettings {
  read(entry: SettingsEntry): Uint8Array;
}

/** Mode bits that a new directory may inherit: others may look into it if they may look into its parent. */
const LOOK_BITS = 0o055;
const PRIVATE_DIRECTORY = 0o700;

/** Puts settings of a backup in place, one after the other; each is whole at every instant. */
export class SettingsPlacement {
  readonly #plan: SettingsPlan;
  readonly #settings: ArchivedSettings;
  readonly #user: number | null;
  readonly #work: string;
  readonly #changed = new Set<string>();
  readonly #placed: string[] = [];
  #hasKept = false;

  /**
   * @param user ID of the user who does it; null where users have none
   * @param work path of the run's work directory, after which its temporary files are named
   */
  constructor(plan: SettingsPlan, settings: ArchivedSettings, user: number | null, work: string) {
    this.#plan = plan;
    this.#settings = settings;
    this.#user = user;
    this.#work = work;
  }

  /**
   * Puts all of them in place. What is already in place is left alone, so that running it again finishes the job.
   *
   * @param progress takes how many are done, and may not throw
   * @throws {BackupError} saying how far it came
   */
  run(progress: (done: number, total: number) => void): PlacedSettings {
    const { steps, destination: { kept } } = this.#plan;
    try {
      for (const [done, step] of steps.entries()) {
        progress(done, steps.length);
        this.#place(step);
      }
      for (const directory of this.#changed) syncDirectory(directory);
    } catch (cause) {
      throw this.#unfinished(cause, steps[this.#placed.length]);
    }
    return { names: this.#placed, kept: this.#hasKept ? kept : null };
  }

  #place({ entry }: ComparedSetting): void {
    // A person may have thought about the question for a while: what is there now counts.
    const found = new Comparison(this.#plan.destination.paths, this.#user).compare(entry);
    if (found === null) throw new Error("it has no place here");
    if (found.obstacle !== null) throw new Error(`"${found.obstacle.path}" ${found.obstacle.why}`);
    if (found.state !== "same") this.#write(found);
    this.#placed.push(entry.name);
  }

  #write({ entry, path, existing, old }: ComparedSetting): void {
    this.#makeDirectories(existing, dirname(path), LOOK_BITS);
    const copy = old === null ? null : this.#keep(entry, path, old);
    const temporary = outputFile(dirname(path), this.#work, "setting");
    writeNewFile(temporary, this.#settings.read(entry), traitsFor(entry, old));
    try {
      if (copy === null) nameNew(temporary, path);
      else replaceKept(temporary, path, copy);
    } catch (error) {
      removeIfPresent(temporary);
      throw error;
    }
    this.#changed.add(dirname(path));
  }

  /**
   * Copies what is to be replaced, and syncs the copy.
   *
   * @returns path of the copy
   */
  #keep({ name }: SettingsEntry, path: string, old: Deno.FileInfo): string {
    const { kept } = this.#plan.destination;
    if (!this.#hasKept) {
      Deno.mkdirSync(kept, { mode: PRIVATE_DIRECTORY });
      syncDirectory(dirname(kept));
    }
    this.#hasKept = true;
    const copy = join(kept, ...name.split("/"));
    this.#makeDirectories(kept, dirname(copy), 0);
    // A run that is killed while it copies must not leave half a file among those that are kept.
    const temporary = outputFile(dirname(kept), this.#work, "setting");
    copyToNewFile(path, temporary, { mode: settingMode(old.mode), owner: null, modified: old.mtime });
    try {
      nameNew(temporary, copy);
    } catch (error) {
      removeIfPresent(temporary);
      throw error;
    }
    syncDirectory(dirname(copy));
    return copy;
  }

  /** @param bits that each of them inherits from its parent, besides those of its owner */
  #makeDirectories(existing: string, directory: string, bits: number): void {
    const missing: string[] = [];
    for (let path = directory; path !== existing && !pathExists(path); path = dirname(path)) missing.unshift(path);
    for (const path of missing) {
      const mode = PRIVATE_DIRECTORY | (Deno.statSync(dirname(path)).mode ?? 0) & bits;
      Deno.mkdirSync(path, { mode });
      syncDirectory(dirname(path));
    }
  }

  #unfinished(cause: unknown, step: ComparedSetting | undefined): BackupError {
    const { steps, destination: { kept } } = this.#plan;
    const { code, message } = explainSystem(cause, `Cannot put "${step?.entry.name}" in place`);
    const done = `${this.#placed.length} of ${steps.length} settings files are in place`;
    const where = this.#hasKept ? ` What they replaced is kept in "${kept}".` : "";
    const first = isHeldOpen(cause) ? "Close the program that has that file open. " : "";
    const hint = `${first}What is in place stays: run it again to finish it.${where}`;
    return new BackupError(code, `${message}; ${done}`, hint, { cause });
  }
}

/** Whether Windows refused to replace a file that another program has open. */
function isHeldOpen(error: unknown): boolean {
  return Deno.build.os === "windows" && error instanceof Error && /\(os error (5|32)\)/.test(error.message);
}

/** Owner and mode come from the file that is replaced, or for a new file from the owner of the directory. */
function traitsFor({ mode }: SettingsEntry, old: Deno.FileInfo | null): FileTraits {
  const owner = old?.uid == null || old.gid == null ? null : { uid: old.uid, gid: old.gid };
  return { mode: settingMode(old?.mode ?? mode), owner, modified: null };
}

/** Never replaces what somebody has saved there since it was copied. */
function replaceKept(temporary: string, path: string, copy: string): void {
  if (hashFile(path) !== hashFile(copy)) throw new Error("somebody has changed it meanwhile");
  Deno.renameSync(temporary, path);
}

/** Never replaces what somebody else has just made there. */
function nameNew(temporary: string, path: string): void {
  if (linkFile(temporary, path)) return removeIfPresent(temporary);
  if (lstatIfPresent(path) !== null) throw new Deno.errors.AlreadyExists("somebody has made it meanwhile");
  Deno.renameSync(temporary, path);
}
