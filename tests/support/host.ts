import { LOCAL_CODER } from "../../src/archive/block_pool.ts";
import type { Host } from "../../src/engine/worker/host.ts";
import { LOCAL_CHECKER } from "../../src/library/checker.ts";

/** The host of a job that needs no process: one without a work directory, which nobody watches, asks or stops. */
export function quietHost(own: Partial<Host> = {}): Host {
  return {
    prepared: { work: null, refusal: null, leftovers: [], library: "plain" },
    coder: LOCAL_CODER,
    checker: LOCAL_CHECKER,
    report() {},
    throwIfCancelled() {},
    beginCommit() {},
    limitStep() {},
    deliver: () => Promise.resolve(),
    ask: () => Promise.reject(new Error("nothing is asked")),
    ...own,
  };
}
