/** The name that a person types, and by which hints name the command to run next. */
export const PROGRAM = "vpo-backup";

/** The directory that VPO keeps backups in, beside its library. */
export const BACKUPS_NAME = "backups";

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

/** Other hints that end in a command for the library and the backups of the run: {@link completed} names these in it. */
export const ADVICE = {
  listBackups: `List backups with: ${PROGRAM} backups`,
  listBackupsInstead: `To restore a backup instead, list them with: ${PROGRAM} backups`,
  listPrevious: `List previous libraries with: ${PROGRAM} backups`,
  nameAnotherPrevious: `Name another previous library; list them with: ${PROGRAM} backups`,
  lookAgain: `Look at what there is with: ${PROGRAM} backups`,
  makeNew: `Make a new one with: ${PROGRAM} backup`,
  pruneAnyway: `Set the clock. If it is right, add the same rules to: ${PROGRAM} prune --force`,
  putInPlace: `Name another directory with --output DIR, or put it there with: ${PROGRAM} restore`,
  diagnose: `Find out with: ${PROGRAM} doctor`,
  workElsewhere: `That disk, or this computer's memory, may be failing. ${BACK_UP_WITH_OWN_TEMP_DIR}`,
  restoreSettings: "Fix it, or name the library with --library PATH or VPO_DATABASE_PATH. " +
    `To restore the one in the newest backup: ${PROGRAM} restore latest --settings-only`,
} as const;

/** What a command has to name to mean the same library and backups as this run; null for what it finds by itself. */
export interface ToName {
  readonly library: string | null;
  readonly directory: string | null;
}

/** Nothing has to be named. */
export const NOTHING_TO_NAME: ToName = { library: null, directory: null };

/** The options that name these, each with a space before it. */
export function namingOptions({ library, directory }: ToName): string {
  return (library === null ? "" : ` ${typedOption("--library", library)}`) +
    (directory === null ? "" : ` ${typedOption("--backup-dir", directory)}`);
}

/** An option with its value, as it can be typed: a value that begins like an option has to stand in one word with it. */
export function typedOption(name: string, value: string): string {
  return value.startsWith("-") ? typedWord(`${name}=${value}`) : `${name} ${typedWord(value)}`;
}

/** A hint whose command names what it has to. Only hints that are known as a whole are: others may have names in them. */
export function completed(hint: string, toName: ToName): string {
  const known: readonly string[] = [...Object.values(ADVICE), FIND_SOUND_BACKUPS, BACK_UP_WITH_OWN_TEMP_DIR];
  return known.includes(hint) ? hint + namingOptions(toName) : hint;
}

/**
 * The command that replaces a library by its newest backup, whichever library was meant in the run that advises it.
 *
 * @param directory the backup directory, where that has to be named
 */
export function restoreCommand(library: string, directory: string | null): string {
  return `${PROGRAM} restore latest${namingOptions({ library, directory })}`;
}

/** The hint for a damaged library. */
export function replaceDamaged(library: string, directory: string | null): string {
  return `Replace a damaged library with: ${restoreCommand(library, directory)}`;
}

/**
 * A word of a command line that a person is advised to type on this system, quoted where it must be: whoever names files
 * in a backup directory must not choose what such a line runs. The value of a long option may be in it.
 */
export function typedWord(word: string, os: typeof Deno.build.os = Deno.build.os): string {
  return os === "windows" ? windowsWord(word) : shellWord(word);
}

/** The program at the start of such a line: one in quotation marks is only a text to PowerShell, which says it again. */
export function typedProgram(path: string, os: typeof Deno.build.os = Deno.build.os): string {
  const word = typedWord(path, os);
  return word.startsWith('"') ? PROGRAM : word;
}

/** A word as a POSIX shell reads it, and fish, to which a backslash means something even between quotes. */
export function shellWord(word: string): string {
  return /^(?:--[\w-]+=)?[\w./:@+,-]+$/.test(word) ? word : `'${word.replace(/['\\]/g, "'\\$&'")}'`;
}

/**
 * A word as both cmd and PowerShell read it: a backslash is nothing special, except to programs where a quotation mark
 * follows. In quotation marks, of which a path has none, only PowerShell expands `$`; there typographic ones are
 * quotation marks, too, and a backtick takes the meaning of either away. A bare `@` at the start means a list there.
 */
function windowsWord(word: string): string {
  if (/^(?:--[\w-]+=)?[\w./:\\+-][\w./:\\@+-]*$/.test(word)) return word;
  return `"${word.replace(/[`$\u201c-\u201e]/g, "`$&").replace(/\\+$/, "$&$&")}"`;
}
