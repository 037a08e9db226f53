import { sep } from "node:path";
import { BackupError } from "../../errors.ts";
import { SOURCE, WORKERS } from "../../workers.ts";
import { breakdown, Helpers, onBreakdown } from "./helper_workers.ts";
import {
  type DiffPart,
  type EngineEvent,
  type FromWorker,
  type Prepared,
  type Question,
  type Request,
  type Results,
  RunState,
  type StepLimit,
  type ToWorker,
} from "../protocol/mod.ts";
import { explainSandbox } from "./explain_system.ts";
import { makeDestinations } from "./destinations.ts";
import { Preparation } from "./preparation.ts";
import { type Grants, grantsFor, recordOf } from "./verbs.ts";
import { WatchedStep } from "./watched_step.ts";

/**
 * How long the worker may take to stop by itself after Ctrl-C, in milliseconds: a call into SQLite cannot be aborted.
 */
const CANCEL_GRACE_MS = 300;

const ENGINE = "The engine";

/** What the main thread does while the engine works. */
export interface Attendant {
  event(event: EngineEvent): void;
  /** Resolves to whether the answer is yes. */
  ask(question: Question): Promise<boolean>;
  /** Receives a part of the result that is sent ahead of it. */
  part?(part: DiffPart): void;
  /** Is told that a signal came while the result was being put in place, which is finished. */
  tooLate?(): void;
}

/**
 * Has a worker serve a request, with the narrowest grants.
 *
 * @param signal its reason is the error that an interrupted run ends with
 * @param engines keeps the worker for the next request; without it the worker ends with this one
 * @throws {BackupError}
 */
export async function runEngine<R extends Request>(
  request: R,
  attendant: Attendant,
  signal: AbortSignal,
  engines?: Engines,
): Promise<Results[R["verb"]]> {
  requireGrants(grantsFor(request));
  const takeBack = makeDestinations(request);
  let isKept = false;
  const own = engines ?? new Engines();
  try {
    await using preparation = await Preparation.prepare(
      recordOf(request).needs(request),
      (event) => attendant.event(event),
      own.removed,
    );
    const result = await new Run(request, preparation.prepared, attendant, signal, own).result;
    isKept = ["created", "skipped", "copied", "restored", "settings restored", "extracted"].includes(result.kind);
    return result as Results[R["verb"]];
  } finally {
    if (engines === undefined) own.end();
    if (!isKept) await takeBack();
  }
}

function requireGrants(grants: Grants): void {
  const [missing] = missingPermissions(grants);
  if (missing === undefined) return;
  throw explainSandbox(new Error(`Requires ${missing.name} access to "${missing.subject}",`), "Cannot start");
}

/** The Deno flags that would grant what is missing of these grants. */
export function missingFlags(grants: Grants): string[] {
  return missingPermissions(grants).map(({ name, subject }) => `--allow-${name}=${subject}`);
}

interface Permission {
  readonly name: "read" | "write" | "sys";
  /** A path, or the kind of system information. */
  readonly subject: string;
}

function missingPermissions({ read, write, sys }: Grants): Permission[] {
  // An executable contains the worker's modules; from source they are read like any other file.
  const modules = Deno.build.standalone || SOURCE === null ? [] : [SOURCE];
  const wanted = { read: [...modules, ...read], write, sys };
  return (["read", "write", "sys"] as const)
    .flatMap((name) => wanted[name].map((subject) => ({ name, subject })))
    .filter((permission) => Deno.permissions.querySync(descriptorOf(permission)).state !== "granted");
}

function descriptorOf({ name, subject }: Permission): Deno.PermissionDescriptor {
  return name === "sys" ? { name, kind: subject as "statfs" } : { name, path: subject };
}

/** One conversation with a worker. */
class Run<R extends Request> {
  readonly result: Promise<Results[R["verb"]]>;
  readonly #attendant: Attendant;
  readonly #engines: Engines;
  readonly #worker: Worker;
  readonly #helpers: Helpers;
  readonly #state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Why it was stopped. */
  #reason: unknown;
  /** Whether the worker has done its job, and nothing is under way in it. */
  #isDone = false;
  #watch: WatchedStep | null = null;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #settle: PromiseWithResolvers<Results[R["verb"]]> = Promise.withResolvers();

