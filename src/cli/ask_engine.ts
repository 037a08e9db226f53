import { runEngine } from "../engine/worker/client.ts";
import type { DiffPart, EngineEvent, Question, Request, Results } from "../engine/protocol/mod.ts";
import type { Context } from "./context.ts";
import { answer } from "./prompt/answer.ts";

/** Has the engine serve a request, shows its events and asks its questions. */
export function askEngine<R extends Request>(context: Context, request: R): Promise<Results[R["verb"]]> {
  const { log, reporter, io, engines } = context;
  const attendant = {
    event(event: EngineEvent) {
      log.event(event);
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
  return runEngine(request, attendant, io.interruption, engines);
}
