import { delimiter } from "node:path";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { holdsBackups, isSameDirectory } from "../../engine/backup_directory.ts";
import type { CopyPlaces, Destination } from "../../engine/protocol/mod.ts";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError, systemReason } from "../../errors.ts";
import type { Context } from "../context.ts";
import { confirm } from "../prompt/confirm.ts";
import { inForce, readBackupConfig } from "./backup_config.ts";
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
 * The places for second copies: the flags, else the environment, else `backup.toml`, else none.
 *
 * @param main real path of the backup directory
 * @throws {BackupError} `usage`, where one is the backup directory itself, or another one under a second name
 */
export function copyPlaces(flags: readonly string[], main: string, { io, globals }: Surroundings): Destination[] {
  const given = flags.length > 0 ? flags : placesInVariable(io.env);
  const named = given.length > 0 ? given : readBackupConfig(globals, io.env).values.copy_to ?? [];
  const places = named.map((name) => resolveDirectory(expandHome(name, io.env)));
  places.forEach(({ directory }, index) => {
    if (isSameDirectory(directory, main)) throw notAnother(directory, "it is the backup directory itself");
    const twin = places.slice(0, index).find((other) => isSameDirectory(other.directory, directory));
    if (twin?.directory === directory) throw notAnother(directory, "it is named twice");
    if (twin !== undefined) throw notAnother(directory, `it is the same directory as "${twin.directory}"`);
  });
  return places;
}

function notAnother(directory: string, why: string): BackupError {
  const message = `Cannot copy backups to "${directory}": ${why}`;
  return new BackupError("usage", message, "Name a directory on another disk with --copy-to DIR.");
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
