import { dirname } from "node:path";
import { BACK_UP_WITH_OWN_TEMP_DIR, NAME_ANOTHER_TEMP_DIR, NAME_OWN_TEMP_DIR } from "../../program.ts";
import type { CopyRequest, DoctorRequest, ExtractRequest, SettingsPaths, SettingsRequest } from "../protocol/mod.ts";
import type { PreparationNeeds } from "./preparation.ts";
import { settingsPlaces } from "../settings/access.ts";

/** What to do where nothing can be unpacked. */
export const OTHER_WAYS = {
  verify: `${NAME_ANOTHER_TEMP_DIR}, or check without unpacking with --quick.`,
  show: `${NAME_ANOTHER_TEMP_DIR}, or show what needs no unpacking with --quick.`,
  diff: `${NAME_ANOTHER_TEMP_DIR}.`,
} as const;

/** For unpacking an archive: where the user wants it, beside the archive, or beside the library in reach. */
export function unpackingNeeds(
  { tempDirectory, library }: { readonly tempDirectory: string | null; readonly library: string | null },
  archive: string,
  action: string,
  otherWays: string,
): PreparationNeeds {
  const places = tempDirectory === null ? [dirname(archive), ...workBesideLibrary(library)] : [tempDirectory];
  const work = { action, places, mayGoElsewhere: tempDirectory === null, bytes: 0, otherWays, trustsOwner: false };
  return { work, outputs: [], library: null, isLook: false, isOptional: false };
}

/** For looking into archives where possible: what cannot be unpacked just stays unknown. */
export function lookingNeeds(places: readonly string[]): PreparationNeeds {
  const action = "Cannot look into the backups";
  const work = { action, places, mayGoElsewhere: true, bytes: 0, otherWays: null, trustsOwner: false };
  return { work, outputs: [], library: null, isLook: false, isOptional: true };
}

/** For replacing a library by a rename: the replacement is made beside it. */
export function replacingNeeds(action: string, directory: string): PreparationNeeds {
  const otherWays = `Run it as the library's owner, or close its directory to others: chmod go-w`;
  const work = { action, places: [directory], mayGoElsewhere: false, bytes: 0, otherWays, trustsOwner: true };
  return { work, outputs: [], library: null, isLook: false, isOptional: false };
}

/** For copying an archive: the copy is read like an archive before it has its name. */
export function copyNeeds({ destination: { directory }, workPlaces: places }: CopyRequest): PreparationNeeds {
  return {
    work: {
      action: "Cannot copy the backup",
      places,
      mayGoElsewhere: true,
      bytes: 0,
      otherWays: NAME_OWN_TEMP_DIR,
      trustsOwner: false,
    },
    outputs: [directory],
    library: null,
    isLook: false,
    isOptional: false,
  };
}

/** For extracting a library: it is renamed from where it was checked. */
export function extractNeeds({ destination: { directory } }: ExtractRequest): PreparationNeeds {
  return {
    work: {
      action: "Cannot extract the library",
      places: [directory],
      mayGoElsewhere: false,
      bytes: 0,
      otherWays: "Name a directory of your own with --output DIR.",
      trustsOwner: false,
    },
    outputs: [],
    library: null,
    isLook: false,
    isOptional: false,
  };
}

/** For an examination, which tries what a backup would do. */
export function doctorNeeds(
  { library, directory, directoryFound, mayWrite, writable }: DoctorRequest,
): PreparationNeeds {
  return {
    work: {
      action: "Cannot back up the library",
      places: [dirname(library), ...(directoryFound ? [directory] : [])],
      mayGoElsewhere: true,
      bytes: 0,
      otherWays: BACK_UP_WITH_OWN_TEMP_DIR,
      trustsOwner: false,
    },
    outputs: [...(directoryFound && mayWrite ? [directory] : []), ...writable],
    library: { path: library, for: "looked at" },
    isLook: true,
    isOptional: true,
  };
}

/** For putting settings in place: they are unpacked beside their places, or beside the archive. */
export function settingsNeeds(archive: string, settings: SettingsRequest): PreparationNeeds {
  const places = [...settings.destination.directories.map(({ directory }) => directory), dirname(archive)];
  const action = "Cannot restore the settings";
  const otherWays = "Run it as the owner of the settings.";
  const work = { action, places, mayGoElsewhere: true, bytes: 0, otherWays, trustsOwner: false };
  return { work, outputs: [], settings: settingsPlaces(settings), library: null, isLook: false, isOptional: false };
}

/** The directory of a library, if it may be read; a library out of reach is known by its path alone. */
export function besideLibrary(library: string | null): string[] {
  if (library === null) return [];
  const path = dirname(library);
  return Deno.permissions.querySync({ name: "read", path }).state === "granted" ? [path] : [];
}

/** The same as a place to work in. */
export function workBesideLibrary(library: string | null): string[] {
  return besideLibrary(library).filter(isDirectory);
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    // It is missing, or closed to this user.
    return false;
  }
}

/** Where settings are read. */
export function placesOf(paths: SettingsPaths | null | undefined): string[] {
  return Object.values(paths ?? {}).filter((path) => path !== null);
}
