import { dirname } from "node:path";
import type { SettingsPaths } from "../protocol/mod.ts";
import type { PreparationNeeds } from "./preparation.ts";

/** What can be done where nothing can be unpacked. */
export const OTHER_WAYS = {
  verify: "Name another place with --temp-dir DIR, or check without unpacking with --quick.",
  show: "Name another place with --temp-dir DIR, or show what needs no unpacking with --quick.",
  diff: "Name another place with --temp-dir DIR.",
} as const;

/** For what unpacks an archive: it is done where the user wants it, beside the archive, or beside the library in reach. */
export function unpackingNeeds(
  { tempDirectory, library }: { readonly tempDirectory: string | null; readonly library: string | null },
  archive: string,
  action: string,
  otherWays: string,
): PreparationNeeds {
  const places = tempDirectory === null ? [dirname(archive), ...besideLibrary(library)] : [tempDirectory];
  const work = { action, places, mayGoElsewhere: tempDirectory === null, bytes: 0, otherWays, trustsOwner: false };
  return { work, outputs: [], library: null, isLook: false, isOptional: false };
}

/** For what looks into archives where it can: what cannot be unpacked is only not known. */
export function lookingNeeds(places: readonly string[]): PreparationNeeds {
  const action = "Cannot look into the backups";
  const work = { action, places, mayGoElsewhere: true, bytes: 0, otherWays: null, trustsOwner: false };
  return { work, outputs: [], library: null, isLook: false, isOptional: true };
}

/** For what replaces a library, by renaming: what is to replace it is made beside it. */
export function replacingNeeds(action: string, directory: string): PreparationNeeds {
  const otherWays = `Run it as the user that the library belongs to, or close its directory to others: chmod go-w`;
  const work = { action, places: [directory], mayGoElsewhere: false, bytes: 0, otherWays, trustsOwner: true };
  return { work, outputs: [], library: null, isLook: false, isOptional: false };
}

/** The directory of a library that is in reach; none without one. */
export function besideLibrary(library: string | null): string[] {
  return library === null ? [] : [dirname(library)];
}

/** Where settings are read. */
export function placesOf(paths: SettingsPaths | null | undefined): string[] {
  return Object.values(paths ?? {}).filter((path) => path !== null);
}
