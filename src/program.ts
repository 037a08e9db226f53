/** The name that a person types, and by which hints name the command to run next. */
export const PROGRAM = "vpo-backup";

/** The option that names the directory SQLite works in and libraries are unpacked in. */
export const TEMP_DIR = "--temp-dir";

/** What helps where an archive cannot be unpacked; goes on after a comma, or ends with a full stop. */
export const NAME_ANOTHER_TEMP_DIR = `Name another place with ${TEMP_DIR} DIR`;

/** What helps where no place for the work directory will do. */
export const NAME_OWN_TEMP_DIR = `Name a directory of your own on a local disk with ${TEMP_DIR} DIR.`;

/** The same where another command than a backup was run. */
export const BACK_UP_WITH_OWN_TEMP_DIR =
  `Name a directory of your own on a local disk: ${PROGRAM} backup ${TEMP_DIR} DIR`;

/** What helps where an archive is damaged and nothing better is known. */
export const FIND_SOUND_BACKUPS = `Find sound backups with: ${PROGRAM} backups --verify`;
