import { join } from "node:path";
import { BackupError } from "../errors.ts";
import { PIPE } from "../output/format.ts";
import type { Outcome } from "../output/outcome.ts";
import { NAME_OWN_TEMP_DIR, PROGRAM } from "../program.ts";
import type { Context } from "./context.ts";
import { requireLibrary } from "./options/library.ts";
import { tempDirectoryAt } from "./options/paths.ts";
import { asksToPrune, type RetentionOptions } from "./options/retention.ts";
import { pipePlaces, withArchiveToOutput } from "./pipes.ts";

const ACTION = "Cannot back up";

/** The options of a backup that matter here. */
interface OutputOptions extends RetentionOptions {
  readonly copyTo: readonly string[];
  readonly skipUnchanged: boolean;
  readonly tempDir: string | undefined;
}

/**
 * Writes the archive to standard output once it is verified; all else goes to standard error.
 *
 * @param backUp makes a backup as the file at this path
 */
export async function backUpToOutput(
  options: OutputOptions,
  context: Context,
  backUp: (path: string) => Promise<Outcome>,
): Promise<Outcome> {
  if (context.io.terminal.output) {
    const hint = `Pipe it into a program, or redirect it: ${PROGRAM} backup -o - > FILE`;
    throw new BackupError("usage", `${ACTION} to standard output: it is a terminal`, hint);
  }
  refuseWhatStays(options);
  const tempDirectory = tempDirectoryAt(options.tempDir, context.io.env, ACTION);
  const places = pipePlaces(requireLibrary(context, ACTION), tempDirectory, context);
  const needs = { action: ACTION, places, otherWays: NAME_OWN_TEMP_DIR };
  return await withArchiveToOutput<Outcome>(needs, context, async (directory, filename) => {
    const outcome = await backUp(join(directory, filename));
    if (outcome.kind === "planned") return { result: { ...outcome, path: PIPE }, isMade: false };
    if (outcome.kind !== "backed up") return { result: outcome, isMade: false };
    return { result: { ...outcome, created: { ...outcome.created, path: PIPE } }, isMade: true };
  });
}

/**
 * Whether to include the settings: they may hold keys, and a shell makes files that others can read. Where a pipe leads
 * is known only to whoever wrote the command.
 *
 * @param wanted what the options and the configuration say, if anything
 */
export function settingsForOutput(wanted: boolean | undefined, { io, reporter }: Context): boolean | undefined {
  if (wanted !== undefined || !io.isOutputShared()) return wanted;
  const message =
    "the settings are left out: others could read the file that standard output goes to, and settings may " +
    "hold keys; --settings includes them anyway, --no-settings silences this warning";
  reporter.event({ kind: "warning", message });
  return false;
}

/** Refuses options that need an archive on disk: one written to standard output is not kept. */
function refuseWhatStays(options: OutputOptions): void {
  const refused = [
    ...(asksToPrune(options) ? ["--keep options"] : []),
    ...(options.copyTo.length > 0 ? ["--copy-to"] : []),
    ...(options.skipUnchanged ? ["--skip-unchanged"] : []),
  ];
  if (refused.length === 0) return;
  const message = `Cannot combine ${refused.join(" and ")} with --output -`;
  throw new BackupError("usage", message, "Back up to a directory, and send the finished archive.");
}
