/// <reference lib="deno.worker" />
import { BackupError } from "../../errors.ts";
import { BlockPool, LOCAL_CODER } from "../../archive/block_pool.ts";
import { backUp } from "../backup/backup.ts";
import { CheckWorker, LOCAL_CHECKER } from "../../library/checker.ts";
import { diff } from "../inspect/diff.ts";
import { examine } from "../inspect/doctor.ts";
import { explain } from "./explain_error.ts";
import type { Host } from "./host.ts";
import { listBackups } from "../inspect/list.ts";
import { type FromWorker, type Request, type Result, RunState, type ToWorker } from "../protocol/mod.ts";
import { planPrune, prune } from "../prune/prune.ts";
import { restore } from "../replace/restore.ts";
import { readStatus } from "../inspect/status.ts";
import { show } from "../inspect/show.ts";
import { undo } from "../replace/undo.ts";
import { verifyArchive } from "../inspect/verify.ts";

/** The worker's side of the conversation: takes one request, sends events, ends with a result or a failure. */
function listen(): void {
  let answer: (proceed: boolean) => void = () => {};
  self.onmessage = (event: MessageEvent<ToWorker>) => {
    const message = event.data;
    if (message.type === "answer") return answer(message.proceed);
    const { ports, state } = message;
    const host: Host = {
      coder: ports.blocks.length === 0 ? LOCAL_CODER : new BlockPool(ports.blocks),
      checker: ports.check === null ? LOCAL_CHECKER : new CheckWorker(ports.check),
      report: (event) => send({ type: "event", event }),
      throwIfCancelled() {
        if (Atomics.load(state, 0) === RunState.cancelled) throw new BackupError("interrupted", "Interrupted");
      },
      beginCommit() {
        Atomics.compareExchange(state, 0, RunState.running, RunState.committing);
        host.throwIfCancelled();
      },
      limitStep: (milliseconds, refusal) => send({ type: "limit", milliseconds, refusal: refusal.toWire() }),
      ask(replacement) {
        send({ type: "question", replacement });
        return new Promise((resolve) => answer = resolve);
      },
    };
    serve(message.request, host).then(
      (result) => send({ type: "result", result }),
      (error) => send({ type: "failure", error: explainUnexpected(error).toWire() }),
    );
  };
}

function serve(request: Request, host: Host): Promise<Result> {
  switch (request.verb) {
    case "backup":
      return backUp(request, host);
    case "restore":
      return restore(request, host);
    case "undo":
      return undo(request, host);
    case "list":
      return listBackups(request, host);
    case "show":
      return show(request, host);
    case "diff":
      return diff(request, host);
    case "verify":
      return verifyArchive(request, host);
    case "plan prune":
      return planPrune(request, host);
    case "prune":
      return prune(request, host);
    case "doctor":
      return examine(request, host);
    case "status":
      return readStatus(request, host);
  }
}

function explainUnexpected(error: unknown): BackupError {
  return explain(error, { action: "Cannot go on", library: "", directory: "" });
}

function send(message: FromWorker): void {
  self.postMessage(message);
}

listen();
