import { join } from "node:path";
import { systemReason } from "../../errors.ts";
import { lstatIfPresent } from "../identity.ts";
import { isOutputFileName } from "../naming.ts";
import {
  isSettingsName,
  MAX_SETTINGS_BYTES,
  MAX_SETTINGS_COUNT,
  MAX_SETTINGS_FILE_BYTES,
  SETTINGS_FILES,
  type SettingsKind,
  SettingsNames,
  type SettingsPaths,
} from "./names.ts";

/** A settings file of this machine, as it was when it was examined. */
export interface FoundSetting {
  /** Its name in an archive, without `settings/`. */
  readonly name: string;
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/** What does not go into a backup, and why not: "it is a link". */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** The settings of this machine. */
export interface FoundSettings {
  /** Those that a backup includes, in order. */
  readonly files: readonly FoundSetting[];
  readonly leftOut: readonly LeftOut[];
  /** Paths of files among them that runs of this program have made, to become settings. */
  readonly temporaries: readonly string[];
}

/** The order in which settings are included until the limits are reached: plugins may bring a lot along. */
const KINDS = [...SETTINGS_FILES, "policies", "profiles", "data/policies", "plugins"] as const;
/** What Python generates from plugins, and can generate again. */
const CACHES = /^__pycache__$|\.py[co]$/;
/** Files and directories that are examined, at most: a larger tree does not hold settings. */
const MAX_LOOKED_AT = 10 * MAX_SETTINGS_COUNT;

/**
 * Finds the settings files of this machine, without following links. What is missing is simply not there.
 *
 * @param advance is called for each file and directory; what it throws ends the search
 */
export function findSettings(places: SettingsPaths, advance: () => void = () => {}): FoundSettings {
  const search = new Search(advance);
  for (const kind of KINDS) {
    const path = places[kind];
    if (path !== null) search.lookAt(kind, path, isFileKind(kind) ? "file" : "directory");
  }
  return { ...within(search.files.sort(byOrder), search.leftOut), temporaries: search.temporaries };
}

/** Why a file is left out that is too large by itself. */
export const TOO_LARGE = "it is larger than 10 MB";
/** Why a file is left out that does not fit beside the others. */
export const TOO_MUCH = "all settings together are larger than 64 MB";

class Search {
  readonly files: FoundSetting[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly temporaries: string[] = [];
  readonly #advance: () => void;
  #lookedAt = 0;

  constructor(advance: () => void) {
    this.#advance = advance;
  }

  /** @param wanted what it has to be; null where either will do */
  lookAt(name: string, path: string, wanted: "file" | "directory" | null): void {
    this.#advance();
    if (++this.#lookedAt > MAX_LOOKED_AT) {
      if (this.#lookedAt === MAX_LOOKED_AT + 1) this.#leaveOut(name, "there are too many files here");
      return;
    }
    try {
      const info = lstatIfPresent(path);
      if (info === null) {
        // The real name is another one: what is not valid text in a name was replaced when it was read.
        if (name.includes("\uFFFD")) this.#leaveOut(name, "its name is not UTF-8");
        return;
      }
      if (info.isSymlink) return this.#leaveOut(name, "it is a link");
      if (info.isDirectory && wanted !== "file") return this.#lookInto(name, path);
      if (!info.isFile || wanted === "directory") {
        return this.#leaveOut(name, wanted === "directory" ? "it is not a directory" : "it is not a regular file");
      }
      if (!isSettingsName(name)) return this.#leaveOut(name, "other systems do not allow such a name");
      if (info.size > MAX_SETTINGS_FILE_BYTES) return this.#leaveOut(name, TOO_LARGE);
      this.files.push({ name, path, info });
    } catch (error) {
      if (isMissing(error)) return;
      this.#leaveOut(name, whyUnreadable(error));
    }
  }

  #lookInto(name: string, path: string): void {
    const names = Array.from(Deno.readDirSync(path), (entry) => entry.name).sort();
    for (const one of names) {
      if (isOutputFileName(one)) this.temporaries.push(join(path, one));
      else if (!CACHES.test(one)) this.lookAt(`${name}/${one}`, join(path, one), null);
    }
  }

  #leaveOut(name: string, why: string): void {
    this.leftOut.push({ name, why });
  }
}

/** Takes as many files as fit into a backup, and no two that conflict. */
function within(
  files: readonly FoundSetting[],
  leftOut: readonly LeftOut[],
): Pick<FoundSettings, "files" | "leftOut"> {
  const names = new SettingsNames();
  const taken: FoundSetting[] = [];
  const others: LeftOut[] = [...leftOut];
  let bytes = 0;
  for (const file of files) {
    const { name, info: { size } } = file;
    if (taken.length === MAX_SETTINGS_COUNT) others.push({ name, why: "there are more than 10,000 settings files" });
    else if (bytes + size > MAX_SETTINGS_BYTES) others.push({ name, why: TOO_MUCH });
    else if (!names.add(name)) others.push({ name, why: "some systems do not tell its name from another file's" });
    else {
      taken.push(file);
      bytes += size;
    }
  }
  return { files: taken, leftOut: others };
}

/** Hidden files, such as the history of a version control system, come after what VPO reads. */
function byOrder(one: FoundSetting, other: FoundSetting): number {
  const isHidden = ({ name }: FoundSetting) => Number(name.includes("/."));
  const kindOf = ({ name }: FoundSetting) => KINDS.findIndex((kind) => name === kind || name.startsWith(`${kind}/`));
  return isHidden(one) - isHidden(other) || kindOf(one) - kindOf(other) || (one.name < other.name ? -1 : 1);
}

function isFileKind(kind: SettingsKind): boolean {
  return SETTINGS_FILES.some((file) => file === kind);
}

/** Whether somebody has just removed it, or its parent is no directory. */
function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** Why a settings file cannot be read, in a line. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "the sandbox does not let it be read";
  return `it cannot be read: ${systemReason(error)}`;
}

/** How many settings a backup includes, and their total size in bytes. */
export function totalOf(
  { files }: Pick<FoundSettings, "files">,
): { readonly count: number; readonly totalBytes: number } {
  return { count: files.length, totalBytes: files.reduce((sum, { info }) => sum + info.size, 0) };
}
