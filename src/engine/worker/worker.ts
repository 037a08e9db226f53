/// <reference lib="deno.worker" />
import { BackupError } from "../../errors.ts";
import { BlockPool, LOCAL_CODER } from "../../archive/block_pool.ts";
import { CheckWorker, LOCAL_CHECKER } from "../../library/checker.ts";
import type { Host } from "./host.ts";
import { Job } from "./job.ts";
import { type FromWorker, RunState, type ToWorker } from "../protocol/mod.ts";
import { tellBreakdowns } from "../../ports.ts";
import { recordOf } from "./verbs.ts";

/** The worker's side of the protocol: takes a request, sends events, ends with a result or a failure. */
function listen(): void {
  let answer: (proceed: boolean) => void = () => {};
  self.onmessage = (event: MessageEvent<ToWorker>) => {
    const message = event.data;
    if (message.type === "answer") return answer(message.proceed);
    const { prepared, ports, state } = message;
    const host: Host = {
      prepared,
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
      limitStep: (limit) => send({ type: "limit", limit }),
      ask(question) {
        send({ type: "question", question });
        return new Promise((resolve) => answer = resolve);
      },
      async deliver(part) {
        host.throwIfCancelled();
        send({ type: "part", part });
        await new Promise((resolve) => answer = resolve);
      },
    };
    const { purpose, serve } = recordOf(message.request);
    const job = new Job(host, purpose(message.request));
    serve(message.request, job).then(
      (result) => send({ type: "result", result }),
      (error) => send({ type: "failure", error: job.explain(error).toWire() }),
    );
  };
}

function send(message: FromWorker): void {
  self.postMessage(message);
}

tellBreakdowns(self);
listen();
