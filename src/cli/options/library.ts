import { dirname } from "node:path";
import { type Place, realPathKnown, resolveDirectory, resolveFile } from "../../engine/real_paths.ts";
import type { Destination, Results } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import { completed, namingOptions, PROGRAM, type ToName } from "../../program.ts";
import { BUILD } from "../../version.ts";
import type { Context } from "../context.ts";
import { chooseLibrary, type LibraryChoice } from "./library_choice.ts";
import { directoryToName } from "./backup_directory.ts";
import { dataLibrary, defaultLibrary, withoutVariables } from "./paths.ts";
import { UnusableConfig } from "./vpo_config.ts";

/**
 * Real path of the library, which must be there.
 *
 * @throws {BackupError} `not_found`, or `not_a_library` where it is not a file
 */
export function requireLibrary(context: Context, action: string): string {
  const { place, named } = locate(context);
  if (place.info === null) {
    throw new BackupError(
      "not_found",
      `${action}: there is no library at "${named}"`,
      "Has VPO scanned anything yet? If so, name its library with --library PATH or VPO_DATABASE_PATH. " +
        `To recover a lost one: ${PROGRAM} restore latest${namingOptions(toName(context))}`,
    );
  }
  return place.path;
}

/** Real path of the library, which may be missing, and of the directory it is in, which may be missing too. */
export function locateLibrary(context: Context): { library: string; destination: Destination } {
  const { path } = locate(context).place;
  return { library: path, destination: resolveDirectory(dirname(path)) };
}

/**
 * Path of the library whose backups are meant: real as far as that can be told, for it may be missing, or out of reach.
 * Null only where nothing tells: otherwise the backups of any library would count as those of this one.
 *
 * @throws {UnusableConfig}
 */
export function libraryMeant(context: Context): string | null {
  try {
    const choice = chooseLibrary(context.globals.library, context.io.env);
    remarkOn(choice, context);
    return realPathKnown(choice.path);
  } catch (error) {
    if (error instanceof UnusableConfig || !(error instanceof BackupError)) throw error;
    return null;
  }
}

/** Where VPO may look for a library: the one that is meant, and those that its other commands would open. */
export function placesOfLibraries(context: Context): string[] {
  const { env } = context.io;
  const usual = [defaultLibrary(env, BUILD), dataLibrary(env)].flatMap((path) =>
    path === null ? [] : [realPathKnown(path)]
  );
  try {
    const meant = libraryMeant(context);
    return [...new Set([...meant === null ? [] : [meant], ...usual])];
  } catch (error) {
    if (error instanceof UnusableConfig) return usual;
    throw error;
  }
}

/** Makes the remarks on the choice of the library, once. */
export function remarkOn({ remarks }: LibraryChoice, { reporter, remarked }: Context): void {
  for (const message of remarks) {
    if (!remarked.has(message)) reporter.event({ kind: "warning", message });
    remarked.add(message);
  }
}

/** Marks a result if a command has to name the library: the command that undoes it must name it, too. */
export function withNaming(result: Results["restore"], context: Context): Results["restore"] {
  return result.kind === "restored" ? { ...result, isNamed: libraryToName(context) !== null } : result;
}

/** What another command, typed in whatever shell, has to name to mean the library and the backups of this one. */
export function toName({ globals, io }: Surroundings): ToName {
  return { library: libraryToName({ globals, io }), directory: directoryToName(globals, io.env) };
}

/** The error with a hint whose command means the library and the backups of this run. */
export function withCompletedHint(error: BackupError, surroundings: Surroundings): BackupError {
  if (error.hint === null) return error;
  const hint = completed(error.hint, toName(surroundings));
  return hint === error.hint ? error : BackupError.fromWire({ ...error.toWire(), hint });
}

/** What determines the library and the backups. */
type Surroundings = Pick<Context, "globals" | "io">;

function libraryToName({ globals: { library: named }, io: { env } }: Surroundings): string | null {
  if (named !== undefined) return named;
  try {
    const { path } = chooseLibrary(undefined, env);
    return chooseLibrary(undefined, withoutVariables(env)).path === path ? null : path;
  } catch (error) {
    // Nothing tells, so there is nothing to name.
    if (error instanceof BackupError) return null;
    throw error;
  }
}

function locate(context: Context): { place: Place; named: string } {
  const choice = chooseLibrary(context.globals.library, context.io.env);
  remarkOn(choice, context);
  const { path: named } = choice;
  const place = resolveFile(named);
  if (place.info !== null && !place.info.isFile) {
    const message = `Cannot use "${named}" as the library: it is not a file`;
    throw new BackupError("not_a_library", message, "Name the library with --library PATH.");
  }
  return { place, named };
}
