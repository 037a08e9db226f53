import { dirname, join } from "node:path";
import { PROGRAM } from "../../program.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { openFile } from "../../store/open_file.ts";
import { SETTINGS_DIRECTORIES, SETTINGS_FILES } from "../../store/settings/names.ts";
import { hashFile } from "../../store/settings/settings_file.ts";
import type { SettingsEntry } from "../../store/settings/settings_index.ts";
import { ROOT } from "../../store/user.ts";
import type { SettingsKind, SettingsPaths } from "../protocol/mod.ts";

/** A settings file of a backup, and what is in its place on this machine. */
export interface ComparedSetting {
  readonly entry: SettingsEntry;
  /** Where it belongs. */
  readonly path: string;
  /** The innermost existing directory on the way there. */
  readonly existing: string;
  readonly state: "missing" | "different" | "same";
  /** The file in its place; null where there is none. */
  readonly old: Deno.FileInfo | null;
  /** Why it cannot be put there: "it is a link"; null where it can. */
  readonly obstacle: Obstacle | null;
}

/** What is in the way of a settings file. */
export interface Obstacle {
  readonly path: string;
  /** "is a link" */
  readonly why: string;
  /** What to do about it, where nothing can be moved out of the way. */
  readonly hint?: string;
}

/** What kind of settings a file is, by its name. */
export function kindOf(name: string): SettingsKind {
  const kind = SETTINGS_FILES.find((file) => file === name) ??
    SETTINGS_DIRECTORIES.find((directory) => name.startsWith(`${directory}/`));
  if (kind === undefined) throw new Error(`"${name}" is no settings file`);
  return kind;
}

/** Compares settings of a backup with those of one machine. */
export class Comparison {
  readonly #paths: SettingsPaths;
  readonly #user: number | null;
  readonly #directories = new Map<string, Way>();

  /** @param user ID of the user who is to replace them; null where users have none */
  constructor(paths: SettingsPaths, user: number | null) {
    this.#paths = paths;
    this.#user = user;
  }

  /** @returns null where it has no place on this machine */
  compare(entry: SettingsEntry): ComparedSetting | null {
    const kind = kindOf(entry.name);
    const root = this.#paths[kind];
    if (root === null) return null;
    const parts = entry.name.slice(kind.length).split("/").slice(1);
    const path = join(root, ...parts);
    const way = parts.length === 0 ? this.#wayTo(dirname(root), null) : this.#wayTo(dirname(path), root);
    const { existing } = way;
    const found = { entry, path, existing };
    const obstacle = way.obstacle ?? whyImpossible(path, parts);
    if (obstacle !== null) return { ...found, state: "missing", old: null, obstacle };
    const old = existing === dirname(path) ? lstatIfPresent(path) : null;
    return { ...found, ...this.#stateOf(entry, path, old) };
  }

  #stateOf(
    entry: SettingsEntry,
    path: string,
    old: Deno.FileInfo | null,
  ): Pick<ComparedSetting, "state" | "old" | "obstacle"> {
    if (old === null) return { state: "missing", old, obstacle: null };
    const inTheWay = (why: string) => ({ state: "different", old, obstacle: { path, why } }) as const;
    if (!old.isFile) return inTheWay(`is ${kindOfFile(old)}, not a file`);
    try {
      if (holdsSame(path, old, entry)) return { state: "same", old, obstacle: null };
    } catch (error) {
      return inTheWay(`cannot be read: ${(error as Error).message}`);
    }
    const isForeign = this.#user !== null && this.#user !== ROOT && old.uid !== this.#user;
    return isForeign ? inTheWay("belongs to another user") : { state: "different", old, obstacle: null };
  }

  /** @param root directory on the way, above which links are harmless; null where no link is checked */
  #wayTo(directory: string, root: string | null): Way {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const way = this.#look(directory, root);
    this.#directories.set(directory, way);
    return way;
  }

  #look(directory: string, root: string | null): Way {
    if (root !== null && directory !== root) {
      const above = this.#wayTo(dirname(directory), root);
      if (above.obstacle !== null || above.existing !== dirname(directory)) return above;
    }
    const info = lstatIfPresent(directory);
    if (info === null) return { existing: nearestExisting(dirname(directory)), obstacle: null };
    const why = info.isDirectory ? null : `is ${kindOfFile(info)}, not a directory`;
    return { existing: directory, obstacle: why === null ? null : { path: directory, why } };
  }
}

/** How far a directory can be reached. */
interface Way {
  readonly existing: string;
  readonly obstacle: Obstacle | null;
}

function nearestExisting(directory: string): string {
  for (let path = directory;; path = dirname(path)) {
    if (dirname(path) === path || !isMissing(path)) return path;
  }
}

/** What the sandbox hides lies above everything that is written to. */
function isMissing(path: string): boolean {
  try {
    return lstatIfPresent(path) === null;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}

function holdsSame(path: string, { size }: Deno.FileInfo, entry: SettingsEntry): boolean {
  if (size === entry.size) return hashFile(path) === entry.sha256;
  // Before it is replaced, it has to be kept.
  openFile(path, { noLinks: true }).close();
  return false;
}

function kindOfFile({ isFile, isDirectory, isSymlink, isFifo, isSocket }: Deno.FileInfo): string {
  if (isSymlink) return "a link";
  if (isDirectory) return "a directory";
  if (isFifo) return "a pipe";
  if (isSocket) return "a socket";
  return isFile ? "a file" : "a device";
}

/** Longest file name on common file systems, in bytes of UTF-8. */
const MAX_PART_BYTES = 255;
/** Longest path: PATH_MAX of Linux is 4096 with the terminating NUL, that of macOS 1024. */
const MAX_PATH_BYTES = Deno.build.os === "darwin" ? 1023 : 4095;
/** Names that Windows takes for something else: devices, streams, and names that it alters. */
const NOT_ON_WINDOWS = /[<>:"|?*\p{Cc}]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/iu;
/** Windows' own tar writes "_" for characters that no name can have. */
const WITH_TAR = "Extract the settings under other names with: tar -xf ARCHIVE settings";
const ELSEWHERE = `Extract the settings on another system with: ${PROGRAM} extract BACKUP --settings`;

/** Why a file cannot have such a path on this machine: it is too long, or means something else; null where it can. */
export function whyImpossible(path: string, parts: readonly string[]): Obstacle | null {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  // A temporary file with a longer name is made beside it.
  if (parts.some((part) => bytes(part) > MAX_PART_BYTES) || bytes(dirname(path)) > MAX_PATH_BYTES - MAX_PART_BYTES) {
    return { path, why: "is a longer path than this system allows", hint: ELSEWHERE };
  }
  const isMeantOtherwise = Deno.build.os === "windows" && parts.some((part) => NOT_ON_WINDOWS.test(part));
  return isMeantOtherwise ? { path, why: "is not a valid file name on Windows", hint: WITH_TAR } : null;
}
