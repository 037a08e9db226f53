import { runEngine } from "../engine/worker/client.ts";
import type { DiffPart, EngineEvent, Question, Request, Results } from "../engine/protocol/mod.ts";
import { BackupError } from "../errors.ts";
import { replaceDamaged } from "../program.ts";
import type { Context } from "./context.ts";
import { directoryToName } from "./options/backup_directory.ts";
import { libraryMeant } from "./options/library.ts";
import { answer } from "./prompt/answer.ts";

/** Has the engine serve a request, shows its events and asks its questions. */
export async function askEngine<R extends Request>(context: Context, request: R): Promise<Results[R["verb"]]> {
  const { log, reporter, io, engines } = context;
  const attendant = {
    event(event: EngineEvent) {
      // The reporter logs warnings itself.
      if (event.kind !== "warning") log.event(event);
      reporter.event(event);
      context.progress(event);
    },
    part: (part: DiffPart) => reporter.part(part),
    tooLate() {
      io.finish();
      reporter.event({
        kind: "warning",
        message: "it is too late to stop: what is being put in place will be finished",
      });
    },
    ask: (question: Question) => answer(context, question),
  };
  try {
    return await runEngine(request, attendant, io.interruption, engines);
  } catch (error) {
    throw error instanceof BackupError ? withDirectory(error, context) : error;
  }
}

/** The engine is told of no other directory than it works in: a backup directory that was named is not in its hint. */
function withDirectory(error: BackupError, context: Context): BackupError {
  const library = error.code === "not_a_library" ? libraryMeant(context) : null;
  if (library === null || error.hint !== replaceDamaged(library, null)) return error;
  const hint = replaceDamaged(library, directoryToName(context.globals, context.io.env));
  return new BackupError(error.code, error.message, hint, { cause: error });
}
