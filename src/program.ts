/** The name that a person types, and by which hints name the command to run next. */
export const PROGRAM = "vpo-backup";

/** The option that names the directory SQLite works in and libraries are unpacked in. */
export const TEMP_DIR = "--temp-dir";

/** The hint for an archive that cannot be unpacked, to be continued after a comma or ended with a full stop. */
export const NAME_ANOTHER_TEMP_DIR = `Name another place with ${TEMP_DIR} DIR`;

/** The hint if no place for the work directory will do. */
export const NAME_OWN_TEMP_DIR = `Name a directory of your own on a local disk with ${TEMP_DIR} DIR.`;

/** The same hint for commands other than a backup. */
export const BACK_UP_WITH_OWN_TEMP_DIR =
  `Name a directory of your own on a local disk: ${PROGRAM} backup ${TEMP_DIR} DIR`;

/** The hint for a damaged archive if nothing better is known. */
export const FIND_SOUND_BACKUPS = `Find sound backups with: ${PROGRAM} backups --verify`;

/** The command that replaces a library by its newest backup, whichever library was meant in the run that advises it. */
export function restoreCommand(library: string): string {
  return `${PROGRAM} restore latest --library "${library}"`;
}
