import { lstatIfPresent } from "../../store/identity.ts";
import { outputFile } from "../../store/work_directory.ts";
import type { Destination, SettingsKind, SettingsRequest } from "../protocol/mod.ts";

/** Paths that the worker may read and write, with all that is below them. */
interface Access {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/**
 * What the worker may do for settings: read where they are, and write only what is wanted: the places themselves, the
 * directory for what is replaced, and one temporary file beside each place.
 *
 * @param work path of the run's work directory, after which that file is named; null where there is none yet
 */
export function settingsGrants(request: SettingsRequest | null, work: string | null): Access {
  if (request === null) return { read: [], write: [] };
  const { paths, kept, directories } = request.destination;
  const read = [...directories.map(({ directory }) => directory), ...all(paths)];
  if (!isWanted(request)) return { read, write: [] };
  const own = work === null ? [] : directories.map(({ directory }) => outputFile(directory, work, "setting"));
  const wanted = all(paths, (kind) => wants(request, kind));
  return { read: [...read, kept, ...own], write: [...wanted, kept, ...own] };
}

/** Directories that are made if missing; none if nothing is written. */
export function settingsDirectories(request: SettingsRequest | null): readonly Destination[] {
  return request !== null && isWanted(request) ? request.destination.directories : [];
}

/** Directories that exist by then, and that nobody else may be able to swap. */
export function settingsPlaces(request: SettingsRequest | null): string[] {
  if (request === null || !isWanted(request)) return [];
  const { paths, directories } = request.destination;
  const below = all(paths, (kind) => wants(request, kind)).filter((path) => lstatIfPresent(path)?.isDirectory === true);
  return [...directories.map(({ directory }) => directory), ...below];
}

function isWanted({ wish }: SettingsRequest): boolean {
  return wish.settings || wish.plugins;
}

function wants({ wish }: SettingsRequest, kind: SettingsKind): boolean {
  return kind === "plugins" ? wish.plugins : wish.settings;
}

function all(
  paths: SettingsRequest["destination"]["paths"],
  isMeant: (kind: SettingsKind) => boolean = () => true,
): string[] {
  return (Object.keys(paths) as SettingsKind[]).filter(isMeant).map((kind) => paths[kind]).filter((path) =>
    path !== null
  );
}
