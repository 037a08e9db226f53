import { dirname } from "node:path";
import type { EngineEvent } from "../engine/protocol/mod.ts";
import { resolveDirectory } from "../engine/real_paths.ts";
import { CHECK_PIPE, PipedArchive, type PipeNeeds } from "../engine/piped_archive.ts";
import { explainSystem } from "../engine/worker/explain_system.ts";
import { BackupError } from "../errors.ts";
import { PIPE } from "../output/format.ts";
import { FIND_SOUND_BACKUPS } from "../program.ts";
import type { Context } from "./context.ts";
import { type Io, SENDING } from "./io.ts";
import { backupDirectory } from "./options/backup_directory.ts";
import { interrupted } from "./prompt/confirm.ts";

/** What an error calls it. */
const STANDARD_INPUT = "standard input";

/**
 * Where an archive may be stored meanwhile: where the user wants it, else beside the library, the backups, or here. What
 * keeps one of these from being found is no error as long as there is another.
 */
export function pipePlaces(library: string | null, tempDirectory: string | null, { globals, io }: Context): string[] {
  if (tempDirectory !== null) return [tempDirectory];
  const failures: unknown[] = [];
  const find = (name: () => string): string[] => {
    try {
      const { directory, existing } = resolveDirectory(name());
      return directory === existing ? [directory] : [];
    } catch (error) {
      failures.push(error);
      return [];
    }
  };
  const places = [
    ...(library === null ? [] : find(() => dirname(library))),
    ...find(() => backupDirectory(globals, io.env)),
    ...find(() => "."),
  ];
  if (places.length === 0 && failures.length > 0) throw failures[0];
  return places;
}

/**
 * Runs `use` with an archive from standard input, in a private file. Messages say standard input, not the path of that
 * file.
 *
 * @throws {BackupError} `usage`, where standard input is a terminal
 */
export async function withArchiveFromInput<T>(
  needs: PipeNeeds,
  context: Context,
  use: (path: string, context: Context) => Promise<T>,
): Promise<T> {
  const { io, reporter, log } = context;
  if (io.terminal.input) {
    const message = `${needs.action}: "-" is standard input, and that is a terminal`;
    throw new BackupError("usage", message, "Pipe an archive into it, or name a file.");
  }
  using archive = await PipedArchive.make(needs);
  const { path } = archive;
  const named = (text: string) => text.replaceAll(`"${path}"`, STANDARD_INPUT).replaceAll(path, STANDARD_INPUT);
  const naming = (event: EngineEvent): EngineEvent =>
    event.kind === "warning" ? { ...event, message: named(event.message) } : event;
  const own: Context = {
    ...context,
    reporter: {
      event: (event) => reporter.event(naming(event)),
      part: (part) => reporter.part(part),
      result: (outcome) => reporter.result(outcome),
      failed: (error) => reporter.failed(error),
    },
    log: {
      started: (operation, facts) => log.started(operation, facts),
      event: (event) => log.event(naming(event)),
      finished: (operation, facts) => log.finished(operation, facts),
      failed: (operation, facts) => log.failed(operation, facts),
    },
  };
  using stopped = interrupted(io.interruption);
  try {
    await archive.receive(() => Promise.race([io.readInput(), stopped.promise]));
    return await use(path, own);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const hint = error.hint === FIND_SOUND_BACKUPS ? CHECK_PIPE : error.hint && named(error.hint);
    throw new BackupError(error.code, named(error.message), hint, { cause: error });
  }
}

/**
 * Has `make` write an archive into a private directory, and sends it to standard output when it is complete.
 *
 * @param make receives the directory and the archive's name in it, and returns whether it was made
 */
export async function withArchiveToOutput<T>(
  needs: PipeNeeds,
  { io }: Context,
  make: (directory: string, filename: string) => Promise<{ readonly result: T; readonly isMade: boolean }>,
): Promise<T> {
  using archive = await PipedArchive.make(needs);
  const { result, isMade } = await make(archive.directory, archive.filename);
  using stopped = interrupted(io.interruption);
  try {
    if (isMade) await Promise.race([io.sendFile(archive.path), stopped.promise]);
    return result;
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const { code, message } = explainSystem(error, SENDING);
    throw new BackupError(code, message, "What was written is not the whole archive: throw it away.", { cause: error });
  }
}

/** The process with all messages on standard error, if an archive goes to standard output. */
export function reportingAside(io: Io): Io {
  return sendsArchive(io.args) ? { ...io, out: io.err } : io;
}

/** Whether an archive is expected on standard output: even an invalid command line must not print a word there. */
function sendsArchive(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  // Short options may stand together: `-vo -`.
  const isOutput = (word = "") => word === "--output" || /^-[a-z]*o$/.test(word);
  return options.includes("backup") &&
    options.some((word, at) => word === `--output=${PIPE}` || word === PIPE && isOutput(options[at - 1]));
}
