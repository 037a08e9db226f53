import type { Question, Replacement, SettingsQuestion } from "../../engine/protocol/mod.ts";
import { resolveFile } from "../../engine/real_paths.ts";
import { stripControls } from "../../output/format.ts";
import { describeReplacement } from "../../output/views/replacement.ts";
import { holdPlugins, wantedLines } from "../../output/views/settings/restored_settings.ts";
import type { Context } from "../context.ts";
import { checkRestoredConfig } from "./restored_config.ts";
import { confirm, warnOfSchema } from "./confirm.ts";

/** Shows what the engine is about to change, and asks whether to go on. */
export async function answer(context: Context, question: Question): Promise<boolean> {
  return question.kind === "library"
    ? await confirmReplacement(context, question.replacement)
    : await confirmSettings(context, question);
}

async function confirmReplacement(context: Context, replacement: Replacement): Promise<boolean> {
  const { io, globals } = context;
  if (!globals.quiet) (io.terminal.output ? io.out : io.err)(describeReplacement(replacement) + "\n");
  warnOfSchema(context, replacement);
  return await confirm(context, questionOf(replacement));
}

/** Nothing is replaced where no library is in place. */
function questionOf({ library }: Replacement): string {
  return resolveFile(library).info === null
    ? "There is no library in place. Restore this one?"
    : "This will replace your current library database. Continue?";
}

/** Nobody is asked if the command line says it all; objections are found all the same. */
async function confirmSettings(context: Context, question: SettingsQuestion): Promise<boolean> {
  checkRestoredConfig(context, question);
  if (!question.confirm) return true;
  const { preview, kept, library } = question;
  const lines = [
    "Settings in the backup:",
    ...wantedLines(preview),
    ...(preview.wanted.different.length === 0 ? [] : [`  Replaced ones are kept in: ${stripControls(kept)}`]),
    ...(holdPlugins(preview.wanted) ? ["  Plugins are programs that VPO will run."] : []),
  ];
  // Without them the question could not be understood.
  (context.io.terminal.output ? context.io.out : context.io.err)(lines.join("\n") + "\n\n");
  return await confirm(context, library === null ? "Restore these settings?" : "Restore these settings, too?");
}
