import { delimiter } from "node:path";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { holdsBackups, isSameDirectory } from "../../engine/backup_directory.ts";
import type { CopyPlaces, Destination } from "../../engine/protocol/mod.ts";
import { isSamePlace, resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError, systemReason } from "../../errors.ts";
import type { Context } from "../context.ts";
import { confirm } from "../prompt/confirm.ts";
import { type BackupConfig, inForce, readBackupConfig } from "./backup_config.ts";
import { ordinaryDirectory } from "./backup_directory.ts";
import { type Env, expandHome, VARIABLES } from "./paths.ts";
import { duration, path } from "./values.ts";

/** What determines the places. */
type Surroundings = Pick<Context, "globals" | "io">;

/** The option that names a place for second copies; it can be repeated. */
export function copyToOption() {
  return multiple(option("--copy-to", path("DIR"), {
    description: message`Second place for backups, such as a USB disk; may be repeated.`,
  }));
}

/** The option for the maximum age of the newest copy. */
export function copyMaxAgeOption() {
  return optional(option("--copy-max-age", duration(), {
    // A disk that is plugged in once a week, and a day for being late.
    description: message`Maximum age of the newest copy in each place (default: 8d).`,
  }));
}

/** The places that the environment names. */
export function placesInVariable(env: Env): string[] {
  return (env(VARIABLES.copyTo) ?? "").split(delimiter).filter((name) => name !== "");
}

/**
 * The places for second copies: the flags, else the environment, else `backup.toml`, else none. A place of the latter
 * two that was named as the backup directory of this run, such as a disk to look at, is left out.
 *
 * @param main real path of the backup directory
 * @throws {BackupError} `usage`, where one is the backup directory itself, or another one under a second name
 */
export function copyPlaces(flags: readonly string[], main: string, { io, globals }: Surroundings): Destination[] {
  const { names, remedy } = namedPlaces(flags, { io, globals });
  const places = names.map((name) => resolveDirectory(expandHome(name, io.env)));
  const isMain = ({ directory }: Destination) => isSameDirectory(directory, main);
  const self = places.find(isMain);
  if (self !== undefined && (flags.length > 0 || isOrdinary(main, { io, globals }))) {
    throw notAnother(self.directory, "it is the backup directory itself", remedy);
  }
  const others = places.filter((place) => !isMain(place));
  others.forEach(({ directory }, index) => {
    const twin = others.slice(0, index).find((other) => isSameDirectory(other.directory, directory));
    if (twin?.directory === directory) throw notAnother(directory, "it is named twice", remedy);
    if (twin !== undefined) throw notAnother(directory, `it is the same directory as "${twin.directory}"`, remedy);
  });
  return others;
}

/**
 * Whether the file's rules are for the places of copies, too: not if an option names these or, in the place of those that
 * the file names, a variable.
 */
export function areMeantForCopies(flags: readonly string[], { values }: BackupConfig, env: Env): boolean {
  return flags.length === 0 && (values.copy_to === undefined || placesInVariable(env).length === 0);
}

/** The names of the places, and what to do where one of them cannot be used. */
interface NamedPlaces {
  readonly names: readonly string[];
  readonly remedy: string;
}

function namedPlaces(flags: readonly string[], { io, globals }: Surroundings): NamedPlaces {
  if (flags.length > 0) return { names: flags, remedy: "Name a directory on another disk with --copy-to DIR." };
  const names = placesInVariable(io.env);
  if (names.length > 0) return { names, remedy: `Name a directory on another disk in ${VARIABLES.copyTo}.` };
  const { path, values } = readBackupConfig(globals, io.env);
  return { names: values.copy_to ?? [], remedy: `Name a directory on another disk as copy_to in "${path}".` };
}

/** Whether backups go to this directory unless a flag says otherwise: then no copies would be made. */
function isOrdinary(main: string, { io, globals }: Surroundings): boolean {
  const ordinary = ordinaryDirectory(globals, io.env);
  return ordinary !== null && (isSamePlace(ordinary, main) || isSameDirectory(ordinary, main));
}

function notAnother(directory: string, why: string, remedy: string): BackupError {
  return new BackupError("usage", `Cannot copy backups to "${directory}": ${why}`, remedy);
}

/** The same for commands that only look at them. */
export function copyPlacesToLookAt(
  { copyTo, copyMaxAge }: { readonly copyTo: readonly string[]; readonly copyMaxAge: number | undefined },
  main: string,
  context: Surroundings,
): CopyPlaces {
  const places = copyPlaces(copyTo, main, context)
    .map(({ directory, existing }) => ({ directory, found: directory === existing }));
  const config = readBackupConfig(context.globals, context.io.env);
  return { places, maxAgeSeconds: inForce("copy_max_age", copyMaxAge, config) };
}

/** A place for a copy that is about to be made. */
export interface ClaimedPlace {
  readonly destination: Destination;
  /** Whether it is to be marked. */
  readonly claim: boolean;
  /** Why no copy can be made there. */
  readonly refusal: Refusal | null;
}

/** Why there is no copy in a place. */
export interface Refusal {
  readonly why: string;
  /** Whether its disk is just unplugged, as people intend. */
  readonly isAbsence: boolean;
}

/**
 * Finds out whether a copy can go into a place. A place whose disk is away is not a failure: disks are unplugged, and
 * rotated, on purpose.
 */
export async function claimCopyPlace(
  destination: Destination,
  { makeDir, dryRun }: { readonly makeDir: boolean; readonly dryRun: boolean },
  context: Context,
): Promise<ClaimedPlace> {
  const { directory, existing } = destination;
  const place = { destination, claim: false, refusal: null };
  try {
    if (directory === existing && holdsBackups(directory)) return place;
  } catch (error) {
    return { ...place, refusal: { why: `it cannot be read: ${systemReason(error)}`, isAbsence: false } };
  }
  if (makeDir) return { ...place, claim: true };
  const lack = directory === existing ? "it holds no backups yet" : "there is no such directory";
  const absent = {
    ...place,
    refusal: { why: `${lack}: is its disk unplugged? If it is new, add --make-dir`, isAbsence: true },
  };
  const { io, globals } = context;
  if (dryRun || !io.terminal.input || !io.terminal.error || globals.json) return absent;
  const question = directory === existing
    ? `"${directory}" holds no backups yet; copy this backup there?`
    : `There is no directory "${directory}"; create it and copy this backup there?`;
  return await confirm(context, question) ? { ...place, claim: true } : absent;
}
