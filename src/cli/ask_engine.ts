import { runEngine } from "../engine/worker/client.ts";
import type { DiffPart, EngineEvent, Replacement, Request, Results } from "../engine/protocol/mod.ts";
import type { Context } from "./context.ts";
import { confirmReplacement } from "./prompt/confirm.ts";

/** Has the engine serve a request, with its events shown and its question asked. */
export function askEngine<R extends Request>(context: Context, request: R): Promise<Results[R["verb"]]> {
  const { log, reporter, io } = context;
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
        message: "it is too late to stop: what is being put in place is brought to its end",
      });
    },
    ask: (replacement: Replacement) => confirmReplacement(context, replacement),
  };
  return runEngine(request, attendant, io.interruption);
}
