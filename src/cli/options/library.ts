import { dirname } from "node:path";
import { type Place, resolveDirectory, resolveFile } from "../../engine/real_paths.ts";
import type { Destination, Results } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import { namingOptions, PROGRAM, type ToName } from "../../program.ts";
import type { Context } from "../context.ts";
import { chooseLibrary, type LibraryChoice } from "./library_choice.ts";
import { directoryToName } from "./backup_directory.ts";
import { withoutVariables } from "./paths.ts";
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
 * Real path of the library, which may be missing; null where nothing in its directory may be read.
 *
 * @throws {UnusableConfig}
 */
export function libraryInReach(context: Context): string | null {
  try {
    const { path } = locate(context).place;
    const { directory, existing } = resolveDirectory(dirname(path));
    const { state } = Deno.permissions.querySync({ name: "read", path: directory });
    return state === "granted" && directory === existing ? path : null;
  } catch (error) {
    if (error instanceof UnusableConfig) throw error;
    // Nothing tells where it is, or access is denied: enough for what is only shown beside other things.
    return null;
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
export function toName(context: Context): ToName {
  return { library: libraryToName(context), directory: directoryToName(context.globals, context.io.env) };
}

function libraryToName({ globals: { library: named }, io: { env } }: Context): string | null {
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