  constructor(request: R, prepared: Prepared, attendant: Attendant, signal: AbortSignal, engines: Engines) {
    this.#engines = engines;
    this.#attendant = attendant;
    const engine = engines.take(grantsFor(request, prepared.work));
    this.#worker = engine.worker;
    const breakDown = (reason: BackupError) => this.#stop(reason);
    this.#helpers = new Helpers(recordOf(request).workload(request), prepared.work, breakDown);
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => this.#receive(event.data);
    onBreakdown(this.#worker, ENGINE, (reason) => this.#abandon(reason));
    const cancel = () => {
      if (this.#stop(signal.reason) === RunState.committing) this.#attendant.tooLate?.();
    };
    signal.addEventListener("abort", cancel);
    this.result = this.#settle.promise.finally(() => {
      clearTimeout(this.#grace);
      this.#endStep();
      signal.removeEventListener("abort", cancel);
      this.#helpers.terminate();
      if (this.#isDone) engines.giveBack(engine);
      else engines.end(this.#worker);
    });
    const { ports } = this.#helpers;
    this.#send({ type: "run", request, prepared, state: this.#state, ports }, [
      ...ports.blocks,
      ...(ports.check === null ? [] : [ports.check]),
    ]);
    if (signal.aborted) cancel();
  }

  #receive(message: FromWorker): void {
    try {
      this.#take(message);
    } catch (error) {
      // Nobody else would catch it: the process would end with a stack trace.
      this.#stop(error);
    }
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "event":
        return this.#observe(message.event);
      case "limit":
        return this.#limitStep(message.limit);
      case "question":
        this.#endStep();
        return void this.#answer(message.question);
      case "part":
        this.#attendant.part?.(message.part);
        return this.#send({ type: "answer", proceed: true });
      case "result":
        // A run that was stopped has put nothing in place, whatever it says.
        if (this.#isStopped) return this.#settle.reject(this.#reason);
        this.#isDone = true;
        return this.#settle.resolve(message.result as Results[R["verb"]]);
      case "failure":
        return this.#settle.reject(this.#isStopped ? this.#reason : BackupError.fromWire(message.error));
      case "breakdown":
        return this.#abandon(breakdown(ENGINE, message.why));
    }
  }

  #observe(event: EngineEvent): void {
    if (event.kind === "progress") this.#watch?.progress();
    if (event.kind === "step") {
      this.#endStep();
      this.#helpers.start();
    }
    this.#attendant.event(event);
  }

  async #answer(question: Question): Promise<void> {
    try {
      const proceed = await this.#attendant.ask(question);
      this.#send({ type: "answer", proceed: proceed && !this.#isStopped });
    } catch (error) {
      this.#stop(error);
    }
  }

  /** A call into SQLite cannot be aborted, but its thread can be abandoned. */
  #limitStep(limit: StepLimit | null): void {
    this.#endStep();
    if (limit === null || this.#isStopped) return;
    this.#watch = new WatchedStep(limit, (refusal) => this.#stop(refusal));
  }

  #endStep(): void {
    this.#watch?.end();
    this.#watch = null;
  }

  /**
   * Has the worker end the run, unless its result is already being put in place; one that does not respond is
   * abandoned.
   *
   * @returns how far the run had come, a {@link RunState}
   */
  #stop(reason: unknown): number {
    const before = Atomics.compareExchange(this.#state, 0, RunState.running, RunState.cancelled);
    if (before !== RunState.running) return before;
    this.#reason = reason;
    this.#endStep();
    this.#send({ type: "answer", proceed: false });
    this.#grace = setTimeout(() => this.#abandon(reason), CANCEL_GRACE_MS);
    return before;
  }

  /** Ends a run whose worker does not respond. */
  #abandon(reason: unknown): void {
    Atomics.compareExchange(this.#state, 0, RunState.running, RunState.cancelled);
    this.#endStep();
    this.#isDone = false;
    this.#engines.end(this.#worker);
    this.#settle.reject(reason);
  }

  get #isStopped(): boolean {
    return Atomics.load(this.#state, 0) === RunState.cancelled;
  }

  #send(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }
}

/** A worker that serves requests, and its grants. */
interface Engine {
  readonly worker: Worker;
  readonly grants: Grants;
}

/** The engine of one command: after one request it serves the next that needs no wider grants. */
export class Engines {
  /** What was removed of killed runs for its requests. */
  readonly removed: Prepared["leftovers"][number][] = [];
  #idle: Engine | null = null;

  /** The idle engine if its grants suffice, else a new one with exactly these grants. */
  take(grants: Grants): Engine {
    const idle = this.#idle;
    this.#idle = null;
    if (idle !== null && covers(idle.grants, grants)) return idle;
    idle?.worker.terminate();
    return { worker: startWorker(grants), grants };
  }

  giveBack(engine: Engine): void {
    this.#idle = engine;
  }

  /** Ends a worker, whether or not it is kept here. */
  end(worker: Worker | undefined = this.#idle?.worker): void {
    if (worker === this.#idle?.worker) this.#idle = null;
    worker?.terminate();
  }
}

/** Whether grants include all of others; a directory includes what is below it. */
function covers(grants: Grants, others: Grants): boolean {
  const holds = (granted: readonly string[], path: string) => granted.some((one) => isWithin(path, one));
  return others.read.every((path) => holds(grants.read, path)) &&
    others.write.every((path) => holds(grants.write, path)) && others.sys.every((kind) => grants.sys.includes(kind));
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function startWorker(grants: Grants): Worker {
  const permissions = {
    read: [...grants.read],
    write: [...grants.write],
    sys: [...grants.sys],
    env: false,
    net: false,
    run: false,
    ffi: false,
    import: false,
  };
  return new Worker(WORKERS.engine, { type: "module", deno: { permissions } });
}
